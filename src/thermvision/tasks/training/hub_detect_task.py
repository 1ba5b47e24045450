"""Detectors of the transformers library (RT-DETRv2, D-FINE) with their own losses; saved as transformers saves them."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from thermvision.tasks.foreign.detectors import hub_detector
from thermvision.tasks.models import HUB_FOLDER
from thermvision.tasks.training.detect_task import judge_boxes, uncovered
from thermvision.tasks.training.detect_windows import cut_windows
from thermvision.tasks.training.filmed import LEAST_WINDOW_PX, filmed
from thermvision.tasks.training.networks.hub_detectors import HubDetector, hub_network, image_processor
from thermvision.tasks.training.samples import Sample
from thermvision.tasks.training.task import Cut


@dataclass(frozen=True)
class HubDetectTask:
    """A `LearntTask`."""

    model: str  # a family (rtdetr_v2, d_fine), a repository of the hub, or a folder
    input_px: int
    pretrained: bool = False
    strength: float = 1.0  # of the augmentation
    least_px: float = 9.0
    least_share: float = 0.25
    judged: str = "AP50"

    def network(self) -> nn.Module:
        """The detector with one class, face."""
        return hub_network(self.model, self.pretrained)

    def cut(self, samples: Sequence[Sample], stream: np.random.Generator) -> Cut:
        """Windows of the pictures and their boxes."""
        return cut_windows(samples, self.input_px, stream)

    def losses(self, net: nn.Module, cut: Cut, stream: torch.Generator, device: str) -> dict[str, Tensor]:
        """The detector's own loss; faces that are too small or hidden are not among the labels."""
        shown = filmed(cut["pictures"], cut["radiometric"], stream, least_px=LEAST_WINDOW_PX, strength=self.strength)
        shares = cut["shares"] * uncovered(cut["boxes"], shown.covered[:, 0].numpy())
        labels = [self._labels(boxes, seen, device) for boxes, seen in zip(cut["boxes"], shares, strict=True)]
        said = net(shown.x.to(device), labels)
        return {"detector": said.loss}

    def judge(self, net: nn.Module, samples: Sequence[Sample], device: str) -> dict[str, float]:
        """AP50, and what is missed and false, as `thermvision predict` finds faces with it."""
        with tempfile.TemporaryDirectory() as folder:
            self.save(net, Path(folder))
            find = hub_detector(str(Path(folder) / HUB_FOLDER))

            def boxes_of(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
                faces = find(picture)
                boxes = np.array([one.bbox_xyxy_px for one in faces], float).reshape(-1, 4)
                return boxes, np.array([one.score for one in faces], float)

            return judge_boxes(boxes_of, samples, self.least_share)

    def better(self, figures: dict[str, float]) -> list[float]:
        """AP50, then fewer missed faces and false boxes."""
        return [figures["AP50"], -figures["missed"] - figures["false per image"]]

    def save(self, net: nn.Module, folder: Path) -> None:
        """Weights, settings and picture processor in `folder`/transformers."""
        if not isinstance(net, HubDetector):
            raise TypeError("expected a HubDetector")
        net.detector.save_pretrained(folder / HUB_FOLDER)
        image_processor(self.input_px).save_pretrained(folder / HUB_FOLDER)

    def facts(self) -> dict[str, Any]:
        """For model.json."""
        return {"kind": "transformers", "input_px": [self.input_px, self.input_px], "classes": ["face"], "room": 1.0}

    def _labels(
        self, boxes: Float[np.ndarray, "m 4"], shares: Float[np.ndarray, " m"], device: str
    ) -> dict[str, Tensor]:
        """Class and middle, width, height of each face that is asked for, as shares of the side."""
        cut = np.clip(boxes, 0, self.input_px)
        sides = cut[:, 2:] - cut[:, :2]
        whole = np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(axis=1), 1e-3)
        kept = (sides.max(axis=1) >= self.least_px) & (sides.min(axis=1) >= 2) & (shares * sides.prod(axis=1) / whole >= self.least_share)  # fmt: skip
        middle = 0.5 * (cut[kept, :2] + cut[kept, 2:])
        told = torch.from_numpy(np.concatenate([middle, sides[kept]], axis=1).astype(np.float32) / self.input_px)
        return {"class_labels": torch.zeros(len(told), dtype=torch.long, device=device), "boxes": told.to(device)}
