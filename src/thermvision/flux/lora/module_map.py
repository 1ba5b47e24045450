"""Which linear layer of Black Forest Labs' code is which of diffusers, for FLUX.1 and FLUX.2.

Black Forest Labs (and with it ComfyUI, kohya and XLabs) keeps query, key, value and, in the single blocks of FLUX.1, the
feed-forward in one layer; diffusers splits them. `{i}` stands for the number of the block.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Family = Literal["flux1", "flux2"]
FAMILIES: tuple[Family, ...] = ("flux1", "flux2")
TITLES = {"flux1": "FLUX.1", "flux2": "FLUX.2"}


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer in Black Forest Labs' code and its parts in diffusers, in the order of their output rows."""

    bfl: str
    parts: tuple[str, ...]
    widths: tuple[
        int, ...
    ] = ()  # output rows of each part in multiples of the model's width; empty: one part, any size
    halves_swapped: bool = False  # the two halves of the output rows stand the other way round in diffusers

    def names(self, block: str) -> tuple[str, ...]:
        """Diffusers' names of the parts in one block."""
        return tuple(part.replace("{i}", block) for part in self.parts)


_DOUBLE, _SINGLE = "transformer_blocks.{i}.", "single_transformer_blocks.{i}."
_ATTENTION = (
    Layer("double_blocks.{i}.img_attn.qkv", tuple(f"{_DOUBLE}attn.to_{x}" for x in "qkv"), (1, 1, 1)),
    Layer("double_blocks.{i}.txt_attn.qkv", tuple(f"{_DOUBLE}attn.add_{x}_proj" for x in "qkv"), (1, 1, 1)),
    Layer("double_blocks.{i}.img_attn.proj", (f"{_DOUBLE}attn.to_out.0",)),
    Layer("double_blocks.{i}.txt_attn.proj", (f"{_DOUBLE}attn.to_add_out",)),
)
_ENDS = (
    Layer("img_in", ("x_embedder",)),
    Layer("txt_in", ("context_embedder",)),
    Layer("final_layer.linear", ("proj_out",)),
    Layer("final_layer.adaLN_modulation.1", ("norm_out.linear",), halves_swapped=True),
)


def _embedders(module: str, names: dict[str, str]) -> tuple[Layer, ...]:
    return tuple(
        Layer(f"{bfl}.{side}_layer", (f"{module}.{name}.linear_{place}",))
        for bfl, name in names.items()
        for place, side in ((1, "in"), (2, "out"))
    )


