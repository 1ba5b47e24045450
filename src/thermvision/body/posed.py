"""A dressed body in the pose of a clip, with shoes, skirt and what the hands hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int8, Int32

from thermvision.body.arms import AT_FACE, HOLDS, SEATED, STANDING, Body, attitude_pair, grip_of
from thermvision.body.charts import body_charts
from thermvision.body.held import held_mesh
from thermvision.body.legs import leg_turns
from thermvision.body.model import load_body_model
from thermvision.body.reach import Grip, arm_turns, hand_length_mm
from thermvision.body.shoes import shoe
from thermvision.body.skeleton import Bones, place_bones, skin
from thermvision.body.skirt import ring_count, skirt
from thermvision.body.things import thing_uv
from thermvision.body.wear import DressedBody, eased_bends

BODY, THINGS = 0, 1  # pictures


@dataclass(frozen=True, slots=True)
class Stance:
    """What a person's body does in a clip."""

    posture: str  # of legs.POSTURES
    attitude: str  # of arms
    side: str  # whose hand does it where it is one

    @property
    def at_face(self) -> bool:
        """Whether a hand or a thing is before the face."""
        return self.attitude in AT_FACE


@dataclass(frozen=True, slots=True)
class PosedBody:
    """Torso frame, mm. Vertex numbers below `num_head` are the head model's, others the body's own, in order."""

    num_head: int
    bust_mm: Float32[np.ndarray, "h 3"]
    vertices_mm: Float32[np.ndarray, "v 3"]
    triangles: Int32[np.ndarray, "t 3"]
    triangle_uv: Int32[np.ndarray, "t 3"]
    uv: Float32[np.ndarray, "u 2"]  # texels of the picture
    picture: Int8[np.ndarray, " t"]  # BODY or THINGS
    offset_k: Float32[np.ndarray, " v"]
    with_head: Float32[np.ndarray, " v"]  # share of the head's movement that a vertex takes: a hand on the face
    floor_mm: float  # below the head joint
    seat_mm: float | None  # where one sits, below the head joint
    temperature_k: Float32[np.ndarray, "size size"]
    emissivity: np.ndarray


def pose_body(dressed: DressedBody, stance: Stance, thing_k: dict[str, float], rng: np.random.Generator) -> PosedBody:
    """The body in a stance; thing_k: temperatures of `things.draw_thing_k`."""
    model, joints = load_body_model(), dressed.joints_mm
    skirted = dressed.outfit.lower in ("skirt", "dress")
    turns = leg_turns("standing" if skirted and stance.posture == "walking" else stance.posture, rng)
    trunk = place_bones(model, joints, turns)
    look = Body(
        joints, {s: trunk.joints_mm[f"shin_{s}"] - [0.0, 38.0 * skirted, 0.0] for s in "lr"}, float(trunk.joints_mm["hips"][1]), dressed.face_mm,
        float(dressed.rest_mm[model.num_head :][np.abs(dressed.rest_mm[model.num_head :, 0]) < 60, 2].min()),
    )  # fmt: skip
    grips = {}
    for side in ("l", "r"):
        attitude = (
            stance.attitude if side == stance.side else attitude_pair(stance.attitude, stance.posture == "seated")
        )
        grips[side] = grip_of(attitude, look, side, rng)
        turns |= arm_turns(joints, side, grips[side])
    bones = place_bones(model, joints, turns)
    vertices = skin(dressed.rest_mm, model.weights, bones)
    charts, bust = body_charts(), vertices[: model.num_head]
    own = eased_bends(vertices[model.num_head :], bust, dressed.outfit)
    parts = _Parts(model.num_head, own, charts.uv, model.triangles, charts.triangle_uv)
    parts.with_head = [_with_head(stance)]
    _add_shoes(parts, dressed, bones, thing_k)
    if skirted:
        _add_skirt(parts, dressed, bones, thing_k, rng)
    if stance.attitude in HOLDS:
        _add_held(parts, stance, bones, grips, joints, thing_k, rng)
    feet = max(float(bones.joints_mm[f"foot_{s}"][1]) for s in "lr")
    floor = feet + dressed.sole_mm - max(joints["foot_l"][1], joints["foot_r"][1])
    hip = 0.5 * (bones.joints_mm["thigh_l"][1] + bones.joints_mm["thigh_r"][1])
    seat = float(hip + 78.0) if stance.posture == "seated" else None
    return parts.finish(bust, floor, seat, dressed)


