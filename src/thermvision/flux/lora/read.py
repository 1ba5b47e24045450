"""Read a LoRA file of any layout: which modules it changes and by how much, or one sentence on why it cannot be used."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from thermvision.flux.lora import fused
from thermvision.flux.lora.adapter_config import METADATA, AdapterConfig
from thermvision.flux.lora.extra import needed
from thermvision.flux.lora.file import Layout, LoraFile, Modules, Stored
from thermvision.flux.lora.keys import DORA, TEXT_ENCODER, Key, layout_of, take_apart, what_else
from thermvision.flux.lora.module_map import FAMILIES, TITLES, Family, Place, find
from thermvision.types import InputError

_PICKLES = (".pt", ".pth", ".ckpt", ".bin", ".pkl")


@dataclass
class _Raw:
    """The tensors of one stored module."""

    key: Key
    tensors: dict[str, Any] = field(default_factory=dict)  # by role
    keys: dict[str, str] = field(default_factory=dict)  # by role


def read_lora(path: str | Path, *, strict: bool = True) -> LoraFile:
    """Read a safetensors LoRA of FLUX.1 or FLUX.2 in the diffusers, kohya, XLabs or Black Forest Labs layout, for any width.

    InputError for a file that is missing, damaged, a pickle, DoRA, incomplete, not finite or without LoRA weights of FLUX;
    with `strict` also if it holds any key that is not understood, else those are listed in `unknown`.
    """
    path = Path(path)
    tensors, metadata = _tensors(path)
    if any(DORA.search(key) for key in tensors):
        raise InputError(
            f"{path} is a DoRA file (it scales whole weights); only plain LoRA is supported, so train or export it without DoRA"
        )
    raw, text_encoder, unknown = _sorted_out(path, tensors)
    family = _family(raw, metadata)
    places = {name: place for name, one in raw.items() if (place := find(family, one.key.module))}
    unknown += [key for name in raw.keys() - places.keys() for key in raw[name].keys.values()]
    if not places:
        raise InputError(f"{path} holds no LoRA weights of a FLUX transformer{_examples(list(tensors))}")
    if strict and unknown:
        raise InputError(
            f"{path} holds {len(unknown)} of {len(tensors)} keys that belong to no layer of {TITLES[family]}"
            f"{_examples(unknown)}; use a plain LoRA file or remove them"
        )
    used = {name: raw[name] for name in places}
    layouts = Counter(layout_of(one.key) for one in used.values())
    layout: Layout = layouts.most_common(1)[0][0]
    notes = [f"keys of several layouts in one file: {', '.join(sorted(layouts))}"] if len(layouts) > 1 else []
    alphas = _alphas(path, used, places, metadata, layout, notes)
    modules: Modules = {}
    stored: dict[str, Stored] = {}
    for name, one in used.items():
        down, up = _pair(path, one)
        stored[name] = Stored(int(down.shape[0]), alphas[name])
        up *= stored[name].scale
        for module, pair in _in_diffusers(path, one, places[name], down, up):
            if module in modules:
                raise InputError(
                    f"{path} holds two sets of weights for {module}, such as {one.keys['down']}; remove one"
                )
            modules[module] = pair
    _refuse_not_finite(path, modules)
    if re.search(r'"split_qkv":\s*"?true', metadata.get("ss_network_args", ""), re.IGNORECASE):
        notes.append(
            "trained with split_qkv, whose files keep alpha while the rank of fused layers grows 3 or 4 times; like every reader"
            " this one applies these layers by what the file says, so weaker than in training"
        )
    if text_encoder:
        notes.append(
            f"{len(text_encoder)} keys change text encoders, such as {text_encoder[0]}; they are kept apart and not used"
        )
    return LoraFile(
        path=path,
        layout=layout,
        family=family,
        modules=modules,
        stored=stored,
        metadata=metadata,
        dtype=Counter(str(one.tensors["down"].dtype).removeprefix("torch.") for one in used.values()).most_common(1)[0][
            0
        ],
        size_bytes=path.stat().st_size,
        unknown=tuple(sorted(unknown)),
        text_encoder=tuple(text_encoder),
        notes=tuple(notes),
    )


def _tensors(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """All tensors on the CPU and the metadata strings."""
    if path.is_dir():
        files = sorted(path.glob("*.safetensors"))
        raise InputError(f"{path} is a folder; give a LoRA file{f', such as {files[0]}' if files else ''}")
    if not path.exists():
        raise InputError(f"{path} does not exist; give a LoRA file that ends in .safetensors")
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); mend its permissions") from error
    is_safetensors = head[8:9] == b"{"  # behind the length of the header, whose bytes may be those of a pickle
    looks_pickled = head.startswith((b"PK\x03\x04", b"\x80\x02", b"\x80\x04"))
    if not is_safetensors and (path.suffix.lower() in _PICKLES or looks_pickled):
        raise InputError(
            f"{path} is a pickle, which can run any program when it is opened; take the .safetensors file of the same LoRA"
            " or convert it where you trust it"
        )
    if head.startswith(b"version https://git-lfs"):
        raise InputError(f"{path} is only a Git LFS pointer; fetch the file itself with git lfs pull")
    safetensors = needed("safetensors")
    try:
        with safetensors.safe_open(str(path), framework="pt", device="cpu") as opened:
            return {key: opened.get_tensor(key) for key in opened.keys()}, dict(opened.metadata() or {})  # noqa: SIM118
    except (safetensors.SafetensorError, OSError, ValueError, RuntimeError) as error:
        raise InputError(
            f"{path} is no whole safetensors file ({' '.join(str(error).split())}); copy or download it again"
        ) from error


def _sorted_out(path: Path, tensors: dict[str, Any]) -> tuple[dict[str, _Raw], list[str], list[str]]:
    """Tensors by module, keys of text encoders, and keys that are neither."""
    raw: dict[str, _Raw] = {}
    text_encoder, unknown = [], []
    for name, tensor in tensors.items():
        key = take_apart(name)
        if TEXT_ENCODER.match(name):
            text_encoder.append(name)
        elif key is None:
            unknown.append(name)
        else:
            one = raw.setdefault(key.module, _Raw(key))
            if key.role in one.tensors:
                raise InputError(f"{path} holds both {one.keys[key.role]} and {name}, the same weights; remove one")
            one.tensors[key.role], one.keys[key.role] = tensor, name
    return raw, text_encoder, unknown


def _family(raw: dict[str, _Raw], metadata: dict[str, str]) -> Family:
    """FLUX.1 or FLUX.2, whichever knows more of the modules by name and shape; the metadata decides a draw."""
    said = metadata.get("modelspec.architecture", "").lower().replace("-", "").replace(".", "")
    order = tuple(reversed(FAMILIES)) if "flux2" in said else FAMILIES
    return max(
        order, key=lambda family: sum(_fits(family, one) for one in raw.values())
    )  # max keeps the first of equals


def _fits(family: Family, one: _Raw) -> bool:
    place = find(family, one.key.module)
    if place is None:
        return False
    inside, outside = _sizes(one)
    ratio = {  # the layers that both have under one name but with other sizes, as multiples of the width
        "single_blocks.{i}.linear1": {"flux1": 7 * inside == outside, "flux2": 9 * inside == outside},
        "single_blocks.{i}.linear2": {"flux1": inside == 5 * outside, "flux2": inside == 4 * outside},
        "double_blocks.{i}.img_mlp.0": {"flux1": outside == 4 * inside, "flux2": outside == 6 * inside},
        "double_blocks.{i}.txt_mlp.0": {"flux1": outside == 4 * inside, "flux2": outside == 6 * inside},
        "double_blocks.{i}.img_mlp.2": {"flux1": inside == 4 * outside, "flux2": inside == 3 * outside},
        "double_blocks.{i}.txt_mlp.2": {"flux1": inside == 4 * outside, "flux2": inside == 3 * outside},
    }
    return ratio.get(place.layer.bfl, {}).get(family, True)


def _sizes(one: _Raw) -> tuple[int, int]:
    """Input and output size as far as the tensors are there and are matrices, else 0."""
    down, up = one.tensors.get("down"), one.tensors.get("up")
    return (
        int(down.shape[1]) if down is not None and down.ndim == 2 else 0,
        int(up.shape[0]) if up is not None and up.ndim == 2 else 0,
    )


def _alphas(
    path: Path,
    used: dict[str, _Raw],
    places: dict[str, Place],
    metadata: dict[str, str],
    layout: Layout,
    notes: list[str],
) -> dict[str, float | None]:
    """The alpha of each stored module: its own tensor, else what the adapter's metadata say, else None."""
    config = AdapterConfig.read(path, metadata) if METADATA in metadata else None
    alphas: dict[str, float | None] = {}
    for name, one in used.items():
        if "alpha" in one.tensors:
            tensor = one.tensors["alpha"]
            if tensor.numel() != 1:
                raise InputError(f"{path}: {one.keys['alpha']} should be one number and holds {tensor.numel()}")
            alphas[name] = float(tensor.float())
        elif config is not None and "down" in one.tensors:
            alphas[name] = config.alpha(places[name].names[0], int(one.tensors["down"].shape[0]))
        else:
            alphas[name] = None
    if config is not None and any("alpha" in one.tensors for one in used.values()):
        notes.append(
            "alpha stands in tensors and in lora_adapter_metadata; the tensors are used, and diffusers refuses such a file"
        )
    missing = sum(alpha is None for alpha in alphas.values())
    if missing and layout != "xlabs":  # XLabs never has one
        share = "no alpha is given" if missing == len(alphas) else f"{missing} of {len(alphas)} modules have no alpha"
        notes.append(f"{share}; it is taken as the rank, so the scale is 1")
    return alphas


