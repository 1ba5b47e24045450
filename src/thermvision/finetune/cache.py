"""Encoded pictures and texts, kept by the hash of what went in: a changed caption, picture, size or encoder never meets an old entry."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from thermvision.disk import plain_disk_errors
from thermvision.flux.text import TextEmbedding, TextRule

_WHOLE, _SAMPLED = 1 << 20, 1 << 16  # numbers of a tensor: up to which all are hashed, of how many of larger ones


def module_id(*modules: Any) -> str:
    """Names the weights of torch modules: every small tensor whole, of large ones numbers spread evenly over them."""
    import torch

    digest = hashlib.sha256()
    for module in modules:
        for name, tensor in sorted(module.state_dict().items()):
            digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
            flat = tensor.detach().reshape(-1)
            part = flat if flat.numel() <= _WHOLE else flat[:: flat.numel() // _SAMPLED]
            digest.update(part.contiguous().cpu().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def entry_key(*parts: object) -> str:
    """The name of an entry made of all that decides it."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()


class TensorCache:
    """A folder of safetensors files by key; entries are written whole or not at all and never change."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.made = folder, 0

    def get(self, key: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The tensors of an entry; made and kept if it is new or its file is damaged."""
        from safetensors import SafetensorError
        from safetensors.torch import load, save

        path = self.folder / key[:2] / f"{key}.safetensors"
        try:
            return dict(load(path.read_bytes()))
        except (FileNotFoundError, SafetensorError):
            pass
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in make().items()}
        self.made += 1
        temporary = path.with_name(f".{key}.{os.getpid()}.tmp")
        with plain_disk_errors(self.folder):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                temporary.write_bytes(save(tensors))
                os.replace(temporary, path)
            finally:
                temporary.unlink(missing_ok=True)
        return tensors


def latent_key(pixels: str, size: tuple[int, int], vae: str) -> str:
    """Of a picture's latents at (width, height) px."""
    return entry_key("latent", pixels, size, vae)


def text_key(caption: str, encoder: str, rule: TextRule) -> str:
    """Of a caption's embedding."""
    return entry_key("text", caption, encoder, rule.tokens, rule.padding)


def cached_text(
    cache: TensorCache, caption: str, encoder: str, rule: TextRule, encode: Callable[[str], TextEmbedding]
) -> TextEmbedding:
    """A caption's embedding, from the cache or made now."""
    tensors = cache.get(text_key(caption, encoder, rule), lambda: encode(caption).as_tensors())
    return TextEmbedding.from_tensors(tensors)
