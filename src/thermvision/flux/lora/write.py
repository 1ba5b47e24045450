"""Write a LoRA in any of the layouts so that every reader of that layout applies it with the same scale."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from thermvision.flux.lora import fused
from thermvision.flux.lora.adapter_config import METADATA, as_text
from thermvision.flux.lora.extra import needed
from thermvision.flux.lora.file import LAYOUTS, Layout, Modules
from thermvision.flux.lora.module_map import LAYERS, TITLES, XLABS, Family, Layer, family_of_names, place_of
from thermvision.types import InputError
from thermvision.wording import did_you_mean

DTYPES = ("float32", "bfloat16", "float16")
# Hashes of the weights as they were in another file would be wrong here.
_NOT_KEPT = (METADATA, "sshs_model_hash", "sshs_legacy_hash")


def write_lora(
    path: str | Path,
    modules: Modules,
    metadata: Mapping[str, str],
    layout: Layout = "diffusers",
    *,
    dtype: str | None = None,
    family: Family | None = None,
) -> Path:
    """Write modules (diffusers name -> down (rank, in), up (out, rank), scale folded in) as a safetensors file, whole or not at all.

    `metadata` are strings and are kept; `dtype` (float32, bfloat16, float16) is by default the tensors' own.
    InputError for names or shapes that are none of FLUX's, values that are not finite in `dtype`, modules that the layout cannot
    hold, a name that does not end in .safetensors, or a disk that refuses.
    """
    path = Path(path)
    if path.suffix != ".safetensors":
        raise InputError(f"{path} should be a LoRA file: end its name in .safetensors")
    if layout not in LAYOUTS:
        raise InputError(f"layout is '{layout}'; expected one of {', '.join(LAYOUTS)}{did_you_mean(layout, LAYOUTS)}")
    _refuse_wrong_metadata(metadata)
    tensors = lora_tensors(modules, layout, dtype=dtype, family=family)
    kept = {key: value for key, value in metadata.items() if key not in _NOT_KEPT}
    if layout == "diffusers":
        kept[METADATA] = as_text(modules)
    content = needed("safetensors.torch").save(tensors, metadata={"format": "pt", **kept})
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with _plain_disk_errors(path):
        try:
            temporary.write_bytes(content)
            os.replace(temporary, path)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
    return path


def lora_tensors(
    modules: Modules, layout: Layout, *, dtype: str | None = None, family: Family | None = None
) -> dict[str, Any]:
    """The tensors of a LoRA file by key, as `write_lora` stores them."""
    family = family or _family(modules)
    _refuse_wrong_shapes(modules)
    if layout == "diffusers":
        stored = {f"transformer.{name}": pair for name, pair in modules.items()}
        names = ("lora_A.weight", "lora_B.weight", "")
    elif layout == "xlabs":
        stored, names = _xlabs(modules, family), ("down.weight", "up.weight", "")
    else:
        stored = _fused(modules, family)
        if layout == "kohya":
            stored = {f"lora_unet_{name.replace('.', '_')}": pair for name, pair in stored.items()}
        else:
            stored = {f"diffusion_model.{name}": pair for name, pair in stored.items()}
        # diffusers reads dotted FLUX.2 files only with lora_A and lora_B, dotted FLUX.1 files only with lora_down and lora_up
        peft_names = layout == "bfl" and family == "flux2"
        names = (
            ("lora_A.weight", "lora_B.weight", "") if peft_names else ("lora_down.weight", "lora_up.weight", "alpha")
        )
    torch = needed("torch")
    tensors: dict[str, Any] = {}
    for name, pair in stored.items():
        down, up = _cast(name, pair, dtype)
        tensors[f"{name}.{names[0]}"], tensors[f"{name}.{names[1]}"] = down, up
        if names[2]:
            tensors[f"{name}.{names[2]}"] = torch.tensor(float(down.shape[0]))  # alpha = stored rank: the scale is 1
    return tensors


def _family(modules: Modules) -> Family:
    if not modules:
        raise InputError("a LoRA without modules cannot be written; give at least one")
    family = family_of_names(modules)
    if family is None:
        alien = [name for name in modules if not any(place_of(one, name) for one in LAYERS)]
        raise InputError(
            f"{len(alien)} modules are no layers of a FLUX transformer, such as {', '.join(alien[:3])}"
            if alien
            else "modules of FLUX.1 and of FLUX.2 cannot be in one LoRA"
        )
    return family


def _refuse_wrong_metadata(metadata: Mapping[str, str]) -> None:
    wrong = next(
        (key for key, value in metadata.items() if not isinstance(key, str) or not isinstance(value, str)), None
    )
    if wrong is not None:
        raise InputError(
            f"metadata {wrong} is {metadata[wrong]!r}; a safetensors file holds text only, so give it as a string"
        )


def _refuse_wrong_shapes(modules: Modules) -> None:
    for name, (down, up) in modules.items():
        if down.ndim != 2 or up.ndim != 2 or down.shape[0] != up.shape[1]:
            raise InputError(
                f"{name} has a down weight of shape {tuple(down.shape)} and an up weight of shape {tuple(up.shape)};"
                " expected (rank, inputs) and (outputs, rank)"
            )


def _groups(modules: Modules, family: Family) -> Iterator[tuple[Layer, str, dict[int, tuple[Any, Any]]]]:
    """Modules by the fused layer they are parts of: layer, block, pairs by part."""
    groups: dict[tuple[str, str], tuple[Layer, str, dict[int, tuple[Any, Any]]]] = {}
    for name, pair in modules.items():
        place = place_of(family, name)
        if place is None:
            raise InputError(f"{name} is no layer of {TITLES[family]}")
        groups.setdefault((place.layer.bfl, place.block), (place.layer, place.block, {}))[2][place.parts[0]] = pair
    yield from groups.values()


def _one_pair(layer: Layer, block: str, parts: dict[int, tuple[Any, Any]], count: int) -> tuple[Any, Any]:
    """The pair of a fused layer, or of its first `count` parts."""
    if not layer.widths:
        down, up = parts[0]
        return down, fused.swap_halves(up) if layer.halves_swapped else up
    width = int(next(iter(parts.values()))[0].shape[1])
    rows = [one * width for one in layer.widths[:count]]
    for part, (down, up) in parts.items():
        if down.shape[1] != width or up.shape[0] != rows[part]:
            raise InputError(
                f"{layer.names(block)[part]} maps {down.shape[1]} to {up.shape[0]} values; with a width of {width} expected"
                f" {width} to {rows[part]}"
            )
    return fused.fuse([parts.get(part) for part in range(count)], rows)


def _fused(modules: Modules, family: Family) -> dict[str, tuple[Any, Any]]:
    """Pairs by the layer's name in Black Forest Labs' code."""
    return {
        layer.bfl.replace("{i}", block): _one_pair(layer, block, parts, len(layer.parts))
        for layer, block, parts in _groups(modules, family)
    }


def _xlabs(modules: Modules, family: Family) -> dict[str, tuple[Any, Any]]:
    """Pairs by XLabs' names; InputError naming the modules that are not attention."""
    if family != "flux1":
        raise InputError(f"the XLabs layout is for FLUX.1 only, this LoRA is for {TITLES[family]}; choose diffusers")
    names = {bfl: (spelling, count) for spelling, (bfl, count) in XLABS.items()}
    stored, left = {}, []
    for layer, block, parts in _groups(modules, family):
        spelling, count = names.get(layer.bfl, ("", 0))
        left += [layer.names(block)[part] for part in parts if part >= count]
        if not left:
            stored[spelling.replace("{i}", block)] = _one_pair(layer, block, parts, count)
    if left:
        raise InputError(
            f"the XLabs layout holds attention layers only; {len(left)} of {len(modules)} modules do not fit in, such as"
            f" {', '.join(left[:3])}; choose kohya, bfl or diffusers"
        )
    return stored