def _pair(path: Path, one: _Raw) -> tuple[Any, Any]:
    """float32 copies of down (rank, in) and up (out, rank)."""
    for role in ("down", "up"):
        if role not in one.tensors:
            there = next(iter(one.keys.values()))
            raise InputError(f"{path} is incomplete: {there} has no {role} weight beside it; export the LoRA again")
    matrices = []
    for role in ("down", "up"):
        tensor = one.tensors[role]
        if tensor.ndim == 4 and tensor.shape[2:] == (1, 1):  # a linear layer written as a 1 x 1 convolution
            tensor = tensor[:, :, 0, 0]
        if tensor.ndim != 2:
            raise InputError(
                f"{path}: {one.keys[role]} has the shape {tuple(tensor.shape)}; a LoRA of FLUX holds matrices only"
            )
        matrices.append(tensor.float().clone())
    down, up = matrices
    if down.shape[0] != up.shape[1] or not down.shape[0]:
        raise InputError(
            f"{path}: {one.keys['down']} has rank {down.shape[0]} and {one.keys['up']} rank {up.shape[1]}; they should agree"
        )
    return down, up


def _in_diffusers(path: Path, one: _Raw, place: Place, down: Any, up: Any) -> list[tuple[str, tuple[Any, Any]]]:
    """The pairs of diffusers' modules that a stored module stands for."""
    in_diffusers_order = one.key.module in (place.names[0], place.names[0].replace(".", "_"))
    if place.layer.halves_swapped and not in_diffusers_order:
        up = fused.swap_halves(up)
    if len(place.parts) == 1:
        return [(place.names[0], (down, up))]
    width = int(down.shape[1])
    rows = [count * width for count in place.widths]
    if sum(rows) != up.shape[0]:
        raise InputError(
            f"{path}: {one.keys['up']} has {up.shape[0]} rows; with {width} inputs it should have {sum(rows)}, so this is no layer of FLUX.1"
        )
    parts = fused.split(down, up, rows)
    return [(name, pair) for name, pair in zip(place.names, parts, strict=True) if pair is not None]


def _refuse_not_finite(path: Path, modules: Modules) -> None:
    torch = needed("torch")
    bad = [name for name, pair in modules.items() if not all(bool(torch.isfinite(one).all()) for one in pair)]
    if bad:
        raise InputError(
            f"{path} holds weights that are not finite in {len(bad)} of {len(modules)} modules, such as {bad[0]};"
            " its training broke down, so take an earlier checkpoint"
        )


def _examples(keys: list[str]) -> str:
    """`: a, b, c and 12 more (they look like LoKr weights)`."""
    if not keys:
        return ", it is empty"
    shown = ", ".join(sorted(keys)[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
    kinds = what_else(keys)
    return f": {shown}" + (f" (they look like {kinds})" if kinds else "")
