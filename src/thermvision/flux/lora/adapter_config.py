"""The JSON that diffusers keeps in a LoRA file's metadata: rank and alpha of the adapter."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thermvision.flux.lora.file import Modules
from thermvision.types import InputError

METADATA = "lora_adapter_metadata"
_PREFIX = "transformer."


@dataclass(frozen=True, slots=True)
class AdapterConfig:
    """What the metadata say of the scale."""

    lora_alpha: float | None
    alpha_pattern: dict[str, float]
    rank_stabilised: bool  # scale is alpha / sqrt(rank) instead of alpha / rank

    @classmethod
    def read(cls, path: Path, metadata: dict[str, str]) -> AdapterConfig:
        """From a file's metadata; InputError if the JSON is damaged or describes another kind of adapter."""
        try:
            whole = json.loads(metadata[METADATA])
            values = {
                key.removeprefix(_PREFIX): value for key, value in whole.items() if key.startswith(_PREFIX)
            } or whole
            alpha = values.get("lora_alpha")
            config = cls(
                lora_alpha=None if alpha is None else float(alpha),
                alpha_pattern={str(key): float(value) for key, value in (values.get("alpha_pattern") or {}).items()},
                rank_stabilised=bool(values.get("use_rslora")),
            )
        except (ValueError, TypeError, AttributeError) as error:
            raise InputError(
                f"{path}: the metadata entry {METADATA} is no JSON object of an adapter's settings; save the LoRA again"
            ) from error
        if values.get("use_dora"):
            raise InputError(f"{path} is a DoRA file (it scales whole weights); only plain LoRA is supported")
        return config

    def alpha(self, name: str, rank: int) -> float | None:
        """Alpha of a module so that the scale is alpha / rank; None if nothing is said."""
        # peft's rule: a pattern fits a module's name or its end behind a dot
        own = next((a for key, a in self.alpha_pattern.items() if re.match(rf"(.*\.)?({key})$", name)), self.lora_alpha)
        return own * math.sqrt(rank) if own is not None and self.rank_stabilised else own


def as_text(modules: Modules) -> str:
    """The JSON for a file whose scale is folded: alpha equals the rank in every module."""
    ranks = {name: int(down.shape[0]) for name, (down, _) in modules.items()}
    common = Counter(ranks.values()).most_common(1)[0][0]
    # "^" keeps the outermost proj_out apart from the blocks' proj_out
    pattern = {f"^{re.escape(name)}": rank for name, rank in ranks.items() if rank != common}
    values: dict[str, Any] = {
        "r": common,
        "lora_alpha": common,
        "rank_pattern": pattern,
        "alpha_pattern": dict(pattern),
        "target_modules": sorted(modules),
        "use_dora": False,
        "lora_bias": False,
    }
    return json.dumps({f"{_PREFIX}{key}": value for key, value in values.items()}, indent=2, sort_keys=True)
