"""The seam between model generations: what painting and training ask of FLUX.1 and of FLUX.2 klein."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from thermvision.flux.flux1 import Flux1
from thermvision.flux.flux2_klein import Flux2Klein
from thermvision.flux.text import TextEmbedding, TextRule
from thermvision.types import InputError


@runtime_checkable
class ModelFamily(Protocol):
    """See `flux1.Flux1` for what each does; tensors are torch's, B pictures, t = 1 is noise."""

    name: str
    default_rule: TextRule
    lora_targets: dict[str, str]

    def pipeline_class(self) -> Any: ...  # noqa: D102
    def encode_text(self, pipeline: Any, clip_texts: list[str], t5_texts: list[str], rule: TextRule | None = None) -> TextEmbedding: ...  # noqa: D102  # fmt: skip
    def cut_off(self, pipeline: Any, clip_text: str, t5_text: str, rule: TextRule) -> dict[str, str]: ...  # noqa: D102
    def encode_picture(self, pipeline: Any, unit: Any, generator: Any = None) -> Any: ...  # noqa: D102
    def decode(self, pipeline: Any, latents: Any) -> Any: ...  # noqa: D102
    def pack(self, latents: Any) -> tuple[Any, Any]: ...  # noqa: D102
    def unpack(self, tokens: Any, height_latent: int, width_latent: int) -> Any: ...  # noqa: D102
    def predict(self, transformer: Any, tokens: Any, t: Any, text: TextEmbedding, image_ids: Any, guidance: float | None = None) -> Any: ...  # noqa: D102  # fmt: skip
    def embeds_guidance(self, pipeline: Any) -> bool: ...  # noqa: D102
    def default_settings(self, pipeline: Any) -> dict[str, Any]: ...  # noqa: D102
    def multiple_px(self, pipeline: Any) -> int: ...  # noqa: D102
    def latent_size(self, pipeline: Any, width_px: int, height_px: int) -> tuple[int, int]: ...  # noqa: D102
    def latent_channels(self, pipeline: Any) -> int: ...  # noqa: D102
    def shift(self, pipeline: Any, image_tokens: int, steps: int) -> float: ...  # noqa: D102


FLUX1: ModelFamily = Flux1()
FLUX2_KLEIN: ModelFamily = Flux2Klein()
FAMILIES: dict[str, ModelFamily] = {family.name: family for family in (FLUX1, FLUX2_KLEIN)}
_BY_PIPELINE = {"FluxPipeline": FLUX1, "Flux2KleinPipeline": FLUX2_KLEIN}


def family_of(pipeline: Any) -> ModelFamily:
    """The family of a diffusers pipeline; one that is not supported raises InputError."""
    return family_named(type(pipeline).__name__)


def family_named(pipeline_class: str) -> ModelFamily:
    """The family of a pipeline's class name; one that is not supported raises InputError."""
    if pipeline_class not in _BY_PIPELINE:
        raise InputError(
            f"the model is a {pipeline_class}; expected {' or '.join(_BY_PIPELINE)}: use FLUX.1 dev, schnell or Krea dev,"
            " FLUX.2 klein, or micro"
        )
    return _BY_PIPELINE[pipeline_class]
