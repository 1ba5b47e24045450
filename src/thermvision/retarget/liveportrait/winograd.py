"""3x3 convolution with a quarter of the multiplications: minimal filtering F(4x4, 3x3) (Winograd 1980; Lavin & Gray 2016)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor, nn
from torch.nn import functional

KERNEL, TILE = 3, 4
POINTS_PER_AXIS = TILE + KERNEL - 1
# Where polynomials are evaluated, infinity besides. Measured over random data in float32, these lose half as much as 0, +-1, +-2.
POINTS = (0.0, 0.5**0.5, -(0.5**0.5), 2.0**0.5, -(2.0**0.5))
# Transformed input and product of one strip of tile rows: they should stay in a core's share of the last cache.
STRIP_BYTES = 16 << 20


def filtering_matrices() -> tuple[
    Float64[np.ndarray, "points 3"], Float64[np.ndarray, "points points"], Float64[np.ndarray, "4 points"]
]:
    """Matrices G, B, A of one axis: the four outputs are A ((G w) * (B x)) for three taps w and six inputs x.

    The transposed Toom-Cook product: evaluate both factors in points, multiply, interpolate.
    """
    return _evaluated(KERNEL), np.linalg.inv(_evaluated(POINTS_PER_AXIS)).T, _evaluated(TILE).T


def _evaluated(length: int) -> Float64[np.ndarray, "points length"]:
    """Matrix that evaluates a polynomial of that many coefficients in POINTS and at infinity."""
    last = np.eye(length)[-1:]
    return np.concatenate([np.vander(POINTS, length, increasing=True), last])


class WinogradConv(nn.Module):
    """Convolution (1 or 3)x3x3 of stride 1 and zero padding 1 in height and width, same padding in depth, then leaky ReLU.

    Images are volumes of depth 1. `slope` None: no activation; 0: ReLU. The products are matrix products in `dtype`, all else
    is float32. Transformed weights take four times the memory of the kernel.
    """

    weight: Tensor
    bias: Tensor
    into: Tensor
    back: Tensor

    def __init__(
        self,
        weight: Float[Tensor, "o c 3 3"] | Float[Tensor, "o c kd 3 3"],
        bias: Float[Tensor, " o"],
        *,
        slope: float | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        kernel = weight.detach().float()
        kernel = kernel[:, :, None] if kernel.ndim == 4 else kernel
        g, into, back = (torch.from_numpy(np.kron(matrix, matrix)).float() for matrix in filtering_matrices())
        transformed = torch.stack([_transformed(tap, g, dtype) for tap in kernel.unbind(2)])
        self.register_buffer("weight", transformed)  # depth taps, points, o, c
        self.register_buffer("bias", bias.detach().float())
        self.register_buffer("into", into)
        self.register_buffer("back", back)
        self.slope = slope

    def forward(self, x: Float[Tensor, "n c *dhw"]) -> Float[Tensor, "n o *dhw"]:
        """Features of the same size, any height and width."""
        volume = x if x.ndim == 5 else x[:, :, None]
        n, _, d, h, w = volume.shape
        rows, columns = -(-h // TILE), -(-w // TILE)
        out = x.new_empty(n, len(self.bias), d, rows * TILE, columns * TILE)
        for sample, target in zip(volume, out, strict=True):
            for first, tiles in self._tiles(sample):
                strip = target[:, :, first * TILE : (first + tiles.shape[2]) * TILE]
                self._finish(tiles, strip)
        out = out[..., :h, :w]
        return (out if x.ndim == 5 else out[:, :, 0]).contiguous()

    def rows_at_once(self, columns: int, volume_channels: int, out_depth: int = 1) -> int:
        """Rows of that many tiles whose transforms stay in the cache; `volume_channels` counts channels at every depth."""
        row_bytes = 4 * len(self.into) * columns * (volume_channels + len(self.bias) * out_depth)
        strip_bytes = max(STRIP_BYTES, 4 * self.weight.numel())  # every strip reads all weights
        return max(1, strip_bytes // row_bytes)

    def through_points(self, tiles: Float[Tensor, "36 cdt"], channels: int, depth: int) -> Float[Tensor, "16 odt"]:
        """Results, before bias and activation, of tiles of 6x6 pixels: channels, then depth (border included), then tiles."""
        depth_taps = len(self.weight)
        points = (self.into @ tiles).to(self.weight.dtype).unflatten(1, (channels, -1))
        count = points.shape[2] // (depth + depth_taps - 1)
        product = torch.bmm(self.weight[0], points[:, :, : depth * count])
        for tap in range(1, depth_taps):
            product.baddbmm_(self.weight[tap], points[:, :, tap * count : (tap + depth) * count])
        return self.back @ product.flatten(1).float()

    def _tiles(self, x: Float[Tensor, "c d h w"]) -> Iterator[tuple[int, Float[Tensor, "o d rows 4 columns 4"]]]:
        """First tile row and results, before bias and activation, of strip after strip."""
        depth_taps, _, channels_out, channels = self.weight.shape
        d, h, w = x.shape[1:]
        rows, columns = -(-h // TILE), -(-w // TILE)
        border = depth_taps // 2
        x = functional.pad(x, (1, columns * TILE + 1 - w, 1, rows * TILE + 1 - h, border, border))
        tiles = x.unfold(2, POINTS_PER_AXIS, TILE).unfold(3, POINTS_PER_AXIS, TILE).permute(4, 5, 0, 1, 2, 3)
        at_once = self.rows_at_once(columns, channels * x.shape[1], d)
        for first in range(0, rows, at_once):
            strip = tiles[:, :, :, :, first : first + at_once]
            result = self.through_points(strip.reshape(len(self.into), -1), channels, d)
            yield first, result.view(TILE, TILE, channels_out, d, -1, columns).permute(2, 3, 4, 0, 5, 1)

    def _finish(self, tiles: Float[Tensor, "o d rows 4 columns 4"], out: Float[Tensor, "o d h w"]) -> None:
        """Bias and activation, from tiles to rows of pixels in `out`."""
        view = out.unflatten(3, (-1, TILE)).unflatten(2, (-1, TILE))
        bias = self.bias.view(-1, 1, 1, 1)
        for i in range(TILE):
            for j in range(TILE):  # pixel by pixel of the tile: the inner loop then runs over a whole row of tiles
                torch.add(tiles[:, :, :, i, :, j], bias, out=view[:, :, :, i, :, j])
        if self.slope is not None:
            functional.leaky_relu_(out, self.slope)


def _transformed(
    kernel: Float[Tensor, "o c 3 3"], g: Float[Tensor, "points 9"], dtype: torch.dtype
) -> Float[Tensor, "points o c"]:
    """The kernel in the points of both axes."""
    o, c = kernel.shape[:2]
    return (g @ kernel.flatten(2).permute(2, 0, 1).reshape(KERNEL**2, -1)).view(-1, o, c).to(dtype)
