"""Reading weights files without running anything that they hold: safetensors, or `.pth` as plain tensors only."""

from __future__ import annotations

import pickle  # only for the name of the error; nothing is unpickled here
import struct
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from thermvision.retarget.liveportrait.layout import STITCHING_NETWORKS
from thermvision.types import InputError

DDP_PREFIX = "module."  # of weights saved from a network that several GPUs shared
# A file that is not what it says may make a parser fail in any of these ways.
UNREADABLE = (
    pickle.UnpicklingError, zipfile.BadZipFile, struct.error, RuntimeError, EOFError, OSError, ValueError, LookupError,
    AttributeError, TypeError, AssertionError, ArithmeticError, MemoryError,
)  # fmt: skip


def read_network(path: Path) -> dict[str, Tensor]:
    """Tensors by name of a file that holds one network (F, M, W or G), in float32 on the CPU.

    InputError: cut off, not a weights file, or a pickle with anything but tensors in it, of which nothing is executed.
    """
    return _tensors(_content(path), path)


def read_stitching(path: Path) -> dict[str, dict[str, Tensor]]:
    """Tensors by name of the stitching file's three networks, by their names in layout.STITCHING_NETWORKS.

    Both published layouts are read: a dict of three state dicts (.pth) and flat names that start with
    `retarget_shoulder_module.` and so on (safetensors). InputError as in read_network, or if a part is missing.
    """
    content = _content(path)
    parts: dict[str, dict[str, Tensor]] = {}
    for name in STITCHING_NETWORKS:
        prefix = f"{name}_module."
        part = content.get(name, {key[len(prefix) :]: content[key] for key in content if key.startswith(prefix)})
        if not part:
            raise InputError(
                f"{path} has no part '{name}' (it has {_some(content)}); expected the published stitching weights of human faces"
            )
        parts[name] = _tensors(part, path)
    return parts


def _content(path: Path) -> dict[str, Any]:
    """The top of the file: a dict with text keys."""
    if not path.is_file():
        raise InputError(
            f"{path} {'is a folder' if path.is_dir() else 'does not exist'}; name a .safetensors or .pth file"
        )
    try:
        content = _safetensors(path) if path.suffix == ".safetensors" else _pth(path)
    except UNREADABLE as error:
        told = " ".join(str(error).split())[:120]
        raise InputError(
            f"{path} cannot be read as weights ({type(error).__name__}: {told}); it is cut off, damaged, or holds more than tensors"
            " (nothing in it was executed): fetch it again, best as safetensors"
        ) from error
    if not isinstance(content, Mapping) or not all(isinstance(key, str) for key in content):
        raise InputError(
            f"{path} holds a {type(content).__name__}, expected tensors by name; fetch the published weights"
        )
    return dict(content)


def _pth(path: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch remarks on kinds of file that it then refuses
        return torch.load(path, map_location="cpu", weights_only=True)


def _safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)  # type: ignore[no-any-return]
    except SafetensorError as error:
        raise ValueError(str(error)) from error


def _tensors(content: Any, path: Path) -> dict[str, Tensor]:
    """State dict without DDP prefix; floating tensors (published ones are float32, copies also float16) become float32."""
    if not isinstance(content, Mapping):
        raise InputError(
            f"{path} holds a {type(content).__name__} where tensors by name are expected; fetch the published weights"
        )
    for key, value in content.items():
        if not isinstance(key, str) or not isinstance(value, Tensor):
            raise InputError(
                f"{path} holds a {type(value).__name__} at '{key}', expected tensors only; fetch the published weights"
            )
    return {
        key.removeprefix(DDP_PREFIX): value.float() if value.is_floating_point() else value
        for key, value in content.items()
    }


def _some(content: Mapping[str, Any]) -> str:
    return ", ".join(list(content)[:3]) or "nothing"
