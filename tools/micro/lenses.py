"""Lenses that are too cold: what guidance makes of glasses, and what that costs."""

from __future__ import annotations

import torch

LEAST_LEVEL = 0.15  # of skin minus room
EYE_ROWS = slice(96, 136)
EYE_COLUMNS = {"frontal": slice(92, 164), "left": slice(106, 164), "right": slice(92, 150)}  # where no wall shows


def cold_before_eyes(unit, views):
    """Summed over pictures (b, 1, 256, 256) whose view is known: how much of what lies before the eyes is as cold as the room.

    Lenses are warmed by the face: of stills with glasses 2 % have a level under 0.04 of skin minus room there, the median is 0.18.
    Guidance, which takes glasses further than any still, paints them at 0 and below.
    """
    corners = torch.cat([unit[:, :, 4:40, 4:40], unit[:, :, 4:40, -40:-4]], dim=3)
    room = corners.flatten(1).median(dim=1).values.detach()
    skin = unit[:, 0, 90:190, 90:166].flatten(1).quantile(0.8, dim=1).detach()
    level = (unit[:, 0, EYE_ROWS] - room[:, None, None]) / (skin - room).clamp(min=0.05)[:, None, None]
    cold = torch.relu(LEAST_LEVEL - level)
    return sum(
        (cold[k, :, EYE_COLUMNS[view]].mean() for k, view in enumerate(views) if view in EYE_COLUMNS),
        cold.new_zeros(()),
    )
