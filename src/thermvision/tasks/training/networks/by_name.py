"""Gender networks by name: ours, or an image classifier of transformers that sees the crop in three equal channels."""

from __future__ import annotations

from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from thermvision.flux.needed import need
from thermvision.tasks.training.networks.gender_net import GenderNet
from thermvision.types import InputError
from thermvision.wording import did_you_mean

# Name -> class, repository on the hub, settings that make the configuration the published one.
_CLASSIFIERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "mobilenet_v2": ("MobileNetV2", "google/mobilenet_v2_1.0_224", {}),
    "efficientnet-b0": (
        "EfficientNet", "google/efficientnet-b0",
        {"width_coefficient": 1.0, "depth_coefficient": 1.0, "hidden_dim": 1280, "dropout_rate": 0.2, "image_size": 224},
    ),
    "resnet-18": (
        "ResNet", "microsoft/resnet-18", {"layer_type": "basic", "depths": [2, 2, 2, 2], "hidden_sizes": [64, 128, 256, 512]},
    ),
    "resnet-50": ("ResNet", "microsoft/resnet-50", {}),
}  # fmt: skip
GENDER_NETWORKS = ("gender", *_CLASSIFIERS)


class ThreeChannels(nn.Module):
    """An image classifier of transformers with one output, fed with a grey crop."""

    def __init__(self, classifier: nn.Module) -> None:
        super().__init__()
        self.classifier = classifier

    def forward(self, x: Float[Tensor, "b 1 128 128"]) -> Float[Tensor, " b"]:
        """Logits of "male" for crops in -1..1."""
        logits: Tensor = self.classifier(x.expand(-1, 3, -1, -1)).logits
        return logits[:, 0]


def gender_network(name: str, pretrained: bool = False) -> nn.Module:
    """A network that takes crops (b, 1, 128, 128) and gives logits (b,); weights of the hub with `pretrained`.

    InputError for an unknown name, and where the hub's weights cannot be had.
    """
    check_gender_network(name, pretrained)
    if name == "gender":
        return GenderNet()
    need("transformers", extra="tasks")
    import transformers

    family, repository, settings = _CLASSIFIERS[name]
    make = getattr(transformers, f"{family}ForImageClassification")
    if not pretrained:
        return ThreeChannels(make(getattr(transformers, f"{family}Config")(num_labels=1, **settings)))
    try:
        return ThreeChannels(make.from_pretrained(repository, num_labels=1, ignore_mismatched_sizes=True))
    except (OSError, ValueError) as error:
        raise InputError(
            f"the weights of {name} ({repository}) cannot be had from the hub; leave --pretrained out to start from scratch, or fetch them where there is a network"
        ) from error


def check_gender_network(name: str, pretrained: bool = False) -> None:
    """InputError for a name that is none, or for pretrained weights of ours, of which there are none."""
    if name not in GENDER_NETWORKS:
        raise InputError(
            f"--model is '{name}'; expected one of {', '.join(GENDER_NETWORKS)}{did_you_mean(name, GENDER_NETWORKS)}"
        )
    if name == "gender" and pretrained:
        raise InputError("--pretrained has no weights for our own network; leave it out or give --model")
