"""Landmarks, visibility and pose of a face crop, from whatever is labelled; judged by the error over the box's diagonal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from thermvision.faces.sampling import stretched
from thermvision.tasks.measures.landmarks import image_errors, landmark_figures, point_errors
from thermvision.tasks.measures.pose import angle_errors_deg
from thermvision.tasks.models import MODEL_ONNX
from thermvision.tasks.training.augment.covering import hidden_points
from thermvision.tasks.training.crops import CROP_PX, ROOM_LANDMARKS
from thermvision.tasks.training.filmed import LEAST_CROP_PX, filmed
from thermvision.tasks.training.landmark_crops import crop_of_nothing, face_crop, face_roll_deg, upright_window
from thermvision.tasks.training.landmark_shapes import simulated_shapes
from thermvision.tasks.training.losses.crop_loss import CropTargets, crop_losses, point_weights
from thermvision.tasks.training.networks.crop_net import CROP_OUT, CropNet
from thermvision.tasks.training.onnx_file import write_onnx
from thermvision.tasks.training.samples import Sample
from thermvision.tasks.training.task import Cut

NOTHING_SHARE, _AT_ONCE = 0.12, 64


@dataclass(frozen=True)
class LandmarkTask:
    """A `LearntTask`."""

    strength: float = 1.0  # of the augmentation
    judged: str = "NME"

    def network(self) -> nn.Module:
        """The crop network; its last layer starts with the shapes of simulated heads."""
        net = CropNet()
        net.start_from_shapes(torch.from_numpy(simulated_shapes()))
        return net

    def cut(self, samples: Sequence[Sample], stream: np.random.Generator) -> Cut:
        """Crops with a face and some without, and their labels."""
        nothing = round(NOTHING_SHARE * len(samples))
        crops = []
        is_face = []
        for number, sample in enumerate(samples):
            faces = _labelled(sample)
            is_face.append(number >= nothing and len(faces) > 0)
            crops.append(face_crop(sample, int(faces[stream.integers(len(faces))]), stream) if is_face[-1] else crop_of_nothing(sample, stream))  # fmt: skip
        names = {"pictures": "pixels", "points": "points", "points_68": "points_68", "seen": "seen", "pose": "pose"}
        cut = {to: np.stack([getattr(one, of) for one in crops]).astype(np.float32) for to, of in names.items()}
        return {**cut, "is_face": np.array(is_face), "radiometric": np.array([one.radiometric for one in samples])}

    def losses(self, net: nn.Module, cut: Cut, stream: torch.Generator, device: str) -> dict[str, Tensor]:
        """The crop network's losses; points behind the augmentation's things are hidden, where visibility is known."""
        shown = filmed(cut["pictures"], cut["radiometric"], stream, least_px=LEAST_CROP_PX, strength=self.strength)
        points, seen = torch.from_numpy(cut["points"]), torch.from_numpy(cut["seen"])
        hidden = hidden_points(shown.covered, (points + 1) * (CROP_PX / 2))
        seen = torch.where(hidden & torch.isfinite(seen), 0.0, seen)
        is_face, unknown = torch.from_numpy(cut["is_face"]), torch.full((len(points),), torch.nan)
        black_hot = torch.where(is_face & torch.from_numpy(cut["radiometric"]), shown.inverted.float(), unknown)
        kind = torch.stack([is_face.float(), black_hot, torch.zeros(len(points))], -1)
        targets = CropTargets(
            points.to(device), seen.to(device), torch.from_numpy(cut["pose"]).to(device), kind.to(device),
            torch.from_numpy(cut["points_68"]).to(device),
        )  # fmt: skip
        return crop_losses(net(shown.x.to(device)), targets, point_weights().to(device))

    def judge(self, net: nn.Module, samples: Sequence[Sample], device: str) -> dict[str, float]:
        """NME over the box's diagonal, AUC@.08, FR@.1 and the pose's error, of upright crops about the true boxes, looked at once."""
        faces = [(one, int(k)) for one in samples for k in _labelled(one)]
        windows = [upright_window(one, k) for one, k in faces]
        crops = [stretched(window.pixels(one.picture)) for window, (one, _) in zip(windows, faces, strict=True)]
        places, poses = [], []
        for first in range(0, len(crops), _AT_ONCE):
            x = torch.from_numpy(np.stack(crops[first : first + _AT_ONCE]))[:, None]
            landmarks, _, _, pose, _ = net(x.to(device))
            places.append(landmarks.cpu().double().numpy())
            poses.append(pose.cpu().double().numpy())
        found = np.stack(
            [
                window.middle_px + place @ window.axes_px.T
                for window, place in zip(windows, np.concatenate(places), strict=True)
            ]
        )
        true = np.stack([_true_478(one, k) for one, k in faces])
        boxes = np.stack([one.faces_xyxy_px[k] for one, k in faces]).astype(float)
        figures = landmark_figures(image_errors(point_errors(found, true, boxes, "box diagonal")[0]))
        pose = np.concatenate(poses)
        roll = [face_roll_deg(one, k) for one, k in faces] + np.degrees(np.arctan2(pose[:, 2], pose[:, 3]))
        told = np.stack([90 * pose[:, 0], 90 * pose[:, 1], roll], axis=1)
        truth = np.stack([one.pose_deg[k] for one, k in faces]).astype(float)
        known = np.isfinite(truth).all(axis=1)
        if known.any():
            figures["pose error, deg"] = float(angle_errors_deg(told[known], truth[known])["pose"].mean())
        return {name: value for name, value in figures.items() if name != "not found"}

    def better(self, figures: dict[str, float]) -> list[float]:
        """The smaller error."""
        return [-figures["NME"]]

    def save(self, net: nn.Module, folder: Path) -> float:
        """model.onnx, with the five outputs of the shipped landmark network."""
        return write_onnx(net, folder / MODEL_ONNX, torch.zeros(2, 1, CROP_PX, CROP_PX), CROP_OUT, {0: "b"})

    def facts(self) -> dict[str, Any]:
        """For model.json."""
        return {"kind": "crop", "input_px": [CROP_PX, CROP_PX], "classes": ["face"], "room": ROOM_LANDMARKS}


def _labelled(sample: Sample) -> np.ndarray:
    """Numbers of the faces with landmarks of any set."""
    known = np.isfinite(sample.landmarks_68_px).all(-1).any(-1)
    if sample.landmarks_478_px is not None:
        known = known | np.isfinite(sample.landmarks_478_px).all(-1).any(-1)
    return np.flatnonzero(known)


def _true_478(sample: Sample, k: int) -> np.ndarray:
    if sample.landmarks_478_px is None:
        return np.full((478, 2), np.nan)
    return sample.landmarks_478_px[k].astype(float)
