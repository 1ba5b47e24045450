"""Networks with seeded random weights, for tests and timings where the published weights are not at hand."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from thermvision.retarget.liveportrait.blocks import SpectralConv2d
from thermvision.retarget.liveportrait.layout import ALL_NETWORKS
from thermvision.retarget.liveportrait.motion import ResponseNorm

POWER_ITERATIONS = 3


def random_network(name: str, seed: int) -> nn.Module:
    """The plain network of that name (layout.ALL_NETWORKS), no parameter at a value that hides an error in its use.

    torch's own random state is left as it was.
    """
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        network = ALL_NETWORKS[name]()
        for module in network.modules():
            _unsettle(module)
    return network.eval().requires_grad_(False)


def _unsettle(module: nn.Module) -> None:
    """Give normalisations random statistics, and spectral norms the u and v that training would have left."""
    if isinstance(module, nn.BatchNorm2d | nn.BatchNorm3d):
        module.running_mean.normal_(std=0.1)
        module.running_var.uniform_(0.5, 1.5)
        module.weight.uniform_(0.8, 1.2)
        module.bias.normal_(std=0.1)
    elif isinstance(module, ResponseNorm):
        module.gamma.normal_(std=0.2)
        module.beta.normal_(std=0.1)
    elif isinstance(module, nn.LayerNorm):
        module.weight.uniform_(0.8, 1.2)
        module.bias.normal_(std=0.1)
    elif isinstance(module, SpectralConv2d):
        matrix = module.weight_orig.flatten(1)
        for _ in range(POWER_ITERATIONS):
            module.weight_v.copy_(functional.normalize(module.weight_u @ matrix, dim=0))
            module.weight_u.copy_(functional.normalize(matrix @ module.weight_v, dim=0))
        if module.bias is not None:
            module.bias.normal_(std=0.1)
