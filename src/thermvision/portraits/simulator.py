"""Portraits from the simulator: a synthetic person with a head, hair and clothes, warm as physiology says."""

from __future__ import annotations

import dataclasses

import numpy as np

from thermvision.head.assemble import Piece, assemble, hair_piece, worn_piece
from thermvision.head.clothes import NECKLINES
from thermvision.head.face_mask import build_face_mask
from thermvision.head.glasses import build_glasses
from thermvision.head.hair import HAIR_STYLES, HairStyle, build_hair, pressed_down
from thermvision.head.headwear import HIDES_HAIR, PRESSED_HAIR_MM, build_headwear
from thermvision.head.identity import draw_identity, neutral_mesh
from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.model import HeadModel, load_head_model
from thermvision.head.thermal_head import ThermalHead, dress
from thermvision.physiology.dynamics import draw_dynamics
from thermvision.physiology.region_model import draw_conditions, draw_region_temperatures
from thermvision.physiology.smooth_noise import smooth_field
from thermvision.portraits.appearance import SIZE, skin_layer
from thermvision.portraits.backgrounds import background_k, draw_background
from thermvision.portraits.hair_layer import hair_layer
from thermvision.portraits.wardrobe import draw_outfit, draw_own_glasses
from thermvision.portraits.worn_layer import cell_of, contact_warmth_k, draw_material_k, worn_layer
from thermvision.rng import rng
from thermvision.thermal.presets import CAMERAS, native_size
from thermvision.types import ZERO_CELSIUS_K, Gender, Portrait, Session, Subject

DISTANCE_MM = (
    760.0,
    1060.0,
)  # from camera to head joint with a square frame of 24 degrees: the face fills 40-60 % of its height
_NOSTRILS, _NOSE_TIP = ((79, 20), (309, 250)), 1  # right and left, MediaPipe
_NOSTRIL_REACH_MM, _NOSE_REACH_MM, _MASK_REACH_MM = 4.5, 11.0, 40.0
_MASK_BREATH = 2.0  # a mask's cloth follows the breath more than the nostril's rim does (estimate)


def draw_subject(seed: int, index: int, gender: Gender) -> Subject:
    """The synthetic person at place `index` of the data set; ids count within each gender when genders alternate."""
    stream = rng(seed, "subject", index)
    identity = draw_identity(stream, gender, load_head_model())
    identity["hair_density"] = float(np.clip(stream.normal(0.95, 0.08), 0.6, 1.0))
    identity["hairline_mm"], identity["beard"], identity["moustache"] = float(stream.normal(0, 3)), 0.0, 0.0
    if gender == "male":
        identity["hairline_mm"] += float(stream.exponential(9.0) * (stream.random() < 0.25 + 0.5 * identity["age"]))
        kind = stream.choice(["none", "stubble", "beard", "moustache"], p=[0.45, 0.3, 0.18, 0.07])
        full = {"none": (0.0, 0.0), "stubble": (0.16, 0.16), "beard": (0.95, 0.9), "moustache": (0.85, 0.1)}[str(kind)]
        identity["moustache"], identity["beard"] = full
    return Subject(f"{gender[0].upper()}{index // 2 + 1:03d}", gender, index, identity, draw_own_glasses(stream))


def draw_session(
    seed: int, subject: Subject, index: int, camera: str = "generic", room_temperature_c: float | None = None
) -> Session:
    """A recording occasion: room and body temperature, the skin's state in that room, hair, clothes and surroundings.

    camera: a preset, or `mixed` to draw one. room_temperature_c: 10 to 40 C, None to draw it; InputError outside.
    """
    stream = rng(seed, "session", subject.index, index)
    room_c, core_c = draw_conditions(stream)
    room_c = room_c if room_temperature_c is None else room_temperature_c
    regions = draw_region_temperatures(
        stream, room_temperature_c=room_c, core_temperature_c=core_c, gender=subject.gender
    )
    outfit = draw_outfit(subject.gender, subject.glasses, stream)
    return Session(
        id=f"S{index + 1:02d}",
        index=index,
        room_temperature_c=float(room_c),
        core_temperature_c=float(core_c),
        region_temperature_k=regions,
        hair=outfit.hair,
        clothes=outfit.neckline,
        glasses=outfit.glasses,
        headwear=outfit.headwear,
        face_mask=outfit.face_mask,
        background=draw_background(stream),
        camera=str(stream.choice(sorted(CAMERAS))) if camera == "mixed" else camera,
    )


