"""Second tasks while the transformer trains: what its image tokens must be able to tell.

Eyes, nose and mouth are a small part of what changes in a picture, so velocities alone say little about them: tokens in the middle
of the network must know where the 68 landmarks lie. And each token must know after the first block the numbers that the noise of
all tokens holds together (`known.py`). Linear heads read both (the idea of REPA, Yu et al.
2024, with our own labels in place of another network's features). They are thrown away afterwards.
"""

from __future__ import annotations

import numpy as np
import torch

LANDMARK_SHARE, KNOWN_SHARE = 0.1, 0.2  # weights of the tasks


def landmark_targets(rows):
    """(n, 136) float32 with mean 0 and deviation 1."""
    points = np.array([row["landmarks_68_px"] for row in rows], np.float32).reshape(len(rows), 136)
    return (points - points.mean(axis=0)) / points.std(axis=0)


class ReadingTask(torch.nn.Module):
    """Keeps the image tokens that leave `block` in the last forward pass and reads numbers from each of them."""

    def __init__(self, block, width, numbers):
        super().__init__()
        self.head = torch.nn.Linear(width, numbers)
        self.tokens = None
        block.register_forward_hook(self._keep)

    def _keep(self, _block, _given, out):
        self.tokens = out[1]

    def loss(self, targets, weight):
        """Mean over tokens (b, 64, width) of the smooth absolute error against targets (b, n), times `weight` (b or 1, 64 or 1, 1)."""
        read = self.head(torch.nn.functional.layer_norm(self.tokens.float(), self.tokens.shape[-1:]))
        error = torch.nn.functional.smooth_l1_loss(read, targets[:, None].expand_as(read), reduction="none", beta=0.5)
        return (weight * error.mean(dim=2, keepdim=True)).mean()
