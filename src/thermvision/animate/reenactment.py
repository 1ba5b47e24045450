"""Self- and cross-reenactment in numbers: what a moved portrait shares with the truth, with its driver and with itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32

from thermvision.animate.metrics_heat import REGIONS, drifts_k, region_distance_k, region_reading_k, warped_difference_k
from thermvision.animate.metrics_shape import (
    expression_correlations,
    landmark_errors_percent,
    pose_errors_deg,
    shape_distance_percent,
)
from thermvision.types import Frame, FrameLabels

MOST_TURNED_DEG = 30.0  # landmark and temperature errors are of frames turned by no more than this


@dataclass(frozen=True, slots=True)
class Watched:
    """A clip as arrays: what it shows and what is labelled."""

    temperature_k: Float32[np.ndarray, "f h w"]
    skin: Bool[np.ndarray, "f h w"]
    points_px: Float[np.ndarray, "f 478 2"]
    seen: Bool[np.ndarray, "f 478"]
    angles_deg: Float[np.ndarray, "f 3"]  # yaw, pitch, roll

    def towards(self) -> Bool[np.ndarray, " f"]:
        """Frames in which the face is turned by up to 30 degrees."""
        return (np.abs(self.angles_deg[:, :2]) <= MOST_TURNED_DEG).all(axis=1)

    def readings_k(self, region: str) -> Float[np.ndarray, " f"]:
        """A region's temperature in every frame."""
        both = zip(self.temperature_k, self.points_px, strict=True)
        return np.array([region_reading_k(picture, points, region) for picture, points in both])


def watch(frames: Iterable[tuple[Frame, FrameLabels]]) -> Watched:
    """All frames of a clip at once; for clips of some seconds."""
    shown = list(frames)
    labels = [one for _, one in shown]
    return Watched(
        np.stack([frame["temperature_k"] for frame, _ in shown]),
        np.stack([frame["face_mask"] for frame, _ in shown]),
        np.stack([one.landmarks_px["478"] for one in labels]).astype(np.float64),
        np.stack([one.landmarks_visible["478"] for one in labels]),
        np.array([[one.yaw_deg, one.pitch_deg, one.roll_deg] for one in labels], np.float64),
    )


def self_scores(result: Watched, truth: Watched) -> dict[str, float]:
    """A portrait driven by its own person's motion against what that person did: errors of landmarks, pose, expression, skin.

    Landmarks, % of the inter-ocular distance, and skin, K, over frames turned by up to 30 degrees; pose, degrees, over all.
    """
    towards = truth.towards()
    landmarks = landmark_errors_percent(result.points_px, truth.points_px, truth.seen)[towards]
    pose = pose_errors_deg(result.angles_deg, truth.angles_deg)
    both = (result.skin & truth.skin)[towards]
    skin = np.abs(result.temperature_k[towards] - truth.temperature_k[towards])[both]
    return {
        "landmark error, %: median": _median(landmarks),
        "landmark error, %: 95 %": _high(landmarks),
        "pose error, deg: median": _median(pose),
        "pose error, deg: 95 %": _high(pose),
        "expression correlation: mean": _mean(expression_correlations(result.points_px, truth.points_px)),
        "skin error, K: median": _median(skin),
        **kept_scores(result),
    }


def cross_scores(result: Watched, driver: Watched) -> dict[str, float]:
    """A portrait driven by another person: change of pose and expression against the driver's."""
    pose = pose_errors_deg(result.angles_deg, driver.angles_deg, change=True)
    return {
        "pose error, deg: median": _median(pose),
        "pose error, deg: 95 %": _high(pose),
        "expression correlation: mean": _mean(expression_correlations(result.points_px, driver.points_px)),
        **kept_scores(result),
    }


def kept_scores(result: Watched) -> dict[str, float]:
    """Drift of the forehead and the canthi against the first frame, and change of the skin from frame to frame, K."""
    yaw, pitch = result.angles_deg[:, 0], result.angles_deg[:, 1]
    canthi = np.concatenate([np.abs(drifts_k(result.readings_k(f"canthus_{side}"), yaw, pitch)) for side in ("right", "left")])  # fmt: skip
    forehead = np.abs(drifts_k(result.readings_k("forehead"), yaw, pitch))
    return {
        "forehead drift, K: 95 %": _high(forehead),
        "canthus drift, K: 95 %": _high(canthi),
        "warped frame difference, K": warped_differences(result),
    }


def warped_differences(result: Watched) -> float:
    """Mean over successive frames."""
    pairs = range(len(result.temperature_k) - 1)
    values = [
        warped_difference_k(
            result.temperature_k[i], result.temperature_k[i + 1], result.points_px[i], result.points_px[i + 1], result.skin[i]
        )
        for i in pairs
    ]  # fmt: skip
    return float(np.nanmean(values))


def identity_scores(results: list[Watched], portraits: list[Watched]) -> dict[str, float]:
    """Whose result is it? Distances of each result (its frame held most alike) to its own portrait and to the others.

    portraits: one frame each. Rank-1 is the share of results whose nearest portrait by shape, or by regions, is their own.
    """
    shape, warmth = (np.zeros((len(results), len(portraits))) for _ in range(2))
    for row, result in enumerate(results):
        for column, portrait in enumerate(portraits):
            frame = int(np.argmin(np.abs(result.angles_deg - portrait.angles_deg[0]).sum(axis=1)))
            shape[row, column] = shape_distance_percent(result.points_px[frame], portrait.points_px[0])
            read = ({name: float(one.readings_k(name)[at]) for name in REGIONS} for one, at in ((result, frame), (portrait, 0)))  # fmt: skip
            warmth[row, column] = region_distance_k(*read)
    told = {}
    for name, distance in (("shape, % of the eyes' distance", shape), ("regions, K", warmth)):
        own = np.diag(distance)
        others = distance[~np.eye(len(distance), dtype=bool)]
        told[f"identity by {name}: own"] = float(own.mean())
        told[f"identity by {name}: others"] = float(others.mean()) if len(others) else float("nan")
        told[f"identity by {name}: rank-1"] = float((distance.argmin(axis=1) == np.arange(len(distance))).mean())
    return told


def _median(values: np.ndarray) -> float:
    return float(np.nanmedian(values)) if np.isfinite(values).any() else float("nan")


def _high(values: np.ndarray) -> float:
    return float(np.nanpercentile(values, 95)) if np.isfinite(values).any() else float("nan")


def _mean(values: dict[str, float]) -> float:
    return float(np.mean(list(values.values()))) if values else float("nan")
