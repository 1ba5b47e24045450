"""Whether a LoRA fits a transformer: every module by name and shape, before anything is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from thermvision.flux.lora.file import LoraFile, blocks_of
from thermvision.flux.lora.module_map import TITLES, Family
from thermvision.types import InputError


@dataclass(frozen=True, slots=True)
class Match:
    """The modules of a file that a transformer has in the same shape, and the others."""

    matched: tuple[str, ...]
    absent: tuple[str, ...]  # the transformer has no such module
    other_shape: tuple[str, ...]
    reason: str  # the likely reason in words, empty if all match

    @property
    def unmatched(self) -> tuple[str, ...]:
        """All that do not match."""
        return self.absent + self.other_shape


def transformer_of(pipeline_or_transformer: Any) -> Any:
    """The transformer of a loaded pipeline, or the transformer itself."""
    return getattr(pipeline_or_transformer, "transformer", pipeline_or_transformer)


def family_of_transformer(transformer: Any) -> Family:
    """FLUX.1 or FLUX.2 by the class; InputError for any other model."""
    name = type(transformer).__name__
    known: dict[str, Family] = {"FluxTransformer2DModel": "flux1", "Flux2Transformer2DModel": "flux2"}
    if name not in known:
        raise InputError(f"the model is a {name}; a LoRA of FLUX needs one of {', '.join(known)}")
    return known[name]


def match(file: LoraFile, transformer: Any) -> Match:
    """Compare a file with a transformer; changes nothing."""
    linear = {name: module for name, module in transformer.named_modules() if hasattr(module, "in_features")}
    matched, absent, other_shape = [], [], []
    for name, (down, up) in file.modules.items():
        module = linear.get(name)
        if module is None:
            absent.append(name)
        elif (int(down.shape[1]), int(up.shape[0])) != (module.in_features, module.out_features):
            other_shape.append(name)
        else:
            matched.append(name)
    reason = _reason(file, transformer, absent, other_shape, linear) if absent or other_shape else ""
    return Match(tuple(matched), tuple(absent), tuple(other_shape), reason)


def refuse_mismatch(file: LoraFile, transformer: Any) -> None:
    """InputError naming a few modules and the likely reason unless every module of the file matches."""
    found = match(file, transformer)
    if found.unmatched:
        shown = ", ".join(found.unmatched[:3]) + (", ..." if len(found.unmatched) > 3 else "")
        raise InputError(
            f"{file.path} does not fit this model: {len(found.unmatched)} of {len(file.modules)} modules do not match"
            f" ({shown}); it was {found.reason}; take a LoRA made for this model"
        )


def _reason(file: LoraFile, transformer: Any, absent: list[str], other_shape: list[str], linear: dict[str, Any]) -> str:
    family = family_of_transformer(transformer)
    if family != file.family:
        return f"made for {TITLES[file.family]}, this is {TITLES[family]}"
    width = int(transformer.inner_dim)
    if file.width is not None and file.width != width:
        return f"made for a transformer of width {file.width}, this one has {width}"
    here = blocks_of(linear)
    if any(mine > others for mine, others in zip(file.blocks, here, strict=True)):
        return (
            f"made for a transformer of at least {file.blocks[0]} double and {file.blocks[1]} single blocks,"
            f" this one has {here[0]} and {here[1]}"
        )
    name = (other_shape or absent)[0]
    if other_shape:
        down, up = file.modules[name]
        module = linear[name]
        return (
            f"made for {name} with {down.shape[1]} inputs and {up.shape[0]} outputs, here it has {module.in_features} and"
            f" {module.out_features}"
        )
    return f"made for a transformer that has {name}"
