"""Optics and focus: a Gaussian for each picture."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch.nn import functional


def blurred(x: Float[torch.Tensor, "b 1 h w"], sigma: Float[torch.Tensor, " b"]) -> Float[torch.Tensor, "b 1 h w"]:
    """Gaussian blur with a standard deviation of 0 to about 2.5 px for each; borders repeated."""
    n, _, h, w = x.shape
    place = torch.arange(-6, 7, dtype=torch.float32)
    kernel = torch.exp(-0.5 * (place / sigma[:, None].clamp(min=0.05)) ** 2)
    kernel = kernel / kernel.sum(dim=1, keepdim=True)
    y = functional.pad(x, [6] * 4, mode="replicate").reshape(1, n, h + 12, w + 12)
    y = functional.conv2d(y, kernel[:, None, :, None], groups=n)
    return functional.conv2d(y, kernel[:, None, None, :], groups=n).reshape(n, 1, h, w)