def make_portrait(subject: Subject, session: Session, seed: int, *, full_body: bool = False) -> Portrait:
    """The person of `subject` as they are in `session`, ready to be moved; as a bust, or with a body to the feet."""
    model = load_head_model()
    stream = rng(seed, "appearance", subject.index, session.index)
    room_k = session.room_temperature_c + ZERO_CELSIUS_K
    joined = neutral_mesh(model, subject.identity)
    neutral = joined[: model.num_vertices]
    neckline, style = NECKLINES[session.clothes], _hair_worn(session)
    folds = smooth_field(model.base_mm[: model.num_vertices], stream, wavelength_mm=70.0)
    material_k = draw_material_k(room_k, stream)
    pieces, breathed_on = _pieces(model, neutral, subject, session, style, material_k, stream)
    dressed = dress(model, neutral, neckline, folds)
    person = assemble(model, joined, dressed, pieces)
    regions = session.region_temperature_k
    layers = [
        skin_layer(regions, subject.identity, neckline, HAIR_STYLES[session.hair], stream),
        hair_layer(regions, HAIR_STYLES[session.hair], stream, SIZE),
        worn_layer(material_k, room_k, SIZE, stream),
    ]
    body = None
    if full_body:
        from thermvision.portraits.full_body import dress_bust, make_body

        body, outfit, cloth = make_body(model, neutral, dressed, subject, session, seed)
        layers[0] = dress_bust(layers[0], neckline, outfit, regions, cloth)
    head = ThermalHead(
        model=model,
        rig=person.rig,
        triangles=person.triangles,
        triangle_uv=person.triangle_uv,
        triangle_layer=person.triangle_layer,
        uv=person.uv,
        texture=np.stack([layer[..., 0] for layer in layers]),
        material=np.stack([np.rint(255 * layer[..., 1:]).astype(np.uint8) for layer in layers]),
        offset_k=person.offset_k,
        breath_reach=breath_reach(model, person.rig.neutral_mm, breathed_on),
        nose_reach=nose_reach(model, len(person.rig.neutral_mm)),
        room_temperature_k=room_k,
        reflected_k=room_k - (float(stream.uniform(0, 8)) if session.background == "outdoors" else 0.0),
        background_k=background_k(session.background, room_k, stream),
        distance_mm=float(stream.uniform(*DISTANCE_MM)) * _lens_factor(session.camera),
    )
    return Portrait(subject, session, head, "physics", body=body)


def _lens_factor(camera: str) -> float:
    """How much further or nearer a preset's lens must be for the same share of the frame's height."""
    width, height = native_size(camera) or (1, 1)
    reference = CAMERAS["generic"].horizontal_fov_deg
    half_height = np.tan(np.radians(CAMERAS[camera].horizontal_fov_deg) / 2) * height / width
    return float(np.tan(np.radians(reference) / 2) / half_height)


def start_clip(portrait: Portrait, stream: np.random.Generator) -> Portrait:
    """The portrait with the breath, the blink cooling and the drift of one clip."""
    return dataclasses.replace(portrait, dynamics=draw_dynamics(portrait.session.room_temperature_c, stream))


def _hair_worn(session: Session) -> HairStyle | None:
    """The session's hair as a hat leaves it: none under a hood or scarf, pressed flat under the others."""
    style = HAIR_STYLES[session.hair]
    if session.headwear in HIDES_HAIR:
        return None
    if session.headwear:
        return pressed_down(style, PRESSED_HAIR_MM)
    return style


def _pieces(
    model: HeadModel,
    neutral: np.ndarray,
    subject: Subject,
    session: Session,
    style: HairStyle | None,
    material_k: dict[str, float],
    stream: np.random.Generator,
) -> tuple[list[Piece], np.ndarray]:
    """Hair and worn things; and for each vertex behind the head's own whether it is a mask's."""
    regions = session.region_temperature_k
    hair = build_hair(style, model, neutral, subject.identity["hairline_mm"], stream) if style is not None else None
    worn = [
        *(build_glasses(session.glasses, model, neutral, stream) if session.glasses else []),
        *(
            build_headwear(session.headwear, model, neutral, style.thickness_mm if style else 0.0, stream)
            if session.headwear
            else []
        ),
        *(build_face_mask(session.face_mask, model, neutral, stream) if session.face_mask else []),
    ]
    pieces = [hair_piece(hair, regions["forehead_top"] - regions["hair"])] if hair is not None else []
    is_mask = [np.zeros(len(piece.vertices_mm), bool) for piece in pieces]
    skin_k = regions["forehead_centre"]
    for one in worn:
        warmth_k = contact_warmth_k(one.surface, material_k[one.surface], skin_k)
        pieces.append(worn_piece(one, cell_of(one.surface), warmth_k))
        is_mask.append(np.full(len(one.vertices_mm), one.surface == "mask"))
    return pieces, np.concatenate([np.zeros(0, bool), *is_mask])


def breath_reach(model: HeadModel, neutral_mm: np.ndarray, is_mask: np.ndarray) -> np.ndarray:
    """How much of the right and left nostril's breath each vertex gets, (v, 2)."""
    own = neutral_mm[: model.num_vertices]
    points = landmark_positions_mm(model, own, "478")
    reach = np.zeros((len(neutral_mm), 2), np.float32)
    for side, marks in enumerate(_NOSTRILS):
        place = points[list(marks)].mean(axis=0)
        apart = np.linalg.norm(own - place, axis=1)
        reach[: len(own), side] = np.exp(-0.5 * (apart / _NOSTRIL_REACH_MM) ** 2)
        from_mask = np.linalg.norm(neutral_mm[len(own) :] - place, axis=1)
        reach[len(own) :, side] = is_mask * 0.5 * _MASK_BREATH * np.exp(-0.5 * (from_mask / _MASK_REACH_MM) ** 2)
    return reach


def nose_reach(model: HeadModel, count: int) -> np.ndarray:
    """How much of the nose's drift each vertex takes, (v,)."""
    base = model.base_mm[: model.num_vertices]
    tip = landmark_positions_mm(model, base, "478")[_NOSE_TIP]
    reach = np.zeros(count, np.float32)
    reach[: len(base)] = np.exp(-0.5 * (np.linalg.norm(base - tip, axis=1) / _NOSE_REACH_MM) ** 2)
    return reach
