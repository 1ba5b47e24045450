"""The network of a face crop: landmarks, how sure they are, what is seen, pose, and whether there is a face at all."""

from __future__ import annotations

import torch
from jaxtyping import Float32
from torch import Tensor, nn

from thermvision.tasks.training.networks.layers import Conv, stage, with_local_contrast

CROP_PX, POINTS = 128, 478
CROP_OUT = ("landmarks", "log_sd", "seen", "pose", "kind")


class CropNet(nn.Module):
    """A face crop (b, 1, 128, 128) in -1..1 to everything about the face, in units of the crop."""

    def __init__(self, widths: tuple[int, int, int, int, int] = (16, 24, 56, 112, 160), rank: int = 96) -> None:
        super().__init__()
        a, b, c, d, e = widths
        self.body = nn.Sequential(
            Conv(2, a, 5, 2),
            stage(a, b, 1),
            stage(b, c, 2),
            stage(c, d, 2),
            stage(d, e, 1),
            Conv(e, 64, 1),
            nn.Flatten(),
        )
        self.neck = nn.Sequential(nn.Linear(64 * (CROP_PX // 32) ** 2, 256), nn.ReLU(inplace=True))
        self.shape = nn.Linear(256, rank)
        self.points = nn.Linear(rank, POINTS * 2)
        self.certainty = nn.Sequential(nn.Linear(256, 48), nn.ReLU(inplace=True), nn.Linear(48, POINTS))
        self.seen = nn.Sequential(nn.Linear(256, 48), nn.ReLU(inplace=True), nn.Linear(48, POINTS))
        self.pose = nn.Linear(256, 4)
        self.kind = nn.Linear(256, 3)
        nn.init.constant_(self.certainty[2].bias, -2.5)

    def start_from_shapes(self, shapes: Float32[Tensor, "n 478 2"]) -> None:
        """Start the last layer as the principal components of landmark shapes in crop units."""
        flat = shapes.reshape(len(shapes), -1)
        mean = flat.mean(dim=0)
        _, spread, axes = torch.linalg.svd(flat - mean, full_matrices=False)
        rank = min(self.points.in_features, len(axes))  # fewer shapes than components leave the others as they were
        with torch.no_grad():
            self.points.weight[:, :rank] = (axes[:rank] * (spread[:rank, None] / len(flat) ** 0.5)).T
            self.points.bias.copy_(mean)

    def forward(self, x: Float32[Tensor, "b 1 128 128"]) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Landmarks, log of their deviation, visibility logits, pose and kind.

        Landmarks (b, 478, 2) in crop coordinates -1..1, log of their standard deviation (b, 478) in the same units, visibility
        logits (b, 478), pose (b, 4): yaw / 90, pitch / 90, sine and cosine of the roll; and three logits (b, 3): a face, inverted
        polarity, visible light.
        """
        neck = self.neck(self.body(with_local_contrast(x)))
        landmarks = self.points(self.shape(neck)).reshape(-1, POINTS, 2)
        return landmarks, self.certainty(neck), self.seen(neck), self.pose(neck), self.kind(neck)