LAYERS: dict[Family, tuple[Layer, ...]] = {
    "flux1": (
        *_ATTENTION,
        Layer("double_blocks.{i}.img_mlp.0", (f"{_DOUBLE}ff.net.0.proj",)),
        Layer("double_blocks.{i}.img_mlp.2", (f"{_DOUBLE}ff.net.2",)),
        Layer("double_blocks.{i}.txt_mlp.0", (f"{_DOUBLE}ff_context.net.0.proj",)),
        Layer("double_blocks.{i}.txt_mlp.2", (f"{_DOUBLE}ff_context.net.2",)),
        Layer("double_blocks.{i}.img_mod.lin", (f"{_DOUBLE}norm1.linear",)),
        Layer("double_blocks.{i}.txt_mod.lin", (f"{_DOUBLE}norm1_context.linear",)),
        Layer(
            "single_blocks.{i}.linear1",
            (*(f"{_SINGLE}attn.to_{x}" for x in "qkv"), f"{_SINGLE}proj_mlp"),
            (1, 1, 1, 4),
        ),
        Layer("single_blocks.{i}.linear2", (f"{_SINGLE}proj_out",)),
        Layer("single_blocks.{i}.modulation.lin", (f"{_SINGLE}norm.linear",)),
        *_ENDS,
        *_embedders(
            "time_text_embed",
            {"time_in": "timestep_embedder", "vector_in": "text_embedder", "guidance_in": "guidance_embedder"},
        ),
    ),
    "flux2": (
        *_ATTENTION,
        Layer("double_blocks.{i}.img_mlp.0", (f"{_DOUBLE}ff.linear_in",)),
        Layer("double_blocks.{i}.img_mlp.2", (f"{_DOUBLE}ff.linear_out",)),
        Layer("double_blocks.{i}.txt_mlp.0", (f"{_DOUBLE}ff_context.linear_in",)),
        Layer("double_blocks.{i}.txt_mlp.2", (f"{_DOUBLE}ff_context.linear_out",)),
        Layer("single_blocks.{i}.linear1", (f"{_SINGLE}attn.to_qkv_mlp_proj",)),
        Layer("single_blocks.{i}.linear2", (f"{_SINGLE}attn.to_out",)),
        Layer("double_stream_modulation_img.lin", ("double_stream_modulation_img.linear",)),
        Layer("double_stream_modulation_txt.lin", ("double_stream_modulation_txt.linear",)),
        Layer("single_stream_modulation.lin", ("single_stream_modulation.linear",)),
        *_ENDS,
        *_embedders("time_guidance_embed", {"time_in": "timestep_embedder", "guidance_in": "guidance_embedder"}),
    ),
}
# XLabs knows attention only: its name, the layer's name in Black Forest Labs' code, how many of the layer's parts it covers.
XLABS: dict[str, tuple[str, int]] = {
    "double_blocks.{i}.processor.qkv_lora1": ("double_blocks.{i}.img_attn.qkv", 3),
    "double_blocks.{i}.processor.qkv_lora2": ("double_blocks.{i}.txt_attn.qkv", 3),
    "double_blocks.{i}.processor.proj_lora1": ("double_blocks.{i}.img_attn.proj", 1),
    "double_blocks.{i}.processor.proj_lora2": ("double_blocks.{i}.txt_attn.proj", 1),
    "single_blocks.{i}.processor.qkv_lora": ("single_blocks.{i}.linear1", 3),
    "single_blocks.{i}.processor.proj_lora": ("single_blocks.{i}.linear2", 1),
}
_BLOCK = re.compile(r"^((?:double|single)_blocks|(?:single_)?transformer_blocks)([._])(\d+)(?=[._])")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a module of a file belongs: a layer, its block's number (empty outside the blocks) and the parts it covers."""

    layer: Layer
    block: str
    parts: tuple[int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Diffusers' names of the covered parts."""
        names = self.layer.names(self.block)
        return tuple(names[part] for part in self.parts)

    @property
    def widths(self) -> tuple[int, ...]:
        """Output rows of the covered parts in multiples of the model's width."""
        return tuple(self.layer.widths[part] for part in self.parts) if self.layer.widths else ()


@lru_cache
def _table(family: Family) -> dict[str, tuple[Layer, tuple[int, ...]]]:
    """Every spelling of a layer or of one of its parts: dotted, with underscores (kohya), and XLabs' own."""
    table: dict[str, tuple[Layer, tuple[int, ...]]] = {}
    by_bfl = {layer.bfl: layer for layer in LAYERS[family]}
    for layer in LAYERS[family]:
        spellings = {layer.bfl: tuple(range(len(layer.parts)))}
        spellings.update({part: (place,) for place, part in enumerate(layer.parts)})
        for spelling, parts in spellings.items():
            table[spelling] = table[spelling.replace(".", "_")] = (layer, parts)
    if family == "flux1":
        for spelling, (bfl, count) in XLABS.items():
            table[spelling] = (by_bfl[bfl], tuple(range(count)))
    return table


def find(family: Family, module: str) -> Place | None:
    """Where a module of a file, in any spelling without prefix, belongs; None if the family has no such layer."""
    block = match[3] if (match := _BLOCK.match(module)) else ""
    pattern = _BLOCK.sub(r"\1\2{i}", module)
    found = _table(family).get(pattern)
    return Place(found[0], block, found[1]) if found else None


def place_of(family: Family, name: str) -> Place | None:
    """Where a diffusers module belongs; None if the family has no such layer."""
    place = find(family, name)
    return place if place is not None and place.names == (name,) else None


def family_of_names(names: Iterable[str]) -> Family | None:
    """The one family that has all these diffusers modules; FLUX.1 where both have them, None where neither has."""
    listed = list(names)
    return next((family for family in FAMILIES if all(place_of(family, name) for name in listed)), None)


def kind(name: str) -> str:
    """What a diffusers module does, in words: `double blocks, attention of the image`."""
    if not name.startswith(("transformer_blocks.", "single_transformer_blocks.")):
        return "outside the blocks"
    if name.startswith("single_"):
        if ".norm." in name:
            return "single blocks, modulation"
        if "to_qkv_mlp_proj" in name:
            return "single blocks, attention and feed-forward"
        if "proj_mlp" in name:
            return "single blocks, feed-forward"
        return f"single blocks, {'output' if name.endswith(('proj_out', 'to_out')) else 'attention'}"
    if ".norm1" in name:
        return "double blocks, modulation"
    of_text = "ff_context" in name or ".add_" in name or "to_add_out" in name
    return f"double blocks, {'feed-forward' if '.ff' in name else 'attention'} of the {'text' if of_text else 'image'}"
