"""Face detection with the one-stage finder; judged by AP50 on whole pictures, as predictions are made."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from thermvision.faces.boxes import face_boxes
from thermvision.faces.networks import Networks
from thermvision.tasks.measures.box_matching import ImageBoxes
from thermvision.tasks.measures.detection import detection_figures
from thermvision.tasks.models import MODEL_ONNX
from thermvision.tasks.training.detect_windows import cut_windows
from thermvision.tasks.training.filmed import LEAST_WINDOW_PX, filmed
from thermvision.tasks.training.finder_targets import LEAST_PX, LEAST_SHARE, finder_targets
from thermvision.tasks.training.losses.finder_loss import finder_losses
from thermvision.tasks.training.networks.finder import FINDER_OUT, Finder
from thermvision.tasks.training.onnx_file import onnx_bytes, write_onnx
from thermvision.tasks.training.samples import Sample
from thermvision.tasks.training.task import Cut

_LEAST_PEAK, _MOST_BOXES = 0.05, 100
_FREE = {0: "b", 2: "h", 3: "w"}
_TOLD = ("AP50", "missed", "false per image")
Boxes = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]  # of a picture: boxes xyxy px and scores


@dataclass(frozen=True)
class DetectTask:
    """A `LearntTask`."""

    input_px: int = 192
    strength: float = 1.0  # of the augmentation
    least_px: float = LEAST_PX
    least_share: float = LEAST_SHARE
    judged: str = "AP50"

    def network(self) -> nn.Module:
        """The finder."""
        return Finder()

    def cut(self, samples: Sequence[Sample], stream: np.random.Generator) -> Cut:
        """Windows of the pictures and their boxes."""
        return cut_windows(samples, self.input_px, stream)

    def losses(self, net: nn.Module, cut: Cut, stream: torch.Generator, device: str) -> dict[str, Tensor]:
        """Heat and boxes; a face behind the augmentation's things is seen less."""
        shown = filmed(cut["pictures"], cut["radiometric"], stream, least_px=LEAST_WINDOW_PX, strength=self.strength)
        shares = cut["shares"] * uncovered(cut["boxes"], shown.covered[:, 0].numpy())
        targets = finder_targets(
            cut["boxes"], shares, self.input_px, least_px=self.least_px, least_share=self.least_share
        )
        return finder_losses(net(shown.x.to(device)), *(torch.from_numpy(one).to(device) for one in targets))

    def judge(self, net: nn.Module, samples: Sequence[Sample], device: str) -> dict[str, float]:
        """AP50, and what is missed and false at a score of 0.5."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "finder.onnx"
            file.write_bytes(onnx_bytes(net, self._example(), FINDER_OUT, _FREE))
            networks = Networks(finder=file, finder_long_side_px=self.input_px)
            return judge_boxes(
                lambda picture: face_boxes(picture, networks, least_peak=_LEAST_PEAK, most=_MOST_BOXES),
                samples, self.least_share,
            )  # fmt: skip

    def better(self, figures: dict[str, float]) -> list[float]:
        """AP50, then fewer missed faces and false boxes."""
        return [figures["AP50"], -figures["missed"] - figures["false per image"]]

    def save(self, net: nn.Module, folder: Path) -> float:
        """model.onnx."""
        return write_onnx(net, folder / MODEL_ONNX, self._example(), FINDER_OUT, _FREE)

    def _example(self) -> Tensor:
        """A picture that is not square."""
        return torch.zeros(1, 1, self.input_px - 32, self.input_px)

    def facts(self) -> dict[str, Any]:
        """For model.json."""
        return {"kind": "finder", "input_px": [self.input_px, self.input_px], "classes": ["face"], "room": 1.0}


def judge_boxes(boxes_of: Boxes, samples: Sequence[Sample], least_share: float) -> dict[str, float]:
    """AP50, missed, false per image of a detector on whole pictures; faces seen less than `least_share` are not asked for."""
    images = []
    for number, sample in enumerate(samples):
        found, scores = boxes_of(sample.picture - np.float32(np.median(sample.picture)))
        height, width = sample.picture.shape
        found = np.clip(found, 0, [width, height, width, height])
        true = sample.faces_xyxy_px[sample.visible_share >= least_share].astype(float)
        images.append(ImageBoxes(f"{number}", f"{number}", found, scores, true))
    figures = detection_figures(images)
    return {name: figures[name] for name in _TOLD}


def uncovered(
    boxes_xyxy_px: Float[np.ndarray, "b m 4"], covered: Bool[np.ndarray, "b h w"]
) -> Float[np.ndarray, "b m"]:
    """Share of each box within the picture that nothing covers; 1 for boxes outside."""
    share = np.ones(boxes_xyxy_px.shape[:2], np.float32)
    ends = np.clip(np.rint(boxes_xyxy_px), 0, covered.shape[1]).astype(int)
    for k, j in zip(*np.nonzero((ends[..., 2:] > ends[..., :2]).all(axis=-1)), strict=True):
        left, top, right, bottom = ends[k, j]
        share[k, j] -= covered[k, top:bottom, left:right].mean()
    return share
