"""Folding what is constant when a network only predicts: batch normalisation into the convolution before it."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Folded(NamedTuple):
    """Weight and bias of a convolution that does the work of two layers."""

    weight: Float[Tensor, "o c *k"]
    bias: Float[Tensor, " o"]


def fold_batch_norm(conv: nn.Module, norm: nn.Module) -> Folded:
    """The convolution that equals `norm(conv(x))` with the norm's running statistics; worked out in float64."""
    factor = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    weight = conv.weight.double() * factor.view(-1, *([1] * (conv.weight.ndim - 1)))
    bias = (conv.bias.double() - norm.running_mean.double()) * factor + norm.bias.double()
    return Folded(weight.float().detach(), bias.float().detach())


def batch_norm_line(norm: nn.Module) -> Folded:
    """Factor and offset of a batch normalisation that comes before its convolution and so cannot be folded into it."""
    factor = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    offset = norm.bias.double() - norm.running_mean.double() * factor
    return Folded(factor.float().detach(), offset.float().detach())


def fold_spectral_norm(conv: nn.Module) -> Folded:
    """The convolution whose weight is divided by its spectral norm, from u and v as the file has them."""
    sigma = torch.dot(conv.weight_u.double(), conv.weight_orig.double().flatten(1) @ conv.weight_v.double())
    weight = (conv.weight_orig.double() / sigma).float().detach()
    bias = weight.new_zeros(len(weight)) if conv.bias is None else conv.bias.detach()
    return Folded(weight, bias)
