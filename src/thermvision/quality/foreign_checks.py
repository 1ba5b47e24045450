"""Checks that need no labels. Limits are relative to skin minus room; they were set between real and painted pictures."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Bool, Float32
from scipy import ndimage

from thermvision.quality.foreign import ForeignImage, WarmHead, bands, beyond_white, find_head, local_rms
from thermvision.quality.foreign_kelvin import kelvin_findings
from thermvision.quality.measure import Facts, Finding, Picture, View, judge, judge_frames, not_applicable
from thermvision.quality.overlay import painted_bar_length, painted_stroke_pixels
from thermvision.quality.views import whole_view

GROUP = "picture"
TINT, BLOCKS, CLIPPED_PERCENT, EQUAL_SHARE = 0.5, 1.25, 0.5, 0.98
GLOW, MOTTLE_PERCENT, EDGES_PER_MILLE, MIN_HEIGHT_PX = 0.25, 0.5, 18.0, 320
GRAIN_PERCENT, WEDGE_PERCENT = 0.4, 0.3
HAIR_PERCENT = 2.0  # estimate: six patches of real hair, picked by hand, 0.45-1.7; single locks on skin reach 3.3
CLOTH_PERCENT = 0.8  # a real collar 0.5, published generated cloth 1.1 and 1.6
HAIR_ROWS, CLOTH_ROWS = (0.0, 0.5), (0.85, 1.0)  # of the height
BAR_SHARE, STROKE_PX = 0.25, 25
HAIR, CLOTH = "hair no crisper than real", "no weave in cloth"


def image_findings(image: ForeignImage) -> list[Finding]:
    """All findings on one picture; those that need a head in front of a room are n/a, with the reason, where none is found."""
    view = whole_view(image.grey, "K" if image.kelvin else "of 255")
    found = [_neutral(image), _blocks(image), _clipped(image), *_overlay(image)]
    head = find_head(image)
    for name, check in _WITH_HEAD.items():
        if isinstance(head, str):
            found.append(not_applicable(name, GROUP, head))
        elif name in _STRUCTURE and image.grey.shape[0] < MIN_HEIGHT_PX:
            found.append(
                not_applicable(name, GROUP, f"under {MIN_HEIGHT_PX} px high: strands and folds shrink to a few pixels")
            )
        else:
            found.append(check(name, image, head))
    found += kelvin_findings(image, head)
    return [_with_picture(one, view, _place(one.name, image, head)) if one.verdict == "fail" else one for one in found]


def structure_facts(temperature_k: Float32[np.ndarray, "h w"], *, worn: bool = False) -> dict[str, float]:
    """The numbers behind the structure and overlay checks for one frame of a data set; those that do not apply are absent.

    worn: glasses are worn: hair is not looked at, as lenses lie between room and skin too.
    """
    image = ForeignImage("frame", temperature_k, None, True, False)
    findings = [_blocks(image), *_overlay(image)]
    head = find_head(image)
    if not isinstance(head, str) and temperature_k.shape[0] >= MIN_HEIGHT_PX:
        findings += [_WITH_HEAD[name](name, image, head) for name in _STRUCTURE if not (worn and name == HAIR)]
    return {one.name: one.value for one in findings if one.value is not None}


def structure_findings(facts: Sequence[Facts]) -> list[Finding]:
    """Findings on visible-light structure over frames of a data set; a quarter may lie outside, as heads are found without labels."""
    return [
        judge_frames(name, "visible-light structure", facts, name, low=None, high=limit, unit=unit, what=what,
                     absent=f"no frame is {MIN_HEIGHT_PX} px high and shows one head before a cooler room", tolerated=0.25)
        for name, (limit, unit, what) in _STRUCTURE.items()
    ] + [
        judge_frames(name, "painted over", facts, name, low=None, high=limit, unit=unit, what=what,
                     absent="the borders of all frames show too much fine structure", tolerated=0.1)
        for name, (limit, unit, what) in _PAINTED.items()
    ]  # fmt: skip


def _with_picture(one: Finding, view: View, box: tuple[float, float, float, float] | None) -> Finding:
    mark = None if box is None else tuple(side / view.shrunk for side in box)
    return dataclasses.replace(one, worst=(Picture(one.group, view, mark),))  # type: ignore[arg-type]


def _place(name: str, image: ForeignImage, head: WarmHead | str) -> tuple[float, float, float, float] | None:
    """Box (left, top, right, bottom in px) round nine tenths of the pixels that a finding is about; None where it is about all."""
    if isinstance(head, str):
        return None
    level = (ndimage.gaussian_filter(image.grey, image.grey.shape[0] / 170) - head.room_level) / head.contrast
    about = {
        "no glowing eyes": head.head
        & (level > 1 + GLOW)
        & (np.cumsum(head.head.sum(axis=1))[:, None] < 0.6 * head.head.sum()),
        "no black wedge": head.head & (level < 0.12) & (ndimage.distance_transform_edt(head.head) > 3),
        "no grain on the skin": head.head & (level > 0.75),
        "no weave or mottle in the background": (level < 0.15) & ~head.head,
        "no panes or strands in the background": edge_pixels(image.grey, head),
    }.get(name)
    if about is None or not about.any():
        return None
    rows, columns = np.nonzero(about)
    (left, right), (top, bottom) = (np.percentile(v, [5, 95]) for v in (columns, rows))
    return float(left) - 2, float(top) - 2, float(right) + 3, float(bottom) + 3


def _neutral(image: ForeignImage) -> Finding:
    name = "neutral grey"
    if image.rgb is None or image.false_colour:
        return not_applicable(name, GROUP, "a palette picture" if image.false_colour else "a picture of one channel")
    wide = image.rgb.astype(np.int16)
    value = float((wide.max(axis=2) - wide.min(axis=2)).mean())
    return judge(name, GROUP, value, None, TINT, "of 255", f"Channels differ by {value:.2f} of 255 on average; a thermal grey has R=G=B")  # fmt: skip


def _blocks(image: ForeignImage) -> Finding:
    value = max(_blockiness(image.grey), _blockiness(image.grey.T))
    return judge("no JPEG blocks", GROUP, value, None, BLOCKS, "", f"Steps on the strongest 8-pixel grid are {value:.2f} times those between (Wang, Bovik and Evans 2000)")  # fmt: skip


def _blockiness(grey: Float32[np.ndarray, "h w"]) -> float:
    scale = max(float(np.subtract(*np.percentile(grey, [99, 1]))), 1e-6) / 200
    step = np.minimum(np.abs(np.diff(grey / scale, axis=1)), 8).mean(axis=0)
    phases = np.array([step[k::8].mean() for k in range(8)])
    return float(phases.max() / max(float(np.median(phases)), 1e-3))


def _clipped(image: ForeignImage) -> Finding:
    if image.false_colour:
        return not_applicable("not clipped", GROUP, "a palette picture does not show where it was clipped", "%")
    value = 100 * image.clipped_share
    return judge("not clipped", GROUP, value, None, CLIPPED_PERCENT, "%", f"{value:.2f} % of the pixels are at the end of the scale")  # fmt: skip


def _overlay(image: ForeignImage) -> list[Finding]:
    bar, stroke, name = painted_bar_length(image.grey), painted_stroke_pixels(image.grey), "no painted text or cross"
    if stroke is None:
        text = not_applicable(
            name, GROUP, "the border shows so much fine structure that strokes would not stand out", "px"
        )
    else:
        text = judge(name, GROUP, stroke, None, STROKE_PX, "px", f"{stroke} pixels of thin strokes in the extreme tone near the border or the centre")  # fmt: skip
    return [judge("no painted colour bar", GROUP, bar, None, BAR_SHARE, "of the side", f"Longest even ramp along a border is {bar:.0%} of that side"), text]  # fmt: skip


def _glow(name: str, image: ForeignImage, found: WarmHead) -> Finding:
    """Twin bright spots: the canthus is at most 2.3 K above the forehead (Wang et al. 2023), skin about 10 K above a room."""
    value = twin_glow(image.grey, found)
    return judge(name, GROUP, value, None, GLOW, "of skin-room", f"Brightest pair of spots side by side stands {value:.2f} of skin minus room above the skin")  # fmt: skip


def twin_glow(grey: Float32[np.ndarray, "h w"], found: WarmHead) -> float:
    """Height over skin of the brightest pair of compact spots side by side in the head, in units of skin minus room; 0 for none."""
    height = grey.shape[0]
    smooth = ndimage.gaussian_filter(grey, height / 170)
    area = float(found.head.sum())
    best = 0.0
    for level in np.arange(0.8, 0.09, -0.02):
        spots, count = ndimage.label(found.head & (smooth > found.skin_level + level * found.contrast))
        if count < 2:
            continue
        sizes = np.bincount(spots.ravel(), minlength=count + 1)[1:]
        keep = [i + 1 for i in np.argsort(-sizes)[:8] if 0.001 * area <= sizes[i] <= 0.06 * area]
        centres = ndimage.center_of_mass(spots > 0, spots, keep)
        for i, a in enumerate(centres):
            for b in centres[:i]:
                across, down = abs(a[1] - b[1]), abs(a[0] - b[0])
                if across > 0.1 * np.sqrt(area) and down < 0.45 * across:
                    best = max(best, float(level))
        if best:
            return round(best, 2)
    return best


def _wedge(name: str, image: ForeignImage, found: WarmHead) -> Finding:
    """As dark as the room, enclosed by warm skin, and sharply bounded. Cold noses stay above the room and fade out."""
    grey = ndimage.gaussian_filter(image.grey, 0.7)
    dark = ndimage.binary_opening(found.head & (grey < found.room_level + 0.12 * found.contrast), iterations=2)
    dark &= ndimage.distance_transform_edt(found.head) > 3
    labelled, count = ndimage.label(dark)
    value = 0.0
    for place in range(1, count + 1):
        spot = labelled == place
        ring = ndimage.binary_dilation(spot, iterations=4) & ~ndimage.binary_dilation(spot, iterations=2)
        if ring.any() and np.median(grey[ring]) > found.room_level + 0.6 * found.contrast:
            value = max(value, 100 * float(spot.sum()) / float(found.head.sum()))
    return judge(name, GROUP, value, None, WEDGE_PERCENT, "%", f"The largest sharp patch as cold as the room inside the warm head covers {value:.2f} % of it")  # fmt: skip


def _mottle(name: str, image: ForeignImage, found: WarmHead) -> Finding:
    """Weave and mottle in the cool parts: detail correlated over pixels, where a sensor has white noise."""
    cool = ndimage.gaussian_filter(image.grey, 4) < found.room_level + 0.15 * found.contrast
    cool &= ~found.head
    if cool.sum() < 500:
        return not_applicable(name, GROUP, "too little of the picture is as cool as the room")
    finest, fine, coarse = (100 * float(np.median(local_rms(b)[cool])) / found.contrast for b in bands(image.grey))
    value = float(np.hypot(*beyond_white(finest, fine, coarse)))
    sentence = f"Detail of 3-14 px in the cool parts beyond white noise is {value:.2f} % of skin minus room"
    return judge(name, GROUP, value, None, MOTTLE_PERCENT, "%", sentence)


def _edges(name: str, image: ForeignImage, found: WarmHead) -> Finding:
    """Window panes, folds, strands: long coherent edges in the cool parts of the upper picture."""
    value = coherent_edges_per_mille(image.grey, found)
    return judge(name, GROUP, value, None, EDGES_PER_MILLE, "per mille", f"{value:.1f} of 1000 background pixels lie on long straight edges over 0.8 % of skin minus room a pixel")  # fmt: skip


def coherent_edges_per_mille(grey: Float32[np.ndarray, "h w"], found: WarmHead) -> float:
    """Share (per mille) of background pixels on upright or level edges that keep their sign over a twelfth of the height."""
    far = _background(grey, found)
    return 0.0 if far.sum() < 500 else 1000 * float(edge_pixels(grey, found).sum()) / float(far.sum())


def edge_pixels(grey: Float32[np.ndarray, "h w"], found: WarmHead) -> Bool[np.ndarray, "h w"]:
    """Background pixels (h, w) on such edges."""
    height = grey.shape[0]
    smooth = ndimage.gaussian_filter(grey, 1.2)
    length = max(12, height // 12)
    marked = np.zeros(grey.shape, bool)
    for across, along in ((1, 0), (0, 1)):
        slope = ndimage.sobel(smooth, across) / 8 / found.contrast * 100
        mean = np.abs(ndimage.uniform_filter1d(slope, length, axis=along))
        steady = mean / (ndimage.uniform_filter1d(np.abs(slope), length, axis=along) + 0.05)
        marked |= (mean > 0.8) & (steady > 0.9) & (mean == ndimage.maximum_filter1d(mean, 7, axis=across))
    return marked & _background(grey, found)


def _background(grey: Float32[np.ndarray, "h w"], found: WarmHead) -> Bool[np.ndarray, "h w"]:
    return found.room & (np.arange(grey.shape[0])[:, None] < 0.7 * grey.shape[0])


def _grain(name: str, image: ForeignImage, found: WarmHead) -> Finding:
    """Grain on the evenest half of the skin: heat spreads in skin, so nothing fine and correlated stays."""
    inside = ndimage.distance_transform_edt(found.head) > max(5, image.grey.shape[0] / 85)
    inside &= ndimage.gaussian_filter(image.grey, 4) > found.room_level + 0.75 * found.contrast  # not hair, not cloth
    if inside.sum() < 500:
        return not_applicable(name, GROUP, "too little skin is seen")
    slope = ndimage.gaussian_gradient_magnitude(image.grey, 2)
    even = inside & (slope <= np.median(slope[inside]))
    finest, fine, coarse = (
        148.26 * float(np.median(np.abs(b[even] - np.median(b[even])))) / found.contrast for b in bands(image.grey)
    )
    value = beyond_white(finest, fine, coarse)[0]
    sentence = f"Detail of 3-6 px on even skin beyond white noise is {value:.2f} % of skin minus room"
    return judge(name, GROUP, value, None, GRAIN_PERCENT, "%", sentence)


def _hair(name: str, image: ForeignImage, found: WarmHead) -> Finding:
    """Fine detail in what is between room and skin in the upper half: hair, away from outlines."""
    value = detail_between_percent(image.grey, found, HAIR_ROWS)
    if value is None:
        return not_applicable(name, GROUP, "too little hair between room and skin in the upper half", "%")
    return judge(name, GROUP, value, None, HAIR_PERCENT, "%", f"Detail of 3-6 px in hair is {value:.2f} % of skin minus room")  # fmt: skip


def _cloth(name: str, image: ForeignImage, found: WarmHead) -> Finding:
    """Fine detail in what is between room and skin at the lower border: cloth."""
    value = detail_between_percent(image.grey, found, CLOTH_ROWS)
    if value is None:
        return not_applicable(name, GROUP, "too little cloth between room and skin at the lower border", "%")
    return judge(name, GROUP, value, None, CLOTH_PERCENT, "%", f"Detail of 3-6 px in cloth is {value:.2f} % of skin minus room")  # fmt: skip


def detail_between_percent(
    grey: Float32[np.ndarray, "h w"], found: WarmHead, rows: tuple[float, float]
) -> float | None:
    """Median local detail of 3-6 px, percent of skin minus room, where the blurred level is between both and even.

    rows: from and to, of the height. None if under 0.4 % of the picture is so.
    """
    level = (ndimage.gaussian_filter(grey, 4) - found.room_level) / found.contrast
    slope = ndimage.gaussian_gradient_magnitude(grey, 5) / found.contrast
    y = (np.arange(grey.shape[0]) / grey.shape[0])[:, None]
    between = (level > 0.12) & (level < 0.75) & (slope < 0.02) & (y >= rows[0]) & (y < rows[1])
    if between.mean() < 0.004:
        return None
    return 100 * float(np.median(local_rms(bands(grey)[1], 4)[between])) / found.contrast


def _uniform(name: str, image: ForeignImage, found: WarmHead) -> Finding:
    same = (image.grey[:, 1:] == image.grey[:, :-1]) & found.room[:, 1:] & found.room[:, :-1]
    value = float(same.sum() / max((found.room[:, 1:] & found.room[:, :-1]).sum(), 1))
    return judge(name, GROUP, value, None, EQUAL_SHARE, "", f"{value:.0%} of neighbouring background pixels are exactly equal")  # fmt: skip


_WITH_HEAD: dict[str, Callable[[str, ForeignImage, WarmHead], Finding]] = {
    "no glowing eyes": _glow,
    "no black wedge": _wedge,
    "no weave or mottle in the background": _mottle,
    "no panes or strands in the background": _edges,
    "no grain on the skin": _grain,
    HAIR: _hair,
    CLOTH: _cloth,
    "background not exactly uniform": _uniform,
}
_STRUCTURE = {
    "no weave or mottle in the background": (
        MOTTLE_PERCENT,
        "%",
        "Correlated detail of 3-14 px in the cool parts, of skin minus room",
    ),
    "no panes or strands in the background": (EDGES_PER_MILLE, "per mille", "Background on long straight edges"),
    "no grain on the skin": (GRAIN_PERCENT, "%", "Correlated detail of 3-6 px on even skin, of skin minus room"),
    HAIR: (HAIR_PERCENT, "%", "Detail of 3-6 px in hair, of skin minus room"),
    CLOTH: (CLOTH_PERCENT, "%", "Detail of 3-6 px in cloth at the lower border, of skin minus room"),
}
_PAINTED = {
    "no painted colour bar": (BAR_SHARE, "of the side", "Longest even ramp along a border"),
    "no painted text or cross": (STROKE_PX, "px", "Thin strokes in the extreme tone near the border or the centre"),
    "no JPEG blocks": (BLOCKS, "", "Steps on the strongest 8-pixel grid over those between"),
}
