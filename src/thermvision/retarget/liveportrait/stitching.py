"""S and its two siblings: small networks that move keypoints so that shoulders, eyes and lips come out right."""

from __future__ import annotations

from itertools import pairwise

from jaxtyping import Float
from torch import Tensor, nn

from thermvision.retarget.liveportrait.motion import KEYPOINTS

COORDINATES = 3 * KEYPOINTS
SHOULDER_WIDTHS = (2 * COORDINATES, 128, 128, 64, COORDINATES + 2)  # source and driving -> deltas and a shift in x, y
MOUTH_WIDTHS = (COORDINATES + 2, 128, 128, 64, COORDINATES)  # source, its lip ratio, the target -> deltas
EYE_WIDTHS = (COORDINATES + 3, 256, 256, 128, 128, 64, COORDINATES)  # source, both eye ratios, the target -> deltas


class KeypointMlp(nn.Module):
    """Linear layers with ReLU between them (Guo et al. 2024, 3.3)."""

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for a, b in pairwise(widths):
            layers += [nn.Linear(a, b), nn.ReLU()]
        self.mlp = nn.Sequential(*layers[:-1])

    def forward(self, x: Float[Tensor, "n a"]) -> Float[Tensor, "n b"]:
        """Deltas of the 21 keypoints in x, y, z, and for stitching two more numbers."""
        return self.mlp(x)
