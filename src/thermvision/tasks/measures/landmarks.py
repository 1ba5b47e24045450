"""Figures of landmarks: normalised mean error, area under the curve of errors, failures; by yaw and by group of points."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Int

from thermvision.tasks.measures.bootstrap import Statistic, mean_statistic
from thermvision.tasks.measures.landmark_points import convention_of, point_groups, shared_landmarks
from thermvision.tasks.measures.normalisers import normaliser_px
from thermvision.types import InputError

AUC_TO, FAILURE_OVER = 0.08, 0.1
YAW_BINS_DEG = ((0.0, 15.0), (15.0, 30.0), (30.0, 45.0), (45.0, 60.0), (60.0, 90.0))


def point_errors(
    found_px: Float[np.ndarray, "i n 2"],
    true_px: Float[np.ndarray, "j m 2"],
    bbox_xyxy_px: Float[np.ndarray, "k 4"],
    normaliser: str,
    visible: Bool[np.ndarray, "j m"] | None = None,
) -> tuple[Float[np.ndarray, "i c"], Int[np.ndarray, " c"]]:
    """Normalised error of each common point, and the points' numbers in the true convention.

    NaN: points that were not found (NaN in found_px) and those that `visible` leaves out. InputError if the numbers of images differ.
    """
    if len(found_px) != len(true_px) or len(true_px) != len(bbox_xyxy_px):
        raise InputError(
            f"landmarks of {len(found_px)} images were found, {len(true_px)} have true ones and {len(bbox_xyxy_px)} boxes; expected as many: pass the same list"
        )
    size = normaliser_px(normaliser, true_px, bbox_xyxy_px)
    found, true, points = shared_landmarks(found_px, true_px)
    errors = np.linalg.norm((found - true) / size[:, None], axis=2)
    if visible is not None:
        errors = np.where(visible[:, points], errors, np.nan)
    return errors, points


def image_errors(errors: Float[np.ndarray, "i c"]) -> Float[np.ndarray, " i"]:
    """Mean over the points of each image that have an error; NaN where none has: the face was not found."""
    there = ~np.isnan(errors)
    total = np.where(there, errors, 0.0).sum(axis=1)
    return np.divide(total, there.sum(axis=1), out=np.full(len(errors), np.nan), where=there.any(axis=1))


def landmark_statistics(
    nme: Float[np.ndarray, " i"],
    numbers: Int[np.ndarray, " i"],
    num_people: int,
    yaw_deg: Float[np.ndarray, " i"] | None = None,
) -> dict[str, Statistic]:
    """NME, AUC@.08, FR@.1, the share not found, and NME of each bin of |yaw|, of any draw of people.

    An image whose face was not found (NaN) has no error for the mean, and counts as nothing in the AUC and as a failure in FR. The curve
    is the share of images with an error of at most x, x from 0 to 0.08; the area under it over its width is a mean over images.
    """
    missing = np.isnan(nme)
    table = {
        "NME": mean_statistic(nme, numbers, num_people),
        f"AUC@{AUC_TO:g}": mean_statistic(
            np.where(missing, 0.0, np.maximum(0.0, AUC_TO - nme) / AUC_TO), numbers, num_people
        ),
        f"FR@{FAILURE_OVER:g}": mean_statistic(
            (missing | (nme > FAILURE_OVER)).astype(float), numbers, num_people
        ),
    }  # fmt: skip
    table["not found"] = mean_statistic(missing.astype(float), numbers, num_people)
    if yaw_deg is not None:
        for name, chosen in yaw_bins(yaw_deg).items():
            if chosen.any():
                table[f"NME, {name}"] = mean_statistic(np.where(chosen, nme, np.nan), numbers, num_people)
    return table


def landmark_figures(nme: Float[np.ndarray, " i"], yaw_deg: Float[np.ndarray, " i"] | None = None) -> dict[str, float]:
    """The same figures of the images as they are, by name."""
    statistics = landmark_statistics(nme, np.zeros(len(nme), np.int64), 1, yaw_deg)
    return {name: float(one(np.ones((1, 1)))[0]) for name, one in statistics.items()}


def yaw_bins(yaw_deg: Float[np.ndarray, " i"]) -> dict[str, Bool[np.ndarray, " i"]]:
    """Name of each bin of |yaw| in degrees -> the images in it; the last holds 90 too."""
    turn = np.abs(yaw_deg)
    return {
        f"yaw {low:g}-{high:g}": (turn >= low) & ((turn < high) | (high == YAW_BINS_DEG[-1][1]))
        for low, high in YAW_BINS_DEG
    }


def error_by_group(errors: Float[np.ndarray, "i c"], points: Int[np.ndarray, " c"], num_true: int) -> dict[str, float]:
    """Group of points (jaw, brows, nose, eyes, mouth, pupils) -> mean error of those that were compared; `num_true` tells the convention."""
    where = {int(point): column for column, point in enumerate(points)}
    found = {}
    for name, members in point_groups(convention_of(num_true)).items():
        columns = [where[point] for point in members if point in where]
        values = errors[:, columns]
        if columns and not np.isnan(values).all():
            found[name] = float(np.nanmean(values))
    return found
