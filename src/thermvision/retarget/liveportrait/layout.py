"""What a weights file must hold: names and shapes taken from the modules, and a strict comparison with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from thermvision.retarget.liveportrait.appearance import AppearanceExtractor
from thermvision.retarget.liveportrait.generator import Generator
from thermvision.retarget.liveportrait.motion import MotionExtractor
from thermvision.retarget.liveportrait.stitching import EYE_WIDTHS, MOUTH_WIDTHS, SHOULDER_WIDTHS, KeypointMlp
from thermvision.retarget.liveportrait.warping import WarpingNetwork
from thermvision.types import InputError

STITCHING_FILE = "stitching_retargeting_module"
NETWORKS: dict[str, Callable[[], nn.Module]] = {  # by the stem of the file
    "appearance_feature_extractor": AppearanceExtractor,
    "motion_extractor": MotionExtractor,
    "warping_module": WarpingNetwork,
    "spade_generator": Generator,
}
STITCHING_NETWORKS: dict[str, Callable[[], nn.Module]] = {  # by the part of the stitching file
    "retarget_shoulder": partial(KeypointMlp, SHOULDER_WIDTHS),
    "retarget_mouth": partial(KeypointMlp, MOUTH_WIDTHS),
    "retarget_eye": partial(KeypointMlp, EYE_WIDTHS),
}
ALL_NETWORKS = NETWORKS | STITCHING_NETWORKS


def empty_network(name: str) -> nn.Module:
    """The network of that name without memory for its weights (on torch's meta device); names as in ALL_NETWORKS."""
    with torch.device("meta"):
        return ALL_NETWORKS[name]()


def expected_layout(name: str) -> dict[str, tuple[int, ...]]:
    """Shapes of all parameters and buffers by their published names (reference 1.2-1.5)."""
    return {key: tuple(tensor.shape) for key, tensor in empty_network(name).state_dict().items()}


def check_layout(name: str, found: Mapping[str, Tensor], file: Path) -> None:
    """InputError if names or shapes differ from those of network `name`: how many, the first one, and what to do."""
    expected = expected_layout(name)
    missing = [key for key in expected if key not in found]
    unexpected = [key for key in found if key not in expected]
    misshapen = [key for key in expected if key in found and tuple(found[key].shape) != expected[key]]
    if not (missing or unexpected or misshapen):
        return
    if misshapen:
        key = misshapen[0]
        example = f"{key} has shape {tuple(found[key].shape)}, expected {expected[key]}"
    else:
        example = f"{missing[0]} is missing" if missing else f"{unexpected[0]} is not known"
    raise InputError(
        f"{file} does not hold the weights of {name}: {len(missing)} keys missing, {len(unexpected)} unexpected, {len(misshapen)} of"
        f" wrong shape of {len(expected)} (first: {example}); these are weights of another version or network, fetch the published ones"
    )
