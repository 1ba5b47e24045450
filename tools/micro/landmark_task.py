"""A second task while the transformer trains: its image tokens must know where the 68 landmarks lie.

Velocities alone teach faces slowly: eyes, nose and mouth are a small part of what changes in a picture. A linear head on the tokens in
the middle of the network reads the landmarks from them (the idea of REPA, Yu et al. 2024, with our own labels in place of another
network's features). The head is thrown away afterwards.
"""

from __future__ import annotations

import numpy as np
import torch

# Which of the 68 points lies where each one's mirror image does.
MIRROR = np.array([*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31, 45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
                   *range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), 67, 66, 65])  # fmt: skip
AFTER_BLOCK, SHARE, SIZE_PX = 0, 0.1, 256  # which single-stream block; weight of the task; of the stills


def landmark_targets(rows):
    """(2, n, 136) float32 with mean 0 and deviation 1: of the stills and of their mirror images."""
    points = np.array([row["landmarks_68_px"] for row in rows], np.float32)
    mirrored = points[:, MIRROR]
    mirrored[..., 0] = SIZE_PX - mirrored[..., 0]
    both = np.stack([points, mirrored]).reshape(2, len(rows), 136)
    return (both - both.mean(axis=(0, 1))) / both.std(axis=(0, 1))


class LandmarkTask(torch.nn.Module):
    """Keeps the tokens of the last forward pass of `model` and reads landmarks from them."""

    def __init__(self, model):
        super().__init__()
        self.head = torch.nn.Linear(model.inner_dim, 136)
        self.tokens = None
        model.single_transformer_blocks[AFTER_BLOCK].register_forward_hook(self._keep)

    def _keep(self, _block, _given, out):
        self.tokens = out[1]

    def loss(self, targets, weight):
        """Mean over tokens (b, 64, 256) by `weight` (64, 1) of the smooth absolute error against targets (b, 136)."""
        read = self.head(torch.nn.functional.layer_norm(self.tokens, self.tokens.shape[-1:]))
        error = torch.nn.functional.smooth_l1_loss(read, targets[:, None].expand_as(read), reduction="none", beta=0.5)
        return (weight * error.mean(dim=2, keepdim=True)).mean()
