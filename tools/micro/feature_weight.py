"""Weights that rise about eyes, brows, nose and mouth, which the losses of transformer and decoder share."""

from __future__ import annotations

import numpy as np
import torch


def raised_at_features(weight, rows, features, spacing_px):
    """`weight` (h, w), its places `spacing_px` apart, for each row's landmarks: (n, h, w), each of mean 1.

    features: which of the 68 points, how far around them in places, how much more they count.
    """
    points = torch.from_numpy(np.array([row["landmarks_68_px"] for row in rows], np.float32)) / spacing_px
    y, x = (torch.arange(size) + 0.5 for size in weight.shape)
    weight = weight.repeat(len(rows), 1, 1)
    for at, spread, much in features:
        across = torch.exp(-0.5 * ((x - points[:, at, :1]) / spread) ** 2)
        down = torch.exp(-0.5 * ((y - points[:, at, 1:]) / spread) ** 2)
        weight += much * (down[..., :, None] * across[..., None, :]).amax(dim=1)
    return weight / weight.mean(dim=(1, 2), keepdim=True)
