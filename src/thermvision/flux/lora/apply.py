"""Add a LoRA file to a transformer as an adapter, with nothing changed unless all of it fits."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thermvision.flux.lora.extra import needed
from thermvision.flux.lora.file import LoraFile
from thermvision.flux.lora.matching import family_of_transformer, refuse_mismatch, transformer_of
from thermvision.flux.lora.module_map import TITLES
from thermvision.flux.lora.read import read_lora
from thermvision.types import InputError


@dataclass
class AppliedLora:
    """A LoRA at work in a transformer."""

    transformer: Any
    file: LoraFile
    adapter: str  # its name among the transformer's adapters
    strength: float

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what is unusual in the file."""
        return self.file.notes

    def set_strength(self, strength: float) -> None:
        """Multiply the change of the weights by another number; 0 is as without, 1 as trained."""
        _refuse_no_number(strength)
        for layer in _layers(self.transformer, self.adapter):
            layer.set_scale(self.adapter, strength)
        self.strength = strength

    def remove(self) -> None:
        """Take the LoRA out of the transformer; other adapters stay as they are."""
        others = [name for name in getattr(self.transformer, "peft_config", {}) if name != self.adapter]
        if others:
            active = [name for name in _active(self.transformer) if name != self.adapter]
            trained = _trained(
                self.transformer
            )  # deleting activates others, and with that changes what needs a gradient
            self.transformer.delete_adapters([self.adapter])
            _activate(self.transformer, active, trained)
        else:
            self.transformer.unload_lora()


def apply_lora(
    pipeline_or_transformer: Any,
    path: str | Path | LoraFile,
    strength: float = 1.0,
    *,
    family: Any = None,
    adapter: str = "thermvision",
) -> AppliedLora:
    """Add a LoRA file (or one already read) to the transformer beside the adapters that are there.

    `family` (a ModelFamily or its name) is checked against the file if given. InputError if the file cannot be read, was made for another model,
    or has any module that does not match by name and shape; then the transformer is as before. The adapter's weights are in the
    base's floating-point type and need no gradient.
    """
    peft, torch = needed("peft"), needed("torch")
    _refuse_no_number(strength)
    transformer = transformer_of(pipeline_or_transformer)
    file = path if isinstance(path, LoraFile) else read_lora(path)
    _refuse_other_family(file, transformer, family)
    refuse_mismatch(file, transformer)
    if adapter in getattr(transformer, "peft_config", {}):
        raise InputError(f"an adapter named '{adapter}' is at work already; remove it first or give another name")
    if any(one.is_meta for one in transformer.parameters()):
        raise InputError(
            f"{file.path} cannot be added while the model's weights are elsewhere (sequential offloading); add it before offloading"
        )
    active, trained = _active(transformer), _trained(transformer)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Already found a `peft_config`")  # a second adapter is meant
        transformer.add_adapter(_config(peft, file), adapter_name=adapter)
    applied = AppliedLora(transformer, file, adapter, strength)
    layers = _layers_by_name(transformer, adapter)
    if layers.keys() != file.modules.keys():  # no input leads here; a changed peft might
        applied.remove()
        raise InputError(
            f"{file.path}: {len(file.modules)} modules were to be changed and {len(layers)} would be; report this with the versions"
            f" of peft ({peft.__version__}) and thermvision"
        )
    with torch.no_grad():
        for name, (down, up) in file.modules.items():
            for linear, weight in ((layers[name].lora_A[adapter], down), (layers[name].lora_B[adapter], up)):
                if linear.weight.element_size() == 1:  # beside an fp8 base nothing can be computed in fp8
                    linear.to(torch.bfloat16)
                linear.weight.copy_(weight)
    _activate(transformer, [*active, adapter], trained)
    applied.set_strength(strength)
    return applied


def _config(peft: Any, file: LoraFile) -> Any:
    """Alpha equals the rank everywhere: the scale is folded into the weights."""
    ranks = {name: int(down.shape[0]) for name, (down, _) in file.modules.items()}
    common = Counter(ranks.values()).most_common(1)[0][0]
    escaped = {name: name.replace(".", r"\.") for name in ranks}
    pattern = {f"^{escaped[name]}": rank for name, rank in ranks.items() if rank != common}
    return peft.LoraConfig(
        r=common,
        lora_alpha=common,
        rank_pattern=pattern,
        alpha_pattern=dict(pattern),
        target_modules=f"({'|'.join(escaped.values())})",
        init_lora_weights=False,  # every weight is set from the file
    )


def _refuse_other_family(file: LoraFile, transformer: Any, family: Any) -> None:
    here = family_of_transformer(transformer)
    asked = getattr(family, "name", family)
    if asked is not None and not str(asked).startswith(here):
        raise InputError(f"family is '{asked}' and the model is {TITLES[here]}; give the family of the model")
    # modules that both families have under one name may fit; refuse_mismatch looks at names and shapes


def _refuse_no_number(strength: float) -> None:
    if not math.isfinite(strength):
        raise InputError(f"strength is {strength}; expected a number such as 1 (as trained) or 0.8")


def _layers_by_name(transformer: Any, adapter: str) -> dict[str, Any]:
    layer_class = needed("peft.tuners.lora").LoraLayer
    return {
        name: module
        for name, module in transformer.named_modules()
        if isinstance(module, layer_class) and adapter in module.lora_A
    }


def _layers(transformer: Any, adapter: str) -> list[Any]:
    return list(_layers_by_name(transformer, adapter).values())


def _active(transformer: Any) -> list[str]:
    """Adapters that take part in the forward pass now."""
    layer_class = needed("peft.tuners.lora").LoraLayer
    names: list[str] = []
    for module in transformer.modules():
        if isinstance(module, layer_class):
            names += [name for name in module.active_adapters if name not in names]
    return [name for name in names if name in getattr(transformer, "peft_config", {})]


def _trained(transformer: Any) -> set[str]:
    """Names of adapter parameters that need a gradient; activating adapters would change this."""
    return {name for name, one in transformer.named_parameters() if one.requires_grad and ".lora_" in name}


def _activate(transformer: Any, adapters: list[str], trained: set[str]) -> None:
    transformer.set_adapter(adapters)
    for name, one in transformer.named_parameters():
        if ".lora_" in name:
            one.requires_grad_(name in trained)
