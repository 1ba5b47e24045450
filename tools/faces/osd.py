"""Letters and digits over pictures, as cameras and programs write them: temperatures, dates, numbers of figures."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

_SIGNS = "0123456789000888.,:-/°CFKABDEGHMOPQRSTx+%"


@lru_cache(maxsize=64)
def _font(size):
    return ImageFont.load_default(size)


def written(text, size_px):
    """The text's pixels (h, w), 0-1."""
    left, top, right, bottom = _font(size_px).getbbox(text)
    page = Image.new("L", (max(1, int(right - left)) + 2, max(1, int(bottom - top)) + 2))
    ImageDraw.Draw(page).text((1 - left, 1 - top), text, fill=255, font=_font(size_px))
    return np.asarray(page, np.float32) / 255


def with_text(x, share, stream, sizes_px=(7, 34), most=4, centred=False):
    """Pictures (b, 1, h, w) of any range; a share of them gets up to `most` texts, dark or bright, some in a box."""
    height, width = x.shape[-2:]
    low, high = x.amin(dim=(2, 3), keepdim=True), x.amax(dim=(2, 3), keepdim=True)
    for k in torch.nonzero(torch.rand(len(x), generator=stream) < share).flatten().tolist():
        for _ in range(int(torch.randint(1, most + 1, (1,), generator=stream))):
            r = torch.rand(6, generator=stream).tolist()
            length = int(torch.randint(1, 3 if centred else 9, (1,), generator=stream))
            signs = torch.randint(0, len(_SIGNS), (length,), generator=stream).tolist()
            size = round(sizes_px[0] * (sizes_px[1] / sizes_px[0]) ** r[0])
            ink = torch.from_numpy(written("".join(_SIGNS[i] for i in signs), size))[:height, :width]
            h, w = ink.shape
            top, left = (int((0.5 + 0.3 * (u - 0.5) if centred else u) * (full - part))
                         for u, full, part in ((r[1], height, h), (r[2], width, w)))  # fmt: skip
            place = x[k, 0, top : top + h, left : left + w]
            dark, bright = float(low[k]), float(high[k])
            level = (dark, bright)[r[3] < 0.6] if r[4] < 0.8 else dark + r[5] * (bright - dark)
            ground = place if r[4] < 0.7 else torch.full_like(place, dark + bright - level)
            place.copy_(ground + ink * (level - ground))
    return x
