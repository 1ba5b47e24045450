"""Pictures without labels: find the one warm head in front of a cooler room if there is one, and measure detail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, UInt8
from scipy import ndimage

SKIN_QUANTILE = 0.75  # of the warm part: cheeks, hair and warm cloth lie below the forehead
WHITE_IN_BANDS = (0.72, 0.30, 0.14)


@dataclass(frozen=True, slots=True)
class ForeignImage:
    """A picture of unknown origin: `grey` is 0-255 (8-bit, palettes by luminance) or kelvin where `kelvin` is set.

    rgb: (h, w, 3) of an 8-bit picture in colour. clipped_share: of the pixels, at either end of the file's scale.
    """

    name: str
    grey: Float32[np.ndarray, "h w"]
    rgb: UInt8[np.ndarray, "h w 3"] | None
    kelvin: bool
    false_colour: bool
    clipped_share: float = 0.0


@dataclass(frozen=True, slots=True)
class WarmHead:
    """The largest warm thing of a picture against a cooler, fairly even room; levels in the picture's own units."""

    head: Bool[np.ndarray, "h w"]
    room: Bool[np.ndarray, "h w"]  # everything well away from the head
    skin_level: float
    room_level: float

    @property
    def contrast(self) -> float:
        """Skin minus room: about 10 K indoors, the ruler for every relative limit."""
        return self.skin_level - self.room_level


def find_head(image: ForeignImage) -> WarmHead | str:
    """The warm head and its room, or in words why there is none.

    Otsu's threshold, the largest warm component, holes filled. A scene counts as a head against a room when the warm part
    touches little of the border above the shoulders and the rest, at least 35 % of the picture, spreads over less than 0.65 of skin minus room.
    """
    grey = image.grey
    height = grey.shape[0]
    smooth = ndimage.gaussian_filter(grey, height / 400)
    warm = ndimage.binary_opening(smooth > otsu(smooth), iterations=2)
    labelled, count = ndimage.label(warm)
    if not count:
        return "nothing in the picture stands out as warm"
    head = ndimage.binary_fill_holes(labelled == 1 + int(np.argmax(np.bincount(labelled.ravel())[1:])))
    room = ndimage.distance_transform_edt(~head) > max(6, height / 50)
    upper = height * 2 // 3
    border = np.concatenate([head[0], head[:upper, 0], head[:upper, -1]])
    if not 0.05 <= head.mean() <= 0.8 or room.mean() < 0.35:
        return "the warm part fills nearly nothing or most of the picture, so too little room is seen beside it"
    if border.mean() > 0.15:
        return "the warm part runs out of the picture, so it is no single head against a room"
    values = grey[room]
    skin, level = (
        float(np.quantile(grey[head], SKIN_QUANTILE)),
        float(np.median(values[values <= np.quantile(values, 0.6)])),
    )
    if skin - level <= 0 or float(np.subtract(*np.quantile(values, [0.9, 0.1]))) > 0.65 * (skin - level):
        return "the scene behind is as warm or as varied as skin (outdoors?)"
    return WarmHead(head, room, skin, level)


def otsu(grey: Float32[np.ndarray, "h w"]) -> float:
    """Otsu's threshold over 256 bins between the picture's extremes, in its own units."""
    counts, edges = np.histogram(grey, 256)
    weight = np.cumsum(counts).astype(np.float64)
    moment = np.cumsum(counts * np.arange(256.0))
    between = (moment[-1] * weight / weight[-1] - moment) ** 2 / np.maximum(weight * (weight[-1] - weight), 1e-9)
    return float(edges[int(np.argmax(between)) + 1])


def local_rms(band: Float32[np.ndarray, "h w"], reach_px: float = 6.0) -> Float32[np.ndarray, "h w"]:
    """Root mean square of a band-pass picture in a Gaussian window."""
    return np.sqrt(np.maximum(ndimage.gaussian_filter(band**2, reach_px), 0))


def bands(grey: Float32[np.ndarray, "h w"]) -> tuple[Float32[np.ndarray, "h w"], ...]:
    """Detail below 3 px, of about 3-6 px and of about 7-14 px wavelength."""
    blurred = {sigma: ndimage.gaussian_filter(grey, sigma) for sigma in (0.7, 1.6, 1.5, 3.5)}
    return grey - blurred[0.7], blurred[0.7] - blurred[1.6], blurred[1.5] - blurred[3.5]


def beyond_white(finest: float, fine: float, coarse: float) -> tuple[float, float]:
    """What remains of the strength of the two coarser `bands` when white noise as strong as the finest band's is taken out.

    White noise of unit strength leaves 0.72, 0.30 and 0.14 in the three bands (integrals of the Gaussians' products).
    """
    white = finest / WHITE_IN_BANDS[0]
    left = [
        max(s**2 - (gain * white) ** 2, 0.0) ** 0.5 for s, gain in zip((fine, coarse), WHITE_IN_BANDS[1:], strict=True)
    ]
    return left[0], left[1]
