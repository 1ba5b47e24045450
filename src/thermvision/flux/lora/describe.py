"""What a LoRA file is, in numbers: for people and for programs."""

from __future__ import annotations

from collections import Counter
from typing import Any

from thermvision.flux.lora.extra import needed
from thermvision.flux.lora.file import LoraFile
from thermvision.flux.lora.module_map import TITLES, kind

_SHOWN_CHARACTERS = 100  # of a metadata value in the text for people


def facts(file: LoraFile) -> dict[str, Any]:
    """All that the file says, ready for JSON."""
    double, single = file.blocks
    scales = Counter(round(one.scale, 9) for one in file.stored.values())
    return {
        "file": str(file.path),
        "size_bytes": file.size_bytes,
        "dtype": file.dtype,
        "layout": file.layout,
        "family": file.family,
        "width": file.width,
        "double_blocks": double,
        "single_blocks": single,
        "rank": file.rank,
        "alpha": file.alpha,
        "scales": {f"{scale:g}": count for scale, count in sorted(scales.items())},
        "stored_modules": len(file.stored),
        "modules": len(file.modules),
        "modules_by_kind": dict(sorted(Counter(map(kind, file.modules)).items())),
        "parameters": sum(down.numel() + up.numel() for down, up in file.modules.values()),
        "unknown_keys": list(file.unknown),
        "text_encoder_keys": list(file.text_encoder),
        "metadata": dict(sorted(file.metadata.items())),
        "notes": list(file.notes),
    }


def lines(found: dict[str, Any]) -> list[str]:
    """The facts as lines of text."""
    width = found["width"] or "unclear (its modules do not agree)"
    scales = ", ".join(f"{scale} in {count} modules" for scale, count in found["scales"].items())
    text = [
        f"{found['file']}: {found['size_bytes'] / 1e6:.2f} MB, {found['dtype']}",
        f"layout: {found['layout']}",
        f"made for: {TITLES[found['family']]}, width {width}, at least {found['double_blocks']} double and"
        f" {found['single_blocks']} single blocks",
        f"rank {found['rank']}, alpha {found['alpha']:g}, scale {scales}",
        f"modules: {found['stored_modules']} stored, {found['modules']} in diffusers, {found['parameters']:,} parameters there",
        *(f"  {count:>4} {name}" for name, count in found["modules_by_kind"].items()),
    ]
    if found["metadata"]:
        text.append("metadata:")
        text += [f"  {key}: {_short(value)}" for key, value in found["metadata"].items()]
    if unknown := found["unknown_keys"]:
        shown = ", ".join(unknown[:5]) + (", ..." if len(unknown) > 5 else "")
        text.append(f"{len(unknown)} keys are no LoRA weights of this family: {shown}")
    return text + [f"note: {note}" for note in found["notes"]]


def norms_by_kind(file: LoraFile) -> dict[str, float]:
    """Root sum of squares of the change of the weights at strength 1, by what the modules do."""
    squares: dict[str, float] = {}
    for name, pair in file.modules.items():
        squares[kind(name)] = squares.get(kind(name), 0.0) + change_norm(*pair) ** 2
    return {name: square**0.5 for name, square in sorted(squares.items())}


def change_norm(down: Any, up: Any) -> float:
    """Frobenius norm of up @ down, without the product."""
    torch = needed("torch")
    down, up = down.double(), up.double()
    return float(torch.sum((up.T @ up) * (down @ down.T)).clamp(min=0.0)) ** 0.5


def _short(value: str) -> str:
    flat = " ".join(value.split())
    return flat if len(flat) <= _SHOWN_CHARACTERS else flat[: _SHOWN_CHARACTERS - 3] + "..."
