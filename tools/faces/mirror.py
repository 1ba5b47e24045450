"""Every second face the other way round: a mirrored person is a person too, so each one counts twice."""

from __future__ import annotations

import torch

from thermvision.tasks.training.mirror import twins


def mirror_half(batch, stream):
    """The same `crops.Batch` with about half of it mirrored: pictures, landmarks and their names, yaw and roll."""
    chosen, other = torch.rand(len(batch.x), generator=stream) < 0.5, torch.from_numpy(twins())
    batch.x[chosen] = batch.x[chosen].flip(3)
    batch.landmarks[chosen] = batch.landmarks[chosen][:, other] * torch.tensor([-1.0, 1.0])
    batch.seen[chosen] = batch.seen[chosen][:, other]
    batch.pose[chosen] = batch.pose[chosen] * torch.tensor([-1.0, 1.0, -1.0, 1.0])
    return batch