def _cast(name: str, pair: tuple[Any, Any], dtype: str | None) -> tuple[Any, Any]:
    """Down and up in the wanted type, contiguous; InputError if a value does not fit in."""
    torch = needed("torch")
    if dtype is not None and dtype not in DTYPES:
        raise InputError(f"dtype is '{dtype}'; expected one of {', '.join(DTYPES)}{did_you_mean(dtype, DTYPES)}")
    down, up = (one.detach().cpu() for one in pair)
    wanted = getattr(torch, dtype) if dtype else up.dtype
    if wanted == torch.float16:
        down, up = _balanced(down, up)
    down, up = (one.to(wanted).contiguous().clone() for one in (down, up))
    if not all(bool(torch.isfinite(one).all()) for one in (down, up)):
        raise InputError(
            f"{name} holds values that are not finite in {wanted}; save it as float32 or mend the training"
        )
    return down, up


def _balanced(down: Any, up: Any) -> tuple[Any, Any]:
    """The same product with both factors of like size, by a power of two, so that float16 loses nothing to underflow."""
    torch = needed("torch")
    down, up = down.float(), up.float()
    largest = [float(one.abs().max()) if one.numel() else 0.0 for one in (down, up)]
    if not all(0.0 < one < float("inf") for one in largest):
        return down, up
    power = round(float(torch.log2(torch.tensor(largest[0] / largest[1]))) / 2.0)
    return down * 2.0**-power, up * 2.0**power


@contextlib.contextmanager
def _plain_disk_errors(path: Path) -> Iterator[None]:
    """Turn what the system says of a disk into one sentence with the remedy."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise InputError(
                f"the disk of {path} is full; what was there before stays, free some space and save again"
            ) from error
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        raise InputError(f"{path} cannot be written ({reason}); choose a file in a folder you may write to") from error
