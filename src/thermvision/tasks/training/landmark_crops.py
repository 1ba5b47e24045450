"""Crops for the landmark network: the faces of samples with what is known of them, and crops without a face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from scipy.ndimage import zoom

from thermvision.faces.reading import MESH, rotation
from thermvision.tasks.training.crops import CROP_PX, ROOM_LANDMARKS, Window, jittered, window_about
from thermvision.tasks.training.landmark_shapes import box_about_68
from thermvision.tasks.training.mirror import twins
from thermvision.tasks.training.samples import Sample

_OUTER = ((33, 263), (36, 45))  # eye corners of the 478 and of the 68
TIGHT_SHARE = 0.6  # as the second look of `faces.reading` cuts them; the others as the finder's boxes would


@dataclass
class Crop:
    """A crop and its labels, NaN where nothing is known; points in units of the crop."""

    pixels: Float32[np.ndarray, "128 128"]
    points: Float[np.ndarray, "478 2"]
    points_68: Float[np.ndarray, "68 2"]
    seen: Float[np.ndarray, " 478"]
    pose: Float[np.ndarray, " 4"]  # as CropNet has it

    def mirrored(self) -> Crop:
        """The other way round."""
        side, other, other_68 = np.array([-1.0, 1.0]), twins("478"), twins("68")
        return Crop(
            self.pixels[:, ::-1], self.points[other] * side, self.points_68[other_68] * side, self.seen[other],
            self.pose * np.array([-1.0, 1.0, -1.0, 1.0]),
        )  # fmt: skip


def face_crop(sample: Sample, k: int, stream: np.random.Generator) -> Crop:
    """Face k cut out as the finder or an earlier look might have cut it, half of the time mirrored."""
    tight = stream.random() < TIGHT_SHARE
    wide = 9 * stream.standard_normal() if stream.random() < 0.55 else stream.uniform(-42, 42)
    lean = 4 * stream.standard_normal() if tight else wide
    window = upright_window(sample, k, lean)
    window = jittered(window, stream, shift=0.02 if tight else 0.06, size=0.05 if tight else 0.13)
    crop = labelled_crop(sample, k, window, lean)
    return crop.mirrored() if stream.random() < 0.5 else crop


def upright_window(sample: Sample, k: int, lean_deg: float = 0.0) -> Window:
    """The crop in which face k leans by `lean_deg`."""
    theta = face_roll_deg(sample, k) - lean_deg
    full = None if sample.landmarks_478_px is None else sample.landmarks_478_px[k, :MESH].astype(float)
    frame = rotation(theta)
    if full is not None and np.isfinite(full).all():
        inside = full @ frame
        return window_about(np.concatenate([inside.min(axis=0), inside.max(axis=0)]), ROOM_LANDMARKS, theta)
    part = sample.landmarks_68_px[k].astype(float)
    part = part[np.isfinite(part).all(axis=1)] @ frame
    if len(part) >= 48:
        low, side = part.min(axis=0), part.max(axis=0) - part.min(axis=0)
        ends = np.array(box_about_68())
        return window_about(np.concatenate([low + side * ends[:2], low + side * ends[2:]]), ROOM_LANDMARKS, theta)
    upright = window_about(sample.faces_xyxy_px[k].astype(float), ROOM_LANDMARKS)
    return Window(upright.middle_px, frame @ upright.axes_px)


def face_roll_deg(sample: Sample, k: int) -> float:
    """The labelled roll, else by the outer corners of the eyes, else 0."""
    roll = float(sample.pose_deg[k, 2])
    if np.isfinite(roll):
        return roll
    for points, (first, second) in zip((sample.landmarks_478_px, sample.landmarks_68_px), _OUTER, strict=True):
        if points is not None:
            across = points[k, second] - points[k, first]
            if np.isfinite(across).all() and abs(across[0]) > abs(across[1]):
                return float(np.degrees(np.arctan2(across[1], abs(across[0]))))
    return 0.0


def labelled_crop(sample: Sample, k: int, window: Window, lean_deg: float) -> Crop:
    """The crop of a window with the labels of face k."""
    points, seen = sample.landmarks_478_px, sample.landmarks_478_visible
    yaw, pitch, roll = sample.pose_deg[k].astype(float)
    lean = np.radians(lean_deg) if np.isfinite(roll) else np.nan
    return Crop(
        window.pixels(sample.picture),
        np.full((478, 2), np.nan) if points is None else window.inside(points[k].astype(float)),
        window.inside(sample.landmarks_68_px[k].astype(float)),
        np.full(478, np.nan) if seen is None else seen[k].astype(float),
        np.array([yaw / 90, pitch / 90, np.sin(lean), np.cos(lean)]),
    )


def crop_of_nothing(sample: Sample, stream: np.random.Generator) -> Crop:
    """No face: beside one, a detail of one, or lumps."""
    nothing = Crop(
        np.zeros((CROP_PX, CROP_PX), np.float32), np.full((478, 2), np.nan), np.full((68, 2), np.nan), np.full(478, np.nan), np.full(4, np.nan)
    )  # fmt: skip
    kind, angle = stream.random(), stream.uniform(0, 2 * np.pi)
    way = np.array([np.cos(angle), np.sin(angle)])
    if kind < 0.34 or not len(sample.faces_xyxy_px):
        cells = int(stream.integers(3, 24))
        lumps = zoom(stream.standard_normal((cells, cells)), CROP_PX / cells, order=1)[:CROP_PX, :CROP_PX]
        nothing.pixels = (sample.picture.mean() + sample.picture.std() * lumps).astype(np.float32)
        return nothing
    about = window_about(
        sample.faces_xyxy_px[int(stream.integers(len(sample.faces_xyxy_px)))].astype(float), ROOM_LANDMARKS
    )
    half = float(np.linalg.norm(about.axes_px[:, 0]))
    far, scale = (stream.uniform(0.1, 0.3), 0.22) if kind < 0.55 else (stream.uniform(1.7, 2.9), np.exp(stream.uniform(-0.8, 0.4)))  # fmt: skip
    nothing.pixels = Window(about.middle_px + half * far * way, about.axes_px * scale).pixels(sample.picture)
    return nothing
