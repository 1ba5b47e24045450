"""Portraits from the simulator: a synthetic person with a head, hair and clothes, warm as physiology says."""

from __future__ import annotations

import numpy as np

from thermvision.head.clothes import NECKLINES
from thermvision.head.hair import HAIR_STYLES, STYLES_BY_GENDER, HairMesh, build_hair
from thermvision.head.identity import draw_identity, neutral_mesh
from thermvision.head.model import HeadModel, load_head_model
from thermvision.head.thermal_head import ThermalHead, dress, edge_neighbours, make_rig
from thermvision.physiology.region_model import draw_conditions, draw_region_temperatures
from thermvision.physiology.smooth_noise import smooth_field
from thermvision.portraits.appearance import hair_layer, skin_layer
from thermvision.rng import rng
from thermvision.types import ZERO_CELSIUS_K, Gender, Portrait, Session, Subject

DISTANCE_MM = (760.0, 1060.0)  # from camera to head joint: the face then fills 40-60 % of the frame's height
_NECKLINES_BY_GENDER = {
    "female": ("crew", "v_neck", "v_neck", "scoop", "turtleneck", "shirt"),
    "male": ("crew", "crew", "shirt", "shirt", "v_neck", "turtleneck"),
}


def draw_subject(seed: int, index: int, gender: Gender) -> Subject:
    """The synthetic person at place `index` of the data set; ids count within each gender when genders alternate."""
    stream = rng(seed, "subject", index)
    identity = draw_identity(stream, gender, load_head_model())
    identity["hair_density"] = float(np.clip(stream.normal(0.95, 0.08), 0.6, 1.0))
    identity["hairline_mm"], identity["beard"], identity["moustache"] = float(stream.normal(0, 3)), 0.0, 0.0
    if gender == "male":
        identity["hairline_mm"] += float(stream.exponential(9.0) * (stream.random() < 0.25 + 0.5 * identity["age"]))
        kind = stream.choice(["none", "stubble", "beard", "moustache"], p=[0.45, 0.3, 0.18, 0.07])
        full = {"none": (0.0, 0.0), "stubble": (0.3, 0.3), "beard": (0.95, 0.9), "moustache": (0.85, 0.1)}[str(kind)]
        identity["moustache"], identity["beard"] = full
    hair = str(stream.choice(STYLES_BY_GENDER[gender]))
    return Subject(f"{gender[0].upper()}{index // 2 + 1:03d}", gender, index, identity, hair)


def draw_session(seed: int, subject: Subject, index: int) -> Session:
    """A recording occasion: room and body temperature, the skin's state in that room, clothes."""
    stream = rng(seed, "session", subject.index, index)
    room_c, core_c = draw_conditions(stream)
    regions = draw_region_temperatures(
        stream, room_temperature_c=room_c, core_temperature_c=core_c, gender=subject.gender
    )
    return Session(
        id=f"S{index + 1:02d}",
        index=index,
        room_temperature_c=float(room_c),
        core_temperature_c=float(core_c),
        region_temperature_k=regions,
        clothes=str(stream.choice(_NECKLINES_BY_GENDER[subject.gender])),
        background="wall",
        camera="generic",
    )


def make_portrait(subject: Subject, session: Session, seed: int) -> Portrait:
    """The person of `subject` as they are in `session`, ready to be moved."""
    model = load_head_model()
    stream = rng(seed, "appearance", subject.index, session.index)
    with_joints = neutral_mesh(model, subject.identity)
    neutral = with_joints[: model.num_vertices]
    hair = build_hair(HAIR_STYLES[subject.hair], model, neutral, subject.identity["hairline_mm"], stream)
    neckline = NECKLINES[session.clothes]
    folds = smooth_field(model.base_mm[: model.num_vertices], stream, wavelength_mm=70.0)
    rig = make_rig(model, with_joints, dress(model, neutral, neckline, folds), hair)
    regions = session.region_temperature_k
    layers = [
        skin_layer(regions, subject.identity, neckline, HAIR_STYLES[subject.hair].receded_mm, stream),
        hair_layer(regions, stream),
    ]
    triangles, triangle_uv, triangle_layer, uv = _with_hair(model, hair)
    head = ThermalHead(
        model=model,
        rig=rig,
        triangles=triangles,
        neighbours=edge_neighbours(triangles),
        triangle_uv=triangle_uv,
        triangle_layer=triangle_layer,
        uv=uv,
        texture=np.stack([layer[..., 0] for layer in layers]),
        material=np.stack([np.rint(255 * layer[..., 1:]).astype(np.uint8) for layer in layers]),
        offset_k=_root_warmth(model, hair, regions),
        room_temperature_k=session.room_temperature_c + ZERO_CELSIUS_K,
        background_k=wall_temperature(session.room_temperature_c + ZERO_CELSIUS_K, stream),
        distance_mm=float(stream.uniform(*DISTANCE_MM)),
    )
    return Portrait(subject, session, head, "physics")


def _with_hair(model: HeadModel, hair: HairMesh | None) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Triangles, their texture corners and layers, and texture coordinates of head and hair together."""
    layer = np.zeros(len(model.triangles), np.int8)
    if hair is None:
        return model.triangles, model.triangle_uv, layer, model.uv
    strand = np.clip(hair.strand, 0.002, 0.998)
    return (
        np.concatenate([model.triangles, hair.triangles + np.int32(model.num_vertices)]),
        np.concatenate([model.triangle_uv, hair.triangles + np.int32(len(model.uv))]),
        np.concatenate([layer, np.ones(len(hair.triangles), np.int8)]),
        np.concatenate([model.uv, strand]).astype(np.float32),
    )


def _root_warmth(model: HeadModel, hair: HairMesh | None, regions: dict[str, float]) -> np.ndarray:
    """Warmth that reaches the hair's surface from the scalp: it falls off over some millimetres of hair."""
    if hair is None:
        return np.zeros(model.num_vertices, np.float32)
    warmth = 0.8 * (regions["scalp"] - regions["hair"]) * np.exp(-hair.root_distance_mm / 5.0)
    return np.concatenate([np.zeros(model.num_vertices), warmth]).astype(np.float32)


def wall_temperature(room_temperature_k: float, stream: np.random.Generator, size: int = 64) -> np.ndarray:
    """A plain wall: room temperature with a vertical gradient (warm air rises) and slow stains, (size, size)."""
    y, x = np.meshgrid(np.linspace(-0.5, 0.5, size), np.linspace(-0.5, 0.5, size), indexing="ij")
    stains = smooth_field(
        np.stack([x.ravel(), y.ravel(), 0 * x.ravel()], 1).astype(np.float32), stream, wavelength_mm=0.8
    )
    drift = stream.normal(-0.3, 0.4) - stream.uniform(0.1, 0.7) * y + stream.normal(0, 0.2) * x
    return (room_temperature_k + drift + 0.12 * stains.reshape(size, size)).astype(np.float32)
