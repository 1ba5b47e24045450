"""The motion extractor's word on pictures, as rotations and keypoints."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from thermvision.retarget.liveportrait.keypoints import HeadState, rotation_from_network_deg
from thermvision.retarget.liveportrait.networks import LivePortraitNetworks
from thermvision.types import InputError

BATCH_ON_GPU = 16  # on a CPU batches do not pay


def head_states(pictures: Iterable[Float[Tensor, "3 h w"]], networks: LivePortraitNetworks) -> HeadState:
    """State of the head in each picture (RGB 0-1, 256x256). InputError if there is no picture."""
    size = 1 if networks.device.type == "cpu" else BATCH_ON_GPU
    parts = [_states(torch.stack(batch), networks) for batch in _batches(pictures, size)]
    if not parts:
        raise InputError("the driver holds no picture; give a video that can be read")
    return HeadState(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in HeadState.__dataclass_fields__)
    )


def _states(batch: Float[Tensor, "n 3 h w"], networks: LivePortraitNetworks) -> HeadState:
    seen = networks.extract_motion(batch.to(networks.device))
    numbers = {name: getattr(seen, name).cpu().numpy().astype(np.float64) for name in seen._fields}
    return HeadState(
        canonical=numbers["keypoints"],
        rotation=rotation_from_network_deg(numbers["pitch_deg"], numbers["yaw_deg"], numbers["roll_deg"]),
        expression=numbers["expression"],
        scale=numbers["scale"][:, 0],
        translation=numbers["translation"],
    )


def _batches(pictures: Iterable[Tensor], size: int) -> Iterable[list[Tensor]]:
    pending = iter(pictures)
    while batch := list(itertools.islice(pending, size)):
        yield batch
