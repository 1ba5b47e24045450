"""Second tasks while the transformer trains: what its image tokens must be able to tell.

Eyes, nose and mouth are a small part of what changes in a picture, so velocities alone say little about them: tokens in the middle
of the network must know where the 68 landmarks lie. And each token must know after the first block the numbers that the noise of
all tokens holds together (`known.py`), and after the second what the caption says. Linear heads read all three (the idea of REPA, Yu et al.
2024, with our own labels in place of another network's features). They are thrown away afterwards.
"""

from __future__ import annotations

import numpy as np
import torch

from thermvision.flux.appearance import VALUES

LANDMARK_SHARE, KNOWN_SHARE, SAID_SHARE = 0.1, 0.2, 0.1  # weights of the tasks
FIELD_SIZES = tuple(len(values) + 1 for values in VALUES.values())  # the first class: not said


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

    def read(self):
        """(b, 64, numbers) that the head reads from the kept tokens."""
        return self.head(torch.nn.functional.layer_norm(self.tokens.float(), self.tokens.shape[-1:]))

    def loss(self, targets, weight):
        """Mean over tokens (b, 64, width) of the smooth absolute error against targets (b, n), times `weight` (b or 1, 64 or 1, 1)."""
        read = self.read()
        error = torch.nn.functional.smooth_l1_loss(read, targets[:, None].expand_as(read), reduction="none", beta=0.5)
        return (weight * error.mean(dim=2, keepdim=True)).mean()


class CaptionTask(ReadingTask):
    """Every image token must tell what the caption says of each thing: a word that changes little in a picture is not heard otherwise."""

    def __init__(self, block, width):
        super().__init__(block, width, sum(FIELD_SIZES))

    def loss(self, said):
        """Mean cross entropy over tokens and fields; said: (b, fields) classes as `train_text.targets` gives them."""
        read = self.read().transpose(1, 2)
        wanted = said[:, :, None].expand(-1, -1, read.shape[2])
        parts = zip(read.split(FIELD_SIZES, dim=1), wanted.unbind(1), strict=True)
        return sum(torch.nn.functional.cross_entropy(logits, classes) for logits, classes in parts) / len(FIELD_SIZES)
