"""Pictures through a crop and back: area means where pixels get fewer, straight lines where they get more."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import gaussian_filter, map_coordinates

from thermvision.retarget.liveportrait.crop import CropFrame

FEATHER_SHARE = 16 / 512  # of the crop's side, at each edge: how wide the paste fades
_MARGIN_SHARE = 16 / 512  # of the crop's side, at each edge: not pasted at all


def cut_out(picture: Float32[np.ndarray, "h w *c"], crop: CropFrame) -> Float32[np.ndarray, "n n *c"]:
    """The crop of a picture; outside it the nearest edge goes on (a black edge would be a cold one)."""
    fold = max(1, round(1 / crop.scale))
    fine = (np.arange(crop.size_px * fold) + 0.5) / fold
    places = np.stack(np.meshgrid(fine, fine), axis=-1)
    sampled = sample_at(picture, crop.to_picture(places))
    n = crop.size_px
    return sampled.reshape(n, fold, n, fold, *sampled.shape[2:]).mean(axis=(1, 3), dtype=np.float32)


def sample_at(picture: Float32[np.ndarray, "h w *c"], places_px: np.ndarray) -> Float32[np.ndarray, "*n"]:
    """Values at places (*n, x y) in pixels, along straight lines between pixel centres, edges going on."""
    at = np.moveaxis(places_px[..., ::-1], -1, 0) - 0.5
    if picture.ndim == 2:
        return map_coordinates(picture, at, order=1, mode="nearest", output=np.float32)
    planes = [
        map_coordinates(picture[..., channel], at, order=1, mode="nearest", output=np.float32)
        for channel in range(picture.shape[-1])
    ]
    return np.stack(planes, axis=-1)


def halved(picture: Float32[np.ndarray, "h w"]) -> Float32[np.ndarray, "h2 w2"]:
    """Half the size, means of four pixels."""
    h, w = picture.shape
    return picture.reshape(h // 2, 2, w // 2, 2).mean(axis=(1, 3), dtype=np.float32)


class Paste:
    """Where a crop lies in a picture and how it fades into it: worked out once, used for every frame."""

    def __init__(self, crop: CropFrame, height_px: int, width_px: int) -> None:
        n = crop.size_px
        corners = crop.to_picture(np.array([[0, 0], [n, 0], [0, n], [n, n]], np.float64))
        low = np.clip(np.floor(corners.min(axis=0)), 0, [width_px, height_px]).astype(int)
        high = np.clip(np.ceil(corners.max(axis=0)), 0, [width_px, height_px]).astype(int)
        self.box = (slice(low[1], high[1]), slice(low[0], high[0]))
        x, y = np.arange(low[0], high[0]) + 0.5, np.arange(low[1], high[1]) + 0.5
        self._places = crop.to_crop(np.stack(np.meshgrid(x, y), axis=-1))
        self._blur_px = 0.5 * np.sqrt(max(crop.scale**2 - 1, 0.0))
        inside = np.minimum(self._places, n - self._places).min(axis=-1)
        self.share = np.clip((inside - _MARGIN_SHARE * n) / (FEATHER_SHARE * n), 0, 1).astype(np.float32)

    def back(self, crop_picture: Float32[np.ndarray, "n n"]) -> Float32[np.ndarray, "h w"]:
        """The crop's values at the picture's pixels inside `box`."""
        smooth = gaussian_filter(crop_picture, self._blur_px, mode="nearest") if self._blur_px > 0.2 else crop_picture
        return sample_at(smooth, self._places)

    def into(
        self, picture: Float32[np.ndarray, "H W"], values: Float32[np.ndarray, "h w"]
    ) -> Float32[np.ndarray, "H W"]:
        """A copy of the picture with `values` (of `box`) blended in."""
        pasted = picture.copy()
        under = pasted[self.box]
        pasted[self.box] = under + self.share * (values - under)
        return pasted
