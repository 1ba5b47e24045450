"""Gender from a face crop: cross-entropy in which women and men count alike, judged by balanced accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from thermvision.faces.gender_reading import ROOM_GENDER
from thermvision.faces.sampling import stretched
from thermvision.tasks.measures.gender import gender_figures
from thermvision.tasks.models import MODEL_ONNX
from thermvision.tasks.training.crops import CROP_PX, jittered, window_about
from thermvision.tasks.training.filmed import LEAST_CROP_PX, filmed
from thermvision.tasks.training.networks.by_name import gender_network
from thermvision.tasks.training.onnx_file import write_onnx
from thermvision.tasks.training.samples import Sample
from thermvision.tasks.training.task import Cut

_AT_ONCE, _LEAST_SHARE = 64, 0.02


@dataclass(frozen=True)
class GenderTask:
    """A `LearntTask`."""

    model: str = "gender"
    pretrained: bool = False
    male_share: float = 0.5  # of the training people
    strength: float = 1.0  # of the augmentation
    judged: str = "balanced accuracy"

    def network(self) -> nn.Module:
        """The small network of ours, or one of transformers by name."""
        return gender_network(self.model, self.pretrained)

    def cut(self, samples: Sequence[Sample], stream: np.random.Generator) -> Cut:
        """Crops as different detectors would put them, half of them mirrored, and labels."""
        crops, male = [], []
        for sample in samples:
            known = np.flatnonzero(np.isfinite(sample.male))
            k = int(known[stream.integers(len(known))]) if len(known) else 0
            lean = (6 if stream.random() < 0.7 else 16) * stream.standard_normal()
            window = _window(sample, k, float(lean))
            crop = jittered(window, stream, shift=0.03, size=0.09).pixels(sample.picture)
            crops.append(crop[:, ::-1] if stream.random() < 0.5 else crop)
            male.append(sample.male[k] if len(known) else np.nan)
        radiometric = np.array([one.radiometric for one in samples])
        return {"pictures": np.stack(crops), "radiometric": radiometric, "male": np.array(male, np.float32)}

    def losses(self, net: nn.Module, cut: Cut, stream: torch.Generator, device: str) -> dict[str, Tensor]:
        """Cross-entropy, each class weighted by the inverse of its share of the people."""
        x = filmed(cut["pictures"], cut["radiometric"], stream, least_px=LEAST_CROP_PX, strength=self.strength).x
        male = torch.from_numpy(cut["male"]).to(device)
        known = torch.isfinite(male).float()
        male = torch.nan_to_num(male)
        share = min(max(self.male_share, _LEAST_SHARE), 1 - _LEAST_SHARE)
        weight = known * torch.where(male > 0.5, 0.5 / share, 0.5 / (1 - share))
        each = functional.binary_cross_entropy_with_logits(net(x.to(device)), male, reduction="none")
        return {"gender": (each * weight).sum() / known.sum().clamp(min=1)}

    def judge(self, net: nn.Module, samples: Sequence[Sample], device: str) -> dict[str, float]:
        """Accuracy, balanced accuracy, AUC and log loss of faces cut out by their boxes."""
        faces = [(one, int(k)) for one in samples for k in np.flatnonzero(np.isfinite(one.male))]
        logits = [
            net(_seen(faces[first : first + _AT_ONCE]).to(device)).cpu() for first in range(0, len(faces), _AT_ONCE)
        ]
        logit = torch.cat(logits).double()
        male = np.array([one.male[k] > 0.5 for one, k in faces])
        loss = functional.binary_cross_entropy_with_logits(logit, torch.from_numpy(male).double())
        return {**gender_figures(torch.sigmoid(logit).numpy(), male), "log loss": float(loss)}

    def better(self, figures: dict[str, float]) -> list[float]:
        """Balanced accuracy, then the log loss, which still tells models apart that err on the same pictures."""
        return [figures["balanced accuracy"], -figures["log loss"]]

    def save(self, net: nn.Module, folder: Path) -> float:
        """model.onnx."""
        return write_onnx(net, folder / MODEL_ONNX, torch.zeros(2, 1, CROP_PX, CROP_PX), ("male",), {0: "b"})

    def facts(self) -> dict[str, Any]:
        """For model.json."""
        return {
            "kind": "gender", "input_px": [CROP_PX, CROP_PX], "classes": ["female", "male"], "room": ROOM_GENDER, "network": self.model,
        }  # fmt: skip


def _window(sample: Sample, k: int, turn_deg: float = 0.0) -> Any:
    """The crop about face k, turned in place."""
    upright = window_about(sample.faces_xyxy_px[k].astype(float), ROOM_GENDER)
    turned = window_about(sample.faces_xyxy_px[k].astype(float), ROOM_GENDER, turn_deg)
    return type(upright)(upright.middle_px, turned.axes_px)


def _seen(faces: Sequence[tuple[Sample, int]]) -> Tensor:
    crops = [stretched(_window(one, k).pixels(one.picture)) for one, k in faces]
    return torch.from_numpy(np.stack(crops))[:, None]
