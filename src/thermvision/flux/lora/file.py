"""What a LoRA file holds, the same whatever its layout."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from thermvision.flux.lora.module_map import Family

Layout = Literal["diffusers", "kohya", "xlabs", "bfl"]
LAYOUTS: tuple[Layout, ...] = ("diffusers", "kohya", "xlabs", "bfl")
Modules = dict[
    str, tuple[Any, Any]
]  # diffusers name -> down (rank, in), up (out, rank); change of the weight = up @ down
_READS_WIDTH = re.compile(  # layers whose input is as wide as the model; of all others known here the output is
    r"(attn\.(to|add)_(q|k|v)(_proj)?|to_qkv_mlp_proj|proj_mlp|ff(_context)?\.(net\.0\.proj|linear_in)|(norm1|norm1_context|norm|norm_out)\.linear|stream_modulation_\w+\.linear|single_stream_modulation\.linear)$"
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A module as the file stores it, before splitting."""

    rank: int
    alpha: float | None  # None: the file does not say, so it is the rank

    @property
    def scale(self) -> float:
        """What the file multiplies up @ down with at strength 1."""
        return 1.0 if self.alpha is None else self.alpha / self.rank


@dataclass(frozen=True)
class LoraFile:
    """A LoRA read from a file: float32 weights by diffusers' module names with the scale folded into `up`."""

    path: Path
    layout: Layout
    family: Family
    modules: Modules = field(repr=False)
    stored: dict[str, Stored] = field(repr=False)  # by the file's own module names
    metadata: dict[str, str] = field(repr=False)
    dtype: str  # of the stored weights: float32, bfloat16, ...
    size_bytes: int
    unknown: tuple[str, ...] = ()  # keys that are no LoRA weights of FLUX's transformer
    text_encoder: tuple[str, ...] = ()  # keys for the text encoders, which nothing here uses
    notes: tuple[str, ...] = ()  # sentences on what is unusual

    @property
    def rank(self) -> int:
        """The commonest stored rank."""
        return Counter(one.rank for one in self.stored.values()).most_common(1)[0][0]

    @property
    def alpha(self) -> float:
        """The commonest stored alpha; a missing one counts as the rank."""
        return Counter(one.scale * one.rank for one in self.stored.values()).most_common(1)[0][0]

    @property
    def width(self) -> int | None:
        """Hidden size of the transformer that the file was made for; None if its modules do not agree."""
        return width_of(self.modules)

    @property
    def blocks(self) -> tuple[int, int]:
        """At least so many double and single blocks has the transformer that the file was made for."""
        return blocks_of(self.modules)


def width_of(modules: Modules) -> int | None:
    """Hidden size that the shapes imply; None if they do not agree."""
    widths = set()
    for name, (down, up) in modules.items():
        reads = _READS_WIDTH.search(name) or name == "proj_out"
        widths.add(int(down.shape[1] if reads else up.shape[0]))
    return widths.pop() if len(widths) == 1 else None


def blocks_of(names: Iterable[str]) -> tuple[int, int]:
    """One more than the highest number of a double and of a single block among diffusers' module names."""
    counts = {"transformer_blocks": 0, "single_transformer_blocks": 0}
    for name in names:
        stem, _, rest = name.partition(".")
        if stem in counts:
            counts[stem] = max(counts[stem], int(rest.partition(".")[0]) + 1)
    return counts["transformer_blocks"], counts["single_transformer_blocks"]
