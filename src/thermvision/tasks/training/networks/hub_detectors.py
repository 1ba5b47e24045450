"""Detectors of the transformers library with one class, fed with grey pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from thermvision.flux.needed import need
from thermvision.types import InputError

# Families that can be made without the hub, by transformers' own defaults.
FAMILIES = ("rtdetr_v2", "d_fine")


class HubDetector(nn.Module):
    """A detector of transformers behind the pictures of ours."""

    def __init__(self, detector: nn.Module) -> None:
        super().__init__()
        self.detector = detector

    def forward(self, x: Float[Tensor, "b 1 h w"], labels: list[dict[str, Tensor]] | None = None) -> Any:
        """What the detector says of pictures in -1..1, with its loss where labels are given."""
        grey = ((x + 1) / 2).clamp(0, 1)  # as `hub_detector` shows them
        return self.detector(pixel_values=grey.expand(-1, 3, -1, -1), labels=labels)


def hub_network(model: str, pretrained: bool = False) -> HubDetector:
    """The detector that `model` names: a family, a folder with its config.json, or a repository of the hub; random weights unless pretrained.

    InputError: no such model, no detector, the hub out of reach.
    """
    need("transformers", extra="tasks")
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    one_class: dict[str, Any] = {"num_labels": 1, "id2label": {0: "face"}, "label2id": {"face": 0}}
    try:
        if pretrained:
            made = transformers.AutoModelForObjectDetection.from_pretrained(
                model, ignore_mismatched_sizes=True, **one_class
            )
        else:
            if model in FAMILIES:
                config = transformers.AutoConfig.for_model(model, **one_class)
            else:
                config = transformers.AutoConfig.from_pretrained(model, **one_class)
            config.use_pretrained_backbone = False
            config.anchor_image_size = None  # anchors for any size of picture
            made = transformers.AutoModelForObjectDetection.from_config(config)
    except (OSError, ValueError, KeyError, ImportError) as error:
        place = "folder" if Path(model).exists() else "name"
        what = " ".join(str(error).split())[:160]
        raise InputError(
            f"--model {model} cannot be made into a detector ({what}); expected {', '.join(FAMILIES)}, or a {place} of an object detector of transformers that is here or on the hub"
        ) from error
    return HubDetector(made)


def image_processor(size_px: int) -> Any:
    """What brings any picture to the detector's size; values / 255, as it was trained."""
    import transformers

    transformers.utils.logging.set_verbosity_error()
    return transformers.RTDetrImageProcessor(size={"height": size_px, "width": size_px})