class _Parts:
    """Meshes gathered one behind the other."""

    def __init__(
        self, num_head: int, vertices: np.ndarray, uv: np.ndarray, triangles: np.ndarray, triangle_uv: np.ndarray
    ):
        self.num_head = num_head
        self.vertices, self.uv, self.triangles, self.triangle_uv = [vertices], [uv], [triangles], [triangle_uv]
        self.picture, self.offset = [np.full(len(triangles), BODY)], [np.zeros(len(vertices))]
        self.with_head: list[np.ndarray] = []

    def add(
        self,
        thing: str,
        vertices: np.ndarray,
        triangles: np.ndarray,
        uv: np.ndarray,
        offset_k: np.ndarray | float,
        with_head: float = 0.0,
    ) -> None:
        start, uv_start = self.num_head + sum(map(len, self.vertices)), sum(map(len, self.uv))
        self.triangles.append(triangles + start)
        self.triangle_uv.append(triangles + uv_start)
        self.vertices.append(vertices)
        self.uv.append(thing_uv(thing, uv))
        self.picture.append(np.full(len(triangles), THINGS))
        self.offset.append(np.broadcast_to(offset_k, len(vertices)))
        self.with_head.append(np.full(len(vertices), with_head))

    def finish(self, bust: np.ndarray, floor: float, seat: float | None, dressed: DressedBody) -> PosedBody:
        return PosedBody(
            self.num_head,
            bust,
            np.concatenate(self.vertices).astype(np.float32),
            np.concatenate(self.triangles).astype(np.int32),
            np.concatenate(self.triangle_uv).astype(np.int32),
            np.concatenate(self.uv).astype(np.float32),
            np.concatenate(self.picture).astype(np.int8),
            np.concatenate(self.offset).astype(np.float32),
            np.concatenate(self.with_head).astype(np.float32),
            float(floor),
            seat,
            dressed.temperature_k,
            dressed.emissivity,
        )


def _with_head(stance: Stance) -> np.ndarray:
    """A hand at the face goes with the head, the forearm less towards the elbow."""
    model = load_body_model()
    share = np.zeros(model.num_own)
    if not stance.at_face:
        return share
    sides = "lr" if stance.attitude == "paper_face" else stance.side
    for i, name in enumerate(model.bone_names):
        if name[-1] in sides and name[:-2].startswith(("hand", "finger")):
            share += model.weights[model.num_head :, i]
        if name[-1] in sides and name[:-2] == "wrist":
            share += 0.6 * model.weights[model.num_head :, i]
        if name[-1] in sides and name[:-2] == "forearm":
            share += 0.2 * model.weights[model.num_head :, i]
    return np.clip(share, 0, 1)


def _add_shoes(parts: _Parts, dressed: DressedBody, bones: Bones, thing_k: dict[str, float]) -> None:
    model, joints = load_body_model(), dressed.joints_mm
    bare = dressed.outfit.lower != "trousers"
    sock_k = dressed.clothes_k + (1.5 if bare else 0.0)
    for side in ("l", "r"):
        vertices, triangles, on_shoe = shoe(joints[f"foot_{side}"], joints[f"toe_{side}"], dressed.sole_mm)
        i = model.bone_names.index(f"foot_{side}")
        moved = vertices @ bones.turn[i].T + bones.offset_mm[i]
        offset = np.where(on_shoe > 0, dressed.outfit.shoes_k - 1.5, sock_k - thing_k["shoe"])
        low = (vertices[:, 1] - vertices[:, 1].min()) / np.ptp(vertices[:, 1])
        uv = np.stack([(vertices[:, 2] - vertices[:, 2].min()) / np.ptp(vertices[:, 2]), low], axis=1)
        parts.add("shoe", moved, triangles, uv, offset - 0.8 * on_shoe * low)


def _add_skirt(
    parts: _Parts, dressed: DressedBody, bones: Bones, thing_k: dict[str, float], rng: np.random.Generator
) -> None:
    waist = bones.joints_mm["hips"] + np.array([0.0, -112.0, 0.0])
    flare = float(rng.uniform(0.1, 1.0))
    vertices, triangles, uv = skirt(
        bones.joints_mm, waist, dressed.outfit.leg, flare, rng.standard_normal(ring_count())
    )  # fmt: skip
    level = dressed.clothes_k + (dressed.outfit.upper_k if dressed.outfit.lower == "dress" else dressed.outfit.lower_k)
    parts.add("skirt", vertices, triangles, uv, level - thing_k["skirt"] + 1.2 * (1 - uv[:, 1]))


def _add_held(
    parts: _Parts, stance: Stance, bones: Bones, grips: dict[str, Grip], joints: dict[str, np.ndarray], thing_k: dict[str, float],
    rng: np.random.Generator,
) -> None:  # fmt: skip
    kind, side = HOLDS[stance.attitude], stance.side
    other = bones.joints_mm["hand_l" if side == "r" else "hand_r"] if kind == "paper" else None
    vertices, triangles = held_mesh(
        kind, bones.joints_mm[f"hand_{side}"], grips[side], other, hand_length_mm(joints, side)
    )
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    uv = (vertices - low)[:, :2] / np.maximum(high - low, 1.0)[:2]
    hot = float(rng.uniform(8, 25)) if kind == "cup" and rng.random() < 0.5 else 0.0  # a hot drink, or a cold one
    cold = float(rng.uniform(5, 12)) if kind == "cup" and hot == 0 and rng.random() < 0.4 else 0.0
    parts.add(kind, vertices, triangles, uv, (hot - cold) * (0.55 + 0.45 * uv[:, 1]), 1.0 if stance.at_face else 0.0)


def draw_stance(posture: str, face_share: float, rng: np.random.Generator) -> Stance:
    """What the arms do in a posture. `face_share` of people have something before the face."""
    table = AT_FACE if rng.random() < face_share else SEATED if posture == "seated" else STANDING
    names, shares = list(table), np.array(list(table.values()))
    attitude = str(rng.choice(names, p=shares / shares.sum()))
    return Stance(posture, attitude, str(rng.choice(["l", "r"])))
