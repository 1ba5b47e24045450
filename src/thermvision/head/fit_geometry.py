"""Landmarks of a person as a function of who they are, what their face does and how they are held, with its slopes.

The map is a 3-D morphable model (Blanz and Vetter 1999): linear in face units, piecewise linear in the shape axes (one
displacement below zero, another above), multilinear in gender, age, weight and ancestry. Only the landmarks are worked out,
not the mesh: 500 points instead of 5,800. What `pose.pose_vertices` and `eyelids` do to a point is done here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, Int

from thermvision.head.eyelids import LEAST_BLINK, LIDS, MOST_BLINK, OVERLAP_MM
from thermvision.head.identity import ANCESTRIES, corner_weights
from thermvision.head.model import HeadModel, load_head_model
from thermvision.head.pose import NECK_SHARE
from thermvision.head.turns import gaze_turn, share_of_turn

PHENOTYPES = ("gender", "age", "weight", *ANCESTRIES)
_STEP = 1e-4  # of differences in phenotypes, in each of which the map is linear on either side of a kink


@dataclass(frozen=True, slots=True)
class HeadState:
    """All that a fit solves for. `values`: identity axes, face units, gaze (yaw, pitch, degrees), place (mm), log focal length."""

    values: Float[np.ndarray, " p"]
    camera_from_head: Float[np.ndarray, "3 3"]


@dataclass(frozen=True, slots=True)
class FaceGeometry:
    """Landmarks of one set as the head model moves them. Rows: n landmarks, then 20 points of the lids, then 2 eye joints."""

    axis_names: tuple[str, ...]  # identity axes: phenotypes, then shapes
    unit_names: tuple[str, ...]
    base_mm: Float[np.ndarray, "m 3"]  # head frame, origin at the head joint
    corner_mm: Float[np.ndarray, "24 m 3"]
    shape_mm: Float[np.ndarray, "s 2 m 3"]  # change per unit of the axis, below and above zero
    unit_mm: Float[np.ndarray, "k n 3"]
    blinks: Int[np.ndarray, " 2"]  # numbers of the units that shut the left and the right eye
    blink_travel_mm: Float[np.ndarray, "2 5"]  # by which the average blink brings the lids together
    neck_share: Float[np.ndarray, " n"]
    on_eye: Bool[np.ndarray, "2 n"]  # points of the left and the right eyeball

    @property
    def num_points(self) -> int:
        """Landmarks of the set."""
        return self.unit_mm.shape[1]

    def part(self, name: str) -> slice:
        """Where `identity`, `units`, `gaze`, `place` or `log_focal` lie in `HeadState.values`; a `turn` follows in slopes."""
        a, k = len(self.axis_names), len(self.unit_names)
        starts = {"identity": (0, a), "units": (a, k), "gaze": (a + k, 2), "place": (a + k + 2, 3),
                  "log_focal": (a + k + 5, 1), "turn": (a + k + 6, 3)}  # fmt: skip
        start, count = starts[name]
        return slice(start, start + count)

    def neutral_mm(self, identity: Float[np.ndarray, " a"]) -> tuple[np.ndarray, np.ndarray]:
        """Points of the neutral face (m, 3), head frame, and their slopes (m, 3, a) in the identity's axes."""
        first = len(PHENOTYPES)
        shares, slopes = _corner_shares(identity[:first])
        values = identity[first:]
        per_axis = self.shape_mm[np.arange(len(values)), (values >= 0).astype(int)]
        points = self.base_mm + np.tensordot(shares, self.corner_mm, 1) + np.tensordot(values, per_axis, 1)
        by_phenotype = np.tensordot(slopes, self.corner_mm, (0, 0))
        return points, np.moveaxis(np.concatenate([by_phenotype, per_axis]), 0, 2)

    def camera_mm(self, state: HeadState) -> tuple[np.ndarray, np.ndarray]:
        """Landmarks (n, 3) in the camera frame, mm, and their slopes (n, 3, p + 3); the last three are a small turn (radians)."""
        n = self.num_points
        neutral, by_identity = self.neutral_mm(state.values[self.part("identity")])
        units = state.values[self.part("units")]
        points, by_axes = neutral[:n], by_identity[:n].copy()
        by_units = np.moveaxis(self.unit_mm, 0, 2).copy()
        for side, blink in enumerate(self.blinks):
            share, share_slopes = self._blink_share(side, neutral, by_identity)
            by_axes += units[blink] * self.unit_mm[blink][:, :, None] * share_slopes[:, None, :]
            by_units[:, :, blink] *= share[:, None]
        points = points + by_units @ units
        by_gaze = np.zeros((n, 3, 2))
        gaze_deg = state.values[self.part("gaze")]
        turn = gaze_turn(*gaze_deg.tolist())
        for side, on_eye in enumerate(self.on_eye):
            joint, joint_slopes = neutral[n + 20 + side], by_identity[n + 20 + side]
            apart = points[on_eye] - joint
            points[on_eye] = apart @ turn.T + joint
            by_axes[on_eye] = turn @ by_axes[on_eye] + (np.eye(3) - turn) @ joint_slopes
            for angle in range(2):
                more = gaze_deg + np.eye(2)[angle] * _STEP
                by_gaze[on_eye, :, angle] = apart @ ((gaze_turn(*more.tolist()) - turn) / _STEP).T
        neck = share_of_turn(state.camera_from_head, NECK_SHARE)
        share = self.neck_share[:, None]
        with_head, with_neck = (1 - share) * (points @ state.camera_from_head.T), share * (points @ neck.T)
        turns = (1 - share)[:, :, None] * state.camera_from_head + share[:, :, None] * neck
        moved = turns @ np.concatenate([by_axes, by_units, by_gaze], axis=2)
        place = np.broadcast_to(np.eye(3), (n, 3, 3))
        # The neck's share of a small turn is not quite about the same axis; the few points on it weigh a twentieth.
        by_turn = -_cross(with_head) - NECK_SHARE * _cross(with_neck)
        slopes = np.concatenate([moved, place, np.zeros((n, 3, 1)), by_turn], axis=2)
        return with_head + with_neck + state.values[self.part("place")], slopes

    def picture_px(
        self, state: HeadState, centre_px: Float[np.ndarray, " 2"]
    ) -> tuple[Float[np.ndarray, "n 2"], Float[np.ndarray, "n 2 q"]]:
        """Landmarks in the picture, px, and their slopes in `values` and a small turn; points must lie before the camera."""
        points, slopes = self.camera_mm(state)
        focal_px = np.exp(state.values[self.part("log_focal")][0])
        ray = points[:, :2] / points[:, 2:]
        projected = np.zeros((len(points), 2, 3))
        projected[:, 0, 0] = projected[:, 1, 1] = 1.0
        projected[:, :, 2] = -ray
        by_all = (focal_px / points[:, 2])[:, None, None] * (projected @ slopes)
        by_all[:, :, self.part("log_focal")] = focal_px * ray[:, :, None]
        return focal_px * ray + centre_px, by_all

    def _blink_share(self, side: int, neutral: np.ndarray, by_identity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How far this person's blink goes at each landmark (n,), as `eyelids` fits it, and its slopes (n, a)."""
        n = self.num_points
        upper, lower = (slice(n + 10 * side + 5 * row, n + 10 * side + 5 * row + 5) for row in (0, 1))
        gap, gap_slopes = neutral[lower, 1] - neutral[upper, 1], by_identity[lower, 1] - by_identity[upper, 1]
        travel = np.maximum(self.blink_travel_mm[side], 0.1)
        wanted = (gap + OVERLAP_MM) / travel
        inside = (wanted > LEAST_BLINK) & (wanted < MOST_BLINK)
        order = np.argsort(neutral[upper, 0])
        between = np.stack(
            [np.interp(neutral[:n, 0], neutral[upper, 0][order], one) for one in np.eye(5)[:, order]], axis=1
        )
        return between @ np.clip(wanted, LEAST_BLINK, MOST_BLINK), between @ (gap_slopes * (inside / travel)[:, None])


@lru_cache(maxsize=4)
def face_geometry(name: str) -> FaceGeometry:
    """The geometry of a landmark set of the head model: `68`, `478`, or another with points on the skin and the eyes."""
    model = load_head_model()
    sides = ("Left", "Right")
    lids = np.array([LIDS[side] for side in sides]).transpose(0, 2, 1).ravel()  # left upper, left lower, right ...
    eyes = [model.num_vertices + model.joint_names.index(f"eye_{side.lower()}") for side in sides]
    own, own_share = model.triangles[model.landmark_triangles[name]], model.landmark_barycentric[name].astype(float)
    lid = model.triangles[model.landmark_triangles["478"]][lids]
    rows = np.concatenate([own, lid, np.repeat(np.array(eyes)[:, None], 3, axis=1)])
    shares = np.concatenate(
        [own_share, model.landmark_barycentric["478"][lids], np.full((2, 3), 1 / 3)], dtype=np.float64
    )
    joint = model.num_vertices + model.joint_names.index("head")

    def at(displacement: np.ndarray) -> np.ndarray:
        return np.einsum("mc,mcd->md", shares, displacement[rows].astype(np.float64))

    def seen_from_joint(displacement: np.ndarray) -> np.ndarray:
        return at(displacement) - displacement[joint].astype(np.float64)

    units = np.stack([at(unit) for unit in model.unit_mm])
    blinks = np.array([model.unit_names.index(f"eyeBlink{side}") for side in sides])
    closing = units[blinks][:, len(own) : len(own) + 20, 1].reshape(2, 2, 2, 5)
    return FaceGeometry(
        axis_names=(*PHENOTYPES, *model.shapes),
        unit_names=model.unit_names,
        base_mm=seen_from_joint(model.base_mm),
        corner_mm=np.stack([seen_from_joint(model.corners[one]) for one in corner_weights(_as_dict(np.zeros(6)))]),
        shape_mm=np.stack(
            [np.stack([-seen_from_joint(pair[0]), seen_from_joint(pair[1])]) for pair in model.shapes.values()]
        ),
        unit_mm=units[:, : len(own)],
        blinks=blinks,
        blink_travel_mm=np.stack([closing[side, side, 0] - closing[side, side, 1] for side in range(2)]),
        neck_share=np.einsum("nc,nc->n", own_share, model.segment_weights[own][:, :, 1].astype(float)),
        on_eye=np.stack([_on_part(model, own, f"eye_{side.lower()}") for side in sides]),
    )


def _on_part(model: HeadModel, corners: np.ndarray, part: str) -> np.ndarray:
    members = np.unique(model.triangles[model.triangle_part == model.part_names.index(part)])
    return np.isin(corners[:, 0], members)


def _as_dict(phenotype: np.ndarray) -> dict[str, float]:
    return dict(zip(PHENOTYPES, phenotype.tolist(), strict=True))


def _corner_shares(phenotype: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights of the phenotype corners (24,) and their slopes (24, 6)."""

    def at(values: np.ndarray) -> np.ndarray:
        return np.array(list(corner_weights(_as_dict(values)).values()))

    steps = _STEP * np.eye(len(phenotype))
    slopes = [(at(phenotype + step) - at(phenotype - step)) / (2 * _STEP) for step in steps]
    return at(phenotype), np.stack(slopes, axis=1)


def _cross(vectors: np.ndarray) -> np.ndarray:
    """The matrices (n, 3, 3) that take the cross product of (n, 3) vectors with another vector."""
    x, y, z = vectors.T
    zero = np.zeros_like(x)
    return np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
