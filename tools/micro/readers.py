"""Networks that read from latents what a portrait shows: one looks at latents, one at the pixels that these stand for.

Two, so that what one alone would take for a smile does not pay (`obey.py`).
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from thermvision.flux.appearance import VALUES

FIELDS = ("gender", "expression", "eyewear", "age", "hair", "beard", "headwear", "view", "room")
CHANNELS, BLOCK = 32, 16  # of the latents; pixels a side of each
ROWS, COLUMNS, SHIFT_PX = slice(40, 232), slice(32, 224), 5  # what is looked at, and how far it is moved in training
SKIN, FINE = 0.125, 0.06  # of the span's half: 2 K and 1 K


class Residual(nn.Module):
    """Two 3x3 convolutions added to what came in."""

    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(
            nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, width, 3, 1, 1, bias=False),
            nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, width, 3, 1, 1, bias=False),
        )  # fmt: skip

    def forward(self, x):
        return x + self.body(x)


def heads(width):
    """One linear layer a field."""
    return nn.ModuleList(nn.Linear(width, len(VALUES[field])) for field in FIELDS)


class LatentReader(nn.Module):
    """Residual levels at 16x16 and 8x8; heads that know places. About 2 M parameters."""

    def __init__(self, width=96, last=64):
        super().__init__()
        self.register_buffer("mean", torch.zeros(1, CHANNELS, 1, 1))
        self.register_buffer("deviation", torch.ones(1, CHANNELS, 1, 1))
        self.body = nn.Sequential(
            nn.Conv2d(CHANNELS, width, 3, 1, 1), Residual(width), Residual(width),
            nn.Conv2d(width, 2 * width, 3, 2, 1), Residual(2 * width), Residual(2 * width),
            nn.BatchNorm2d(2 * width), nn.ReLU(), nn.Dropout2d(0.1), nn.Conv2d(2 * width, last, 1), nn.Flatten(), nn.Dropout(0.2),
        )  # fmt: skip
        self.heads = heads(last * 64)

    def forward(self, z):
        """Logits of each field for latents (b, 32, 16, 16) in units of the flow."""
        features = self.body((z - self.mean) / self.deviation)
        return [head(features) for head in self.heads]

    def fit(self, z):
        """Take level and spread of each channel from some latents."""
        self.mean.copy_(z.mean(dim=(0, 2, 3), keepdim=True))
        self.deviation.copy_(z.std(dim=(0, 2, 3), keepdim=True))


class PixelReader(nn.Module):
    """Patches of 4x4 pixels of the picture that latents stand for without a decoder, then residual levels. About 1 M parameters."""

    def __init__(self, mean, directions, shift, scale, widths=(32, 64, 96, 128)):
        super().__init__()
        back = np.linalg.pinv(directions).T.reshape(CHANNELS, 1, BLOCK, BLOCK)
        self.register_buffer("back", torch.from_numpy(back.astype(np.float32)))
        self.register_buffer("mean", torch.from_numpy(mean.astype(np.float32)).reshape(1, 1, BLOCK, BLOCK))
        self.shift, self.scale, self.stream = shift, scale, np.random.default_rng(5)
        levels, before = [nn.PixelUnshuffle(4), nn.Conv2d(48, widths[0], 1), Residual(widths[0])], widths[0]
        for width in widths[1:]:
            levels += [nn.Conv2d(before, width, 3, 2, 1), Residual(width)]
            before = width
        self.body = nn.Sequential(*levels, nn.BatchNorm2d(before), nn.ReLU(), nn.Flatten(), nn.Dropout(0.3))
        self.heads = heads(before * 36)

    def forward(self, z):
        """Logits of each field for latents (b, 32, 16, 16) in units of the flow; in training, of a picture that is moved a little."""
        with torch.autocast("cpu", enabled=False):
            unit = self.picture(z.float())
            if self.training:
                unit = torch.roll(unit, tuple(int(v) for v in self.stream.integers(-SHIFT_PX, SHIFT_PX + 1, 2)), (2, 3))
            unit = unit[:, :, ROWS, COLUMNS]
            skin = unit[:, :, 40:160:2, 40:152:2].flatten(2).quantile(0.7, dim=2)[..., None, None]
            around = nn.functional.avg_pool2d(unit, (15, 1), 1, (7, 0), count_include_pad=False)
            around = nn.functional.avg_pool2d(around, (1, 15), 1, (0, 7), count_include_pad=False)
            x = torch.cat([2 * unit, torch.tanh((unit - skin) / SKIN), torch.tanh((unit - around) / FINE)], dim=1)
        features = self.body(x)
        return [head(features) for head in self.heads]

    def picture(self, z):
        """(b, 1, 256, 256) in -1 to 1 over the span."""
        unit = nn.functional.conv_transpose2d(z / self.scale + self.shift, self.back, stride=BLOCK)
        return unit + self.mean.repeat(1, 1, z.shape[2], z.shape[3])

    def fit(self, z):
        """Nothing to take: what is normalised is normalised picture by picture."""
