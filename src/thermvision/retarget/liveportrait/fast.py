"""The fast form of each network for a CPU: the same functions, less arithmetic; float32 throughout, or bfloat16 products."""

from __future__ import annotations

import torch
from torch import nn

from thermvision.retarget.liveportrait.appearance import AppearanceExtractor
from thermvision.retarget.liveportrait.fast_appearance import FastAppearanceExtractor
from thermvision.retarget.liveportrait.fast_generator import FastGenerator
from thermvision.retarget.liveportrait.fast_motion import FastMotionExtractor
from thermvision.retarget.liveportrait.fast_warping import FastWarpingNetwork
from thermvision.retarget.liveportrait.generator import Generator
from thermvision.retarget.liveportrait.motion import MotionExtractor
from thermvision.retarget.liveportrait.warping import WarpingNetwork


def fast_network(plain: nn.Module, dtype: torch.dtype = torch.float32) -> nn.Module:
    """The fast form of a plain F, M, W or G, called alike; other networks are too small and come back as they are.

    dtype float32: equal to the plain network to 1e-4 of its output's range; bfloat16: products of convolutions in bfloat16,
    M excepted. M's layers go over to the fast network; the plain one must not be used after.
    """
    with torch.no_grad():
        if isinstance(plain, MotionExtractor):
            return FastMotionExtractor(plain).eval()
        for kind, fast in (
            (AppearanceExtractor, FastAppearanceExtractor),
            (WarpingNetwork, FastWarpingNetwork),
            (Generator, FastGenerator),
        ):
            if isinstance(plain, kind):
                return fast(plain, dtype).eval()
    return plain
