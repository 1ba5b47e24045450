"""What a check gets (a frame with its labels, or numbers taken from it) and what it says (a finding)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8
from scipy.stats import binom

Verdict = Literal["pass", "fail", "n/a"]
MOST_TOLERATED = 0.2
TOLERATED_SHARE = 0.05  # of the frames, beyond the limits: landmarks at grazing angles and single odd frames
WORST_SHOWN = 6


@dataclass(frozen=True, slots=True)
class View:
    """A small 8-bit view of part of a picture, with what its levels and places mean."""

    grey: UInt8[np.ndarray, "h w"]
    low: float  # what 0 and 255 stand for, in `unit`
    high: float
    unit: str
    left_px: float = 0.0  # of the view's corner in the picture
    top_px: float = 0.0
    shrunk: float = 1.0  # picture pixels in one of the view


@dataclass(frozen=True, slots=True)
class Picture:
    """A view for the report under a caption; `mark` is the box that was measured (left, top, right, bottom in the view)."""

    caption: str
    view: View
    mark: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check says: value against limits (either may be open), in `unit`, and one sentence."""

    name: str
    group: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    verdict: Verdict
    sentence: str
    worst: tuple[Picture, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Everything but the pictures, for JSON."""
        names = ("name", "group", "value", "low", "high", "unit", "verdict", "sentence")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class LabelledFrame:
    """One frame of a data set with the labels that are there."""

    clip: str
    subject: str
    session: str
    frame: int
    temperature_k: Float32[np.ndarray, "h w"]
    face_mask: Bool[np.ndarray, "h w"] | None
    bbox_xyxy_px: Float32[np.ndarray, " 4"]
    points_68_px: Float32[np.ndarray, "68 2"]
    seen_68: Bool[np.ndarray, " 68"]
    points_478_px: Float32[np.ndarray, "478 2"] | None
    seen_478: Bool[np.ndarray, " 478"] | None
    arkit: dict[str, float]
    yaw_deg: float
    pitch_deg: float
    regions_k: dict[str, float]
    netd_k: float
    may_be_hot: bool = False  # a background declared as possibly warmer than a face
    room_c: float | None = None
    level_error_k: float = 0.0  # standard deviation of the camera's absolute level over sessions
    hair_style: str | None = None
    beard: float | None = None  # share of the lower face that a beard covers, 0-1
    worn: dict[str, str] = field(default_factory=dict)  # glasses, headwear, mask_worn where the data set names them

    def frontal(self, limit_deg: float = 30.0) -> bool:
        """Whether both halves of the face are turned to the camera."""
        return abs(self.yaw_deg) <= limit_deg and abs(self.pitch_deg) <= limit_deg


@dataclass(frozen=True, slots=True)
class Facts:
    """Numbers measured in one frame, by name, with a small view; a number that could not be taken is absent."""

    clip: str
    subject: str
    session: str
    frame: int
    values: dict[str, float]
    view: View
    marks: dict[str, tuple[float, float, float, float]] = field(
        default_factory=dict
    )  # box in the picture, by name of the number

    def picture(self, caption: str, key: str = "") -> Picture:
        """The frame's small view under a caption, the place that the number `key` was taken from marked."""
        view, box = self.view, self.marks.get(key)
        if box is None:
            return Picture(f"{self.clip} frame {self.frame}: {caption}", view)
        left, top, right, bottom = box
        x, y, k = view.left_px, view.top_px, view.shrunk
        mark = ((left - x) / k, (top - y) / k, (right - x) / k, (bottom - y) / k)
        return Picture(f"{self.clip} frame {self.frame}: {caption}", view, mark)


def not_applicable(name: str, group: str, reason: str, unit: str = "") -> Finding:
    """A finding of a check that has nothing to look at, with the reason."""
    return Finding(name, group, None, None, None, unit, "n/a", reason)


def judge(
    name: str,
    group: str,
    value: float,
    low: float | None,
    high: float | None,
    unit: str,
    sentence: str,
    worst: Sequence[Picture] = (),
) -> Finding:
    """A finding whose verdict is whether `value` lies between the limits."""
    outside = (low is not None and value < low) or (high is not None and value > high) or not np.isfinite(value)
    number = round(float(value), 4) if np.isfinite(value) else None
    return Finding(name, group, number, low, high, unit, "fail" if outside else "pass", sentence, tuple(worst))


def judge_frames(
    name: str,
    group: str,
    facts: Sequence[Facts],
    key: str,
    *,
    low: float | None,
    high: float | None,
    unit: str,
    what: str,
    absent: str,
    tolerated: float = TOLERATED_SHARE,
    odd_people: float = 0.0,
) -> Finding:
    """A finding over frames: the value is the quantile that decides, as a `tolerated` share may lie beyond each limit.

    With an upper limit and 5 % tolerated that is the 95th percentile; with two limits, whichever end comes nearer to its
    limit or passes it. `what` says what was measured; `absent` why no frame could be used. A number that is not finite fails.
    odd_people: share of real people beyond the limits; as all frames of such a person lie there, the tolerated share becomes
    that of as many of them as nine in ten samples of so few people hold, at most 20 %.
    """
    usable = [one for one in facts if key in one.values]
    if not usable:
        return not_applicable(name, group, absent, unit)
    values = np.array([one.values[key] for one in usable])
    if odd_people:
        people = len({one.subject for one in usable})
        tolerated = max(tolerated, min(float(binom.ppf(0.9, people, odd_people)) / people, MOST_TOLERATED))
    if not np.isfinite(values).all():
        worst = tuple(one.picture("not a number", key) for one in usable if not np.isfinite(one.values[key]))[
            :WORST_SHOWN
        ]
        return Finding(
            name, group, None, low, high, unit, "fail", f"{what}: not a number in {len(worst)} frames", worst
        )
    ends = []  # (how far inside the limit, value)
    if low is not None:
        end = float(np.quantile(values, tolerated, method="higher"))
        ends.append((end - low, end))
    if high is not None:
        end = float(np.quantile(values, 1 - tolerated, method="lower"))
        ends.append((high - end, end))
    beyond = np.maximum(-np.inf if low is None else low - values, -np.inf if high is None else values - high)
    outside = int((beyond > 0).sum())
    sentence = (
        f"{what}: median {np.median(values):.3g}, 5-95 % {np.percentile(values, 5):.3g} to {np.percentile(values, 95):.3g} {unit}; "
        f"{outside} of {len(values)} frames outside, {tolerated:.0%} tolerated"
    )
    found = judge(name, group, min(ends)[1], low, high, unit, sentence)
    shown = _worst_of_different_clips(usable, np.argsort(-beyond), WORST_SHOWN if found.verdict == "fail" else 1)
    worst = tuple(usable[i].picture(f"{values[i]:.3g} {unit}".strip(), key) for i in shown)
    return judge(name, group, min(ends)[1], low, high, unit, sentence, worst)


def _worst_of_different_clips(facts: Sequence[Facts], order: np.ndarray, count: int) -> list[int]:
    """The first `count` places of `order`, at most two of a clip: six pictures of one clip say no more than two."""
    chosen: list[int] = []
    for i in order:
        if len(chosen) < count and sum(facts[k].clip == facts[i].clip for k in chosen) < 2:
            chosen.append(int(i))
    return chosen


def polygon_mask(points_px: Float[np.ndarray, "n 2"], shape: tuple[int, int]) -> Bool[np.ndarray, "h w"]:
    """Pixels of a `shape` (h, w) image whose centres a polygon of points (x, y in px, centres at .5) holds, outline included."""
    from PIL import Image, ImageDraw

    canvas = Image.new("1", (shape[1], shape[0]))
    ImageDraw.Draw(canvas).polygon([(float(x) - 0.5, float(y) - 0.5) for x, y in points_px], fill=1)
    return np.asarray(canvas)


def disc(
    image: Float32[np.ndarray, "h w"] | Bool[np.ndarray, "h w"], centre_px: Float[np.ndarray, " 2"], radius_px: float
) -> Float32[np.ndarray, " k"] | Bool[np.ndarray, " k"]:
    """Values within `radius_px` of a point; empty where the disc leaves the image."""
    reach = int(np.ceil(radius_px)) + 1
    x, y = (int(v) for v in np.floor(centre_px))
    if not (reach <= x < image.shape[1] - reach and reach <= y < image.shape[0] - reach):
        return np.empty(0, np.float32)
    window = image[y - reach : y + reach + 1, x - reach : x + reach + 1]
    grid = np.arange(-reach, reach + 1) + 0.5
    near = (grid[None] + x - centre_px[0]) ** 2 + (grid[:, None] + y - centre_px[1]) ** 2 <= max(radius_px, 0.8) ** 2
    return window[near]


def crop(
    low_px: Float[np.ndarray, " 2"], high_px: Float[np.ndarray, " 2"], margin_px: float, shape: tuple[int, int]
) -> tuple[slice, slice] | None:
    """Rows and columns of a box with a margin cut to the image, or None if nothing is left."""
    left, top = np.floor(np.asarray(low_px) - margin_px).astype(int)
    right, bottom = np.ceil(np.asarray(high_px) + margin_px).astype(int)
    rows, columns = (
        slice(max(top, 0), min(bottom, shape[0])),
        slice(max(left, 0), min(right, shape[1])),
    )
    return (rows, columns) if rows.stop - rows.start > 3 and columns.stop - columns.start > 3 else None


def mm_per_px(frame: LabelledFrame) -> float:
    """Scale at the face from the outer eye corners, 90 mm apart in adults (estimate), with the turn of the head taken out."""
    apart = float(np.linalg.norm(frame.points_68_px[45] - frame.points_68_px[36]))
    return float(90.0 * max(np.cos(np.radians(frame.yaw_deg)), 0.2) / max(apart, 1e-3))
