"""The two networks of thermvision.faces: plain strided residual nets, small enough to train on two CPU cores."""

from __future__ import annotations

import torch
from torch import nn

CROP_PX, POINTS = 128, 478


class Conv(nn.Sequential):
    """Convolution, batch norm, ReLU."""

    def __init__(self, inside, outside, size=3, stride=1):
        super().__init__(
            nn.Conv2d(inside, outside, size, stride, size // 2, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(inplace=True),
        )


class Block(nn.Module):
    """Two convolutions round which the picture may pass."""

    def __init__(self, width):
        super().__init__()
        self.first = Conv(width, width)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))
        nn.init.zeros_(self.second[1].weight)

    def forward(self, x):
        return torch.relu(x + self.second(self.first(x)))


def stage(inside, width, blocks):
    return nn.Sequential(Conv(inside, width, stride=2), *(Block(width) for _ in range(blocks)))


def around(x, radius):
    """Mean over a square, rows first and then columns, which is faster than at once."""
    size = 2 * radius + 1
    x = nn.functional.pad(x, [radius] * 4, mode="replicate")
    return nn.functional.avg_pool2d(nn.functional.avg_pool2d(x, (1, size), 1), (size, 1), 1)


def with_local_contrast(x, radius=12):
    """The picture, and beside it how each pixel differs from its surroundings, in their deviations (b, 2, h, w)."""
    mean = around(x, radius)
    spread = (around(x * x, radius) - mean * mean).clamp(min=0)
    return torch.cat([x, 0.5 * (x - mean) / (spread + 0.0025).sqrt()], dim=1)


class CropNet(nn.Module):
    """A face crop (b, 1, 128, 128) in -1..1 to everything about the face, in units of the crop.

    Returns landmarks (b, 478, 2) in crop coordinates -1..1, log of their standard deviation (b, 478) in the same units,
    visibility logits (b, 478), pose (b, 4): yaw / 90, pitch / 90, sine and cosine of the roll; and three logits (b, 3):
    a face, inverted polarity, visible light.
    """

    def __init__(self, widths=(16, 24, 56, 112, 160), rank=96):
        super().__init__()
        a, b, c, d, e = widths
        self.body = nn.Sequential(
            Conv(2, a, 5, 2),
            stage(a, b, 1),
            stage(b, c, 2),
            stage(c, d, 2),
            stage(d, e, 1),
            Conv(e, 64, 1),
            nn.Flatten(),
        )
        self.neck = nn.Sequential(nn.Linear(64 * (CROP_PX // 32) ** 2, 256), nn.ReLU(inplace=True))
        self.shape = nn.Linear(256, rank)
        self.points = nn.Linear(rank, POINTS * 2)
        self.certainty = nn.Sequential(nn.Linear(256, 48), nn.ReLU(inplace=True), nn.Linear(48, POINTS))
        self.seen = nn.Sequential(nn.Linear(256, 48), nn.ReLU(inplace=True), nn.Linear(48, POINTS))
        self.pose = nn.Linear(256, 4)
        self.kind = nn.Linear(256, 3)
        nn.init.constant_(self.certainty[2].bias, -2.5)

    def start_from_shapes(self, shapes):
        """Start the last layer as the principal components of landmark shapes (n, 478, 2) in crop units."""
        flat = shapes.reshape(len(shapes), -1)
        mean = flat.mean(dim=0)
        _, spread, axes = torch.linalg.svd(flat - mean, full_matrices=False)
        rank = self.points.in_features
        with torch.no_grad():
            self.points.weight.copy_((axes[:rank] * (spread[:rank, None] / len(flat) ** 0.5)).T)
            self.points.bias.copy_(mean)

    def forward(self, x):
        neck = self.neck(self.body(with_local_contrast(x)))
        landmarks = self.points(self.shape(neck)).reshape(-1, POINTS, 2)
        return landmarks, self.certainty(neck), self.seen(neck), self.pose(neck), self.kind(neck)


class Finder(nn.Module):
    """A whole picture (b, 1, h, w) in -1..1, sides multiples of 32, to maps at a quarter of its size.

    Returns (b, 5, h / 4, w / 4): logit of a face's middle; from the cell's middle to the face's, in 8 px; log of width and
    height in 16 px.
    """

    def __init__(self, widths=(12, 24, 40, 64, 96), blocks=(1, 2, 3, 3), lateral=32):
        super().__init__()
        stem, *outs = widths
        stages = [stage(i, o, n) for i, o, n in zip(widths[:-1], outs, blocks, strict=True)]
        self.down = nn.ModuleList([nn.Sequential(Conv(2, stem, 5, 2), stages[0]), *stages[1:]])
        self.side = nn.ModuleList([nn.Conv2d(width, lateral, 1) for width in outs])
        self.mix = nn.ModuleList([Conv(lateral, lateral) for _ in range(3)])
        self.out = nn.Conv2d(lateral, 5, 1)
        nn.init.constant_(self.out.bias, 0.0)
        with torch.no_grad():
            self.out.bias[0] = -4.0

    def forward(self, x):
        levels, x = [], with_local_contrast(x)
        for down in self.down:
            x = down(x)
            levels.append(x)
        up = self.side[3](levels[3])
        for level in (2, 1, 0):
            up = nn.functional.interpolate(up, scale_factor=2.0, mode="nearest")
            up = self.mix[level](up + self.side[level](levels[level]))
        return self.out(up)
