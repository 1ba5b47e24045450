"""The small network that tells the gender of a face crop."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor, nn

from thermvision.tasks.training.networks.layers import Conv, stage, with_local_contrast

CROP_PX = 128
_SHARED = ("body.0.", "body.1.", "body.2.", "body.3.")


class GenderNet(nn.Module):
    """A face crop (b, 1, 128, 128) in -1..1 to the logit (b,) of "male".

    The last maps (8 x 8) are averaged to 4 x 4 and read place by place, since a crop lies about the face in one way. As far
    as they go, the convolutions are those of `CropNet`, so that training may begin with its weights (`start_from_crop_net`).
    widths: channels at halves, quarters, eighths and sixteenths of the crop. drop: share of the read values left out while
    training. 0.70 M parameters.
    """

    def __init__(self, widths: tuple[int, int, int, int] = (16, 24, 56, 112), drop: float = 0.2) -> None:
        super().__init__()
        a, b, c, d = widths
        self.body = nn.Sequential(Conv(2, a, 5, 2), stage(a, b, 1), stage(b, c, 2), stage(c, d, 2), Conv(d, 48, 1))
        self.head = nn.Sequential(
            nn.AvgPool2d(2), nn.Flatten(), nn.Dropout(drop), nn.Linear(48 * 16, 64), nn.ReLU(inplace=True), nn.Linear(64, 1)
        )  # fmt: skip

    def forward(self, x: Float[Tensor, "b 1 128 128"]) -> Float[Tensor, " b"]:
        """Logits of "male" for crops."""
        male: torch.Tensor = self.head(self.body(with_local_contrast(x)))[:, 0]
        return male

    def start_from_crop_net(self, weights: Mapping[str, Tensor]) -> None:
        """Take over the convolutions of a trained `CropNet`, given its `state_dict`; only with widths as they are by default."""
        own = self.state_dict()
        shared = {name: value for name, value in weights.items() if name.startswith(_SHARED) and name in own}
        self.load_state_dict({**own, **shared})
