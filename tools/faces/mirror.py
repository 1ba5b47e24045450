"""Every second face the other way round: a mirrored person is a person too, so each one counts twice."""

from __future__ import annotations

import functools

import numpy as np
import torch


@functools.cache
def twins():
    """(478,) the landmark on the other side of the face, from the average head, which is its own mirror image."""
    from thermvision.head.landmarks import landmark_positions_mm
    from thermvision.head.model import load_head_model

    model = load_head_model()
    points = landmark_positions_mm(model, model.base_mm.astype(np.float32), "478")
    apart = np.linalg.norm(points[:, None] * np.float32([-1, 1, 1]) - points[None], axis=2)
    return torch.from_numpy(apart.argmin(axis=0))


def mirror_half(batch, stream):
    """The same `crops.Batch` with about half of it mirrored: pictures, landmarks and their names, yaw and roll."""
    chosen = torch.rand(len(batch.x), generator=stream) < 0.5
    batch.x[chosen] = batch.x[chosen].flip(3)
    batch.landmarks[chosen] = batch.landmarks[chosen][:, twins()] * torch.tensor([-1.0, 1.0])
    batch.seen[chosen] = batch.seen[chosen][:, twins()]
    batch.pose[chosen] = batch.pose[chosen] * torch.tensor([-1.0, 1.0, -1.0, 1.0])
    return batch
