"""Muon (Jordan 2024) in float32: momentum whose matrix is made orthogonal before it is applied.

torch.optim.Muon works in bfloat16, which is slower than float32 on most CPUs; here matrices of one shape go through together.
"""

from __future__ import annotations

import torch

_A, _B, _C = 3.4445, -4.7750, 2.0315  # quintic iteration of the paper
STEPS, MOMENTUM = 5, 0.95


def orthogonal(stack, dtype=torch.float32):
    """The nearest semi-orthogonal matrices of (k, rows, columns), singular values about 0.7 to 1.2, computed in `dtype`."""
    wide = stack.shape[1] <= stack.shape[2]
    x = (stack if wide else stack.transpose(1, 2)).to(dtype)
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(STEPS):
        gram = x @ x.transpose(1, 2)
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=_B, alpha=_C), x, beta=_A)
    return (x if wide else x.transpose(1, 2)).float()


class Muon(torch.optim.Optimizer):
    """For weight matrices; convolutions count as (out, in * h * w). The rate is AdamW's: updates have its usual size."""

    def __init__(self, parameters, lr, weight_decay=0.01, dtype=torch.float32):
        super().__init__(list(parameters), {"lr": lr, "weight_decay": weight_decay})
        self.dtype = dtype

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            shapes = {}
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                momentum = self.state[parameter].setdefault("momentum", torch.zeros_like(parameter))
                momentum.mul_(MOMENTUM).add_(parameter.grad)
                update = (parameter.grad + MOMENTUM * momentum).flatten(1)
                shapes.setdefault(tuple(update.shape), []).append((parameter, update))
            for shape, members in shapes.items():
                directions = orthogonal(torch.stack([update for _, update in members]), self.dtype)
                for (parameter, _), direction in zip(members, directions, strict=True):
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                    parameter.add_(direction.reshape(parameter.shape), alpha=-group["lr"] * 0.2 * max(shape) ** 0.5)
