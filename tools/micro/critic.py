"""A critic that tells painted latents from those of stills, and learns as the painter does: what gives a painting away is unlearnt.

Squared errors leave cloth without folds and borders that fade; for a reader of expressions they are as good as sharp ones. The critic sees
both sorts in the same shares of what is asked for, with noise (Goodfellow et al. 2014; spectral norm and hinge: Miyato et al.
2018; with diffusion models: Sauer et al. 2023).
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import torch
from readers import CHANNELS
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

RATE, WIDTH, WIDEST_DEG = 5e-4, 96, 40.0
WARM_FROM, WARM_TO = 15, 60  # of its own steps: before, it knows nothing worth following


class Critic(nn.Module):
    """Logits of 64 places, (b, 1, 8, 8), positive for stills; each sees most of the picture. About 0.5 M parameters."""

    def __init__(self):
        super().__init__()
        layers, before = [], CHANNELS
        for width, stride in ((WIDTH, 1), (WIDTH, 1), (2 * WIDTH, 2), (2 * WIDTH, 1)):
            layers += [spectral_norm(nn.Conv2d(before, width, 3, stride, 1)), nn.LeakyReLU(0.2)]
            before = width
        self.body = nn.Sequential(*layers, spectral_norm(nn.Conv2d(before, 1, 1)))
        self.register_buffer("steps", torch.zeros(()))
        self.requires_grad_(False)
        self.optimizer = torch.optim.AdamW(self.parameters(), lr=RATE, betas=(0.5, 0.99), weight_decay=0.01)

    def forward(self, z):
        return 4 * self.body(z)

    def learn(self, stills, painted):
        """One step on latents of both sorts; the share of portraits that it told right before."""
        self.requires_grad_(True)
        real, false = self(stills).float(), self(painted).float()
        self.optimizer.zero_grad()
        (torch.relu(1 - real).mean() + torch.relu(1 + false).mean()).backward()
        self.optimizer.step()
        self.requires_grad_(False)
        self.steps += 1
        right = torch.cat([real.mean(dim=(1, 2, 3)) > 0, false.mean(dim=(1, 2, 3)) < 0])
        return right.float().mean().item()

    def cost(self, z):
        """Summed over portraits: how painted they look."""
        warm = ((self.steps - WARM_FROM) / (WARM_TO - WARM_FROM)).clamp(0, 1)
        return -warm * self(z).float().mean(dim=(1, 2, 3)).sum()

    def saved(self):
        """All that `load` needs to go on."""
        return {"weights": self.state_dict(), "optimizer": self.optimizer.state_dict()}

    def load(self, saved):
        self.load_state_dict(saved["weights"])
        self.optimizer.load_state_dict(saved["optimizer"])


def face_shows(row):
    """Turned little, and no mask."""
    return abs(row["yaw_deg"]) < WIDEST_DEG and not row["mask_worn"]


def even_chance(appearances, usable, expressions, another_room):
    """(n,) chance of each still, as `obey.asked_of` asks: usable ones in equal shares of gender, eyewear and view, expressions in the shares given, and so many with rooms in equal shares."""
    usable = np.asarray(usable, bool)
    chance = _inverse_count([(one.gender, one.expression, one.eyewear, one.view) for one in appearances], usable)
    chance *= [expressions.get(one.expression, 0.0) for one in appearances]
    of_room = _inverse_count([one.room for one in appearances], usable)
    chance *= 1 - another_room + another_room * of_room / of_room[usable].mean()
    return chance / chance.sum()


def _inverse_count(cells, usable):
    """(n,) 1 over the number of usable stills in the same cell, 0 where a still is not usable."""
    counts = Counter(cell for cell, good in zip(cells, usable, strict=True) if good)
    return np.array([1 / counts[cell] if good else 0.0 for cell, good in zip(cells, usable, strict=True)])
