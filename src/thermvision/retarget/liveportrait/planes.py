"""Images as sixteen planes, one for each place within a tile of 4x4 pixels, so that Winograd's transforms read and write memory in order.

Plane 4 i + j holds the pixels (4 r + i, 4 k + j) at (r, k). What is done pixel by pixel needs no other order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import torch
from jaxtyping import Float
from torch import Tensor, nn

from thermvision.retarget.liveportrait.upsampled_conv import UpsampledConv
from thermvision.retarget.liveportrait.winograd import POINTS_PER_AXIS, TILE, WinogradConv

PLANES = TILE**2
Planes = Float[Tensor, "16 c rows columns"] | Sequence[Float[Tensor, "c rows columns"]]


def planes_of(image: Float[Tensor, "c h w"]) -> Float[Tensor, "16 c rows columns"]:
    """Planes of an image whose height and width are multiples of 4."""
    return image.unflatten(2, (-1, TILE)).unflatten(1, (-1, TILE)).permute(2, 4, 0, 1, 3).flatten(0, 1).contiguous()


def image_of(planes: Float[Tensor, "16 c rows columns"]) -> Float[Tensor, "c h w"]:
    """The image of planes."""
    return planes.unflatten(0, (TILE, TILE)).permute(2, 3, 0, 4, 1).flatten(3).flatten(1, 2).contiguous()


def upsampled_quarters(planes: Float[Tensor, "16 c rows columns"]) -> Float[Tensor, "2 2 c rows2 columns2"]:
    """What is different in the planes of the image upsampled by 2 (nearest): its plane 4 i + j is quarter (i // 2, j // 2)."""
    halves = planes.unflatten(0, (2, 2, 2, 2)).permute(
        1, 3, 4, 5, 0, 6, 2
    )  # row and column of a pixel of twice the size
    return halves.flatten(5).flatten(3, 4).contiguous()


def upsampled_conv_planes(conv: UpsampledConv, image: Float[Tensor, "c h w"]) -> list[Float[Tensor, "o rows columns"]]:
    """Planes of the result of a convolution before upsampling by 2 or 4, equal ones held once."""
    factor = conv.factor
    pixels = TILE // factor  # of the image in a tile, along an axis
    planes = {}
    for down, across, result in conv.phases(image):
        for a, b, i, j in product(range(pixels), range(pixels), down.places, across.places):
            planes[TILE * (a * factor + i) + b * factor + j] = result[:, a::pixels, b::pixels]
    return [planes[i] for i in range(PLANES)]


class PlanesConv(nn.Module):
    """Winograd's convolution of an image in planes, 3x3, stride 1, zero padding 1; `dtype` as in WinogradConv."""

    def __init__(
        self, weight: Float[Tensor, "o c 3 3"], bias: Float[Tensor, " o"], *, dtype: torch.dtype = torch.float32
    ) -> None:
        super().__init__()
        self.conv = WinogradConv(weight, bias, dtype=dtype)

    def forward(self, planes: Planes) -> Float[Tensor, "16 o rows columns"]:
        """Planes of the result."""
        out = planes[0].new_empty(PLANES, len(self.conv.bias), *planes[0].shape[1:])
        bias = self.conv.bias.view(-1, 1, 1)
        for rows, strip in self._without_bias(planes):
            torch.add(strip, bias, out=out[:, :, rows])
        return out

    def strips(self, planes: Planes) -> Iterator[tuple[slice, Float[Tensor, "16 o count columns"]]]:
        """Rows of tiles and their results, top to bottom, so that what uses them finds them in the cache."""
        for rows, strip in self._without_bias(planes):
            yield rows, strip.add_(self.conv.bias.view(-1, 1, 1))

    def _without_bias(self, planes: Planes) -> Iterator[tuple[slice, Tensor]]:
        channels, rows, columns = planes[0].shape
        at_once = min(rows, self.conv.rows_at_once(columns, channels))
        buffer = planes[0].new_empty(POINTS_PER_AXIS**2 * channels * at_once * columns)
        for first in range(0, rows, at_once):
            count = min(at_once, rows - first)
            tiles = buffer[: POINTS_PER_AXIS**2 * channels * count * columns].view(-1, channels, count, columns)
            _gather(planes, first, tiles)
            result = self.conv.through_points(tiles.view(len(tiles), -1), channels, 1)
            yield slice(first, first + count), result.view(PLANES, -1, count, columns)


def _gather(planes: Planes, first: int, tiles: Float[Tensor, "36 c count columns"]) -> None:
    """The 6x6 pixels around every tile of some rows, zero outside the image; they lie in this tile or in the next one."""
    rows, columns = planes[0].shape[1:]
    count = tiles.shape[2]
    for a in range(POINTS_PER_AXIS):
        down, i = divmod(a - 1, TILE)
        top, bottom = max(0, first + down), min(rows, first + count + down)
        for b in range(POINTS_PER_AXIS):
            across, j = divmod(b - 1, TILE)
            left, right = max(0, across), min(columns, columns + across)
            target = tiles[POINTS_PER_AXIS * a + b]
            if bottom - top < count:
                target[:, 0 if down < 0 else -1] = 0
            if across:
                target[:, :, 0 if across < 0 else -1] = 0
            inside = target[:, top - first - down : bottom - first - down, left - across : right - across]
            inside.copy_(planes[TILE * i + j][:, top:bottom, left:right])
