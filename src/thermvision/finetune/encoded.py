"""Pictures as latents and captions as embeddings, encoded once, kept on disk, and in memory as far as there is room."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from thermvision.finetune.batches import Item, torch_stream
from thermvision.finetune.buckets import BucketRule, fit, sizes_for
from thermvision.finetune.cache import TensorCache, cached_text, latent_key, module_id
from thermvision.finetune.pictures import Picture, has_colours, pixel_hash
from thermvision.flux.load import OpenedModel
from thermvision.flux.text import TextEmbedding, TextRule
from thermvision.types import InputError

_IN_MEMORY = 2 << 30  # bytes of latents

Report = Callable[[str, int, int], None]


@dataclass
class Encoded:
    """What training reads: latents (c, h, w) of items, embeddings of captions."""

    items: list[Item]
    pictures: list[Picture]
    hashes: list[str]  # of the pictures' pixels
    cache: TensorCache
    keys: dict[Item, str]
    texts: dict[str, TextEmbedding]
    coloured: int = 0  # pictures whose colours are no greys
    _held: dict[str, Any] = field(default_factory=dict)
    _bytes: int = 0

    def latents(self, item: Item) -> Any:
        """(c, rows, columns), float32."""
        key = self.keys[item]
        if key in self._held:
            return self._held[key]
        latents = self.cache.get(key, _lost)["latents"]
        if self._bytes < _IN_MEMORY:
            self._held[key] = latents
            self._bytes += latents.numel() * latents.element_size()
        return latents


def encode_pictures(
    opened: OpenedModel, pictures: list[Picture], rule: BucketRule, cache: TensorCache, device: str, report: Report
) -> Encoded:
    """Latents of every picture at every size it is used at. InputError on pictures that cannot be read or are too small."""
    import torch

    vae = module_id(opened.pipeline.vae)
    encoded, wrong, small = Encoded([], pictures, [], cache, {}, {}), [], 0
    with torch.no_grad(), placed(opened.pipeline.vae, device):
        for number, picture in enumerate(pictures):
            report("pictures", number + 1, len(pictures))
            try:
                unit = picture.unit()
            except InputError as error:
                wrong.append(str(error))
                encoded.hashes.append("")
                continue
            content = pixel_hash(unit)
            encoded.hashes.append(content)
            encoded.coloured += has_colours(unit)
            sizes = sizes_for(unit.shape[1], unit.shape[0], rule)
            small += not sizes
            for width, height in sizes:
                item, key = Item(number, width, height), latent_key(content, (width, height), vae)

                def make(unit: Any = unit, size: tuple[int, int] = (width, height), key: str = key) -> dict[str, Any]:
                    batch = torch.from_numpy(fit(unit, *size))[None].to(device)
                    generator = torch_stream(0, key)  # the posterior is drawn from once, the same for ever
                    return {"latents": opened.family.encode_picture(opened.pipeline, batch, generator)[0].float()}

                cache.get(key, make)
                encoded.items.append(item)
                encoded.keys[item] = key
    if wrong:
        more = f" ({len(wrong) - 1} more of {len(pictures)} pictures cannot be used either)" if len(wrong) > 1 else ""
        raise InputError(wrong[0] + more)
    if small == len(pictures):
        least = max(rule.min_side, rule.step)
        raise InputError(
            f"all {small} pictures are smaller than {least} px a side; give larger ones, a smaller --resolution, or upscale"
        )
    return encoded


def encode_texts(
    opened: OpenedModel, captions: list[str], rule: TextRule, cache: TensorCache, device: str, report: Report
) -> dict[str, TextEmbedding]:
    """Embeddings of all captions, each by itself."""
    import torch

    pipeline = opened.pipeline
    encoders = [
        one for name in ("text_encoder", "text_encoder_2") if (one := getattr(pipeline, name, None)) is not None
    ]
    name = module_id(*encoders)
    found = {}
    with contextlib.ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        for encoder in encoders:
            stack.enter_context(placed(encoder, device))
        for number, caption in enumerate(wanted := list(dict.fromkeys(captions))):
            report("captions", number + 1, len(wanted))
            found[caption] = cached_text(
                cache, caption, name, rule, lambda text: opened.family.encode_text(pipeline, [text], [text], rule)
            )
    return found


@contextlib.contextmanager
def placed(module: Any, device: str) -> Iterator[None]:
    """Have a module on a device for a while, and its memory back afterwards."""
    import torch

    before = next(module.parameters()).device
    module.to(device)
    try:
        yield
    finally:
        module.to(before)
        if str(device).startswith("cuda"):
            torch.cuda.empty_cache()


def _lost() -> dict[str, Any]:
    raise InputError("an entry of the cache of latents was removed while training; run the same command again")
