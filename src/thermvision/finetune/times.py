"""At which times between picture (0) and noise (1) the model is trained: continuous, one for each picture of a batch."""

from __future__ import annotations

import math
from typing import Any, Literal

Sampling = Literal["shift", "flux_shift", "sigmoid", "uniform"]


def sample_times(count: int, sampling: Sampling, *, shift: float, mu: float, scale: float, generator: Any) -> Any:
    """`count` times in 0..1, a float32 tensor.

    uniform: all alike. sigmoid: the logistic of a normal with deviation `scale`. shift: that, pulled to noise by `shift`.
    flux_shift: the same with e^mu, the shift with which pictures of this size are painted.
    """
    import torch

    if sampling == "uniform":
        return torch.rand(count, generator=generator)
    times = torch.sigmoid(scale * torch.randn(count, generator=generator))
    pull = {"sigmoid": 1.0, "shift": shift, "flux_shift": math.exp(mu)}[sampling]
    return pull * times / (1 + (pull - 1) * times)
