"""Encoded prompts: how long a text may be and how it is padded, and batches of texts of unequal length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from thermvision.types import InputError

Padding = Literal["truncated", "fixed", "minimum"]


@dataclass(frozen=True, slots=True)
class TextRule:
    """What the transformer sees of a text; a model must be asked by the rule it was trained with.

    truncated: the real tokens only, at most `tokens`. fixed: padded to `tokens`, the padding not masked. minimum: padded to at
    least `tokens` and never cut, as ComfyUI does. Other values raise InputError.
    """

    tokens: int = 512
    padding: Padding = "truncated"

    def __post_init__(self) -> None:
        if self.padding not in ("truncated", "fixed", "minimum"):
            raise InputError(f"text_padding is '{self.padding}'; expected truncated, fixed or minimum")
        if not 1 <= self.tokens <= 4096:
            raise InputError(f"text_tokens is {self.tokens}; expected a whole number from 1 to 4096")

    @property
    def limit(self) -> int | None:
        """The most tokens that are kept; None: all."""
        return None if self.padding == "minimum" else self.tokens

    def length(self, tokens: int) -> int:
        """How long a text of so many tokens is for the transformer."""
        if self.padding == "fixed":
            return self.tokens
        return max(tokens, self.tokens) if self.padding == "minimum" else min(tokens, self.tokens)


COMFY_RULE = TextRule(256, "minimum")


@dataclass(frozen=True, slots=True)
class TextEmbedding:
    """Texts for the transformer as torch tensors: B texts of n tokens. Masked tokens have no influence at all."""

    tokens: Any  # (B, n, d)
    pooled: Any  # (B, p), or None where a family has none
    ids: Any  # (n, 3) or (n, 4): places for the rotary embedding, the same for all
    mask: Any = None  # (B, n) bool, True where a token is real; None: all are

    def __len__(self) -> int:
        return int(self.tokens.shape[0])

    def to(self, device: Any = None, dtype: Any = None) -> TextEmbedding:
        """The same on another device or in another number format; ids and mask keep theirs."""
        return replace(
            self,
            tokens=self.tokens.to(device=device, dtype=dtype),
            pooled=None if self.pooled is None else self.pooled.to(device=device, dtype=dtype),
            ids=self.ids.to(device=device),
            mask=None if self.mask is None else self.mask.to(device=device),
        )

    def pick(self, places: Sequence[int]) -> TextEmbedding:
        """The texts at these places, each as often as it is named."""
        wanted = list(places)
        return replace(
            self,
            tokens=self.tokens[wanted],
            pooled=None if self.pooled is None else self.pooled[wanted],
            mask=None if self.mask is None else self.mask[wanted],
        )

    def as_tensors(self) -> dict[str, Any]:
        """Named tensors for a cache file; `from_tensors` reads them."""
        named = {"tokens": self.tokens, "pooled": self.pooled, "ids": self.ids, "mask": self.mask}
        return {name: tensor.contiguous() for name, tensor in named.items() if tensor is not None}

    @classmethod
    def from_tensors(cls, named: dict[str, Any]) -> TextEmbedding:
        """What `as_tensors` gave."""
        return cls(named["tokens"], named.get("pooled"), named["ids"], named.get("mask"))


def batch_texts(texts: Sequence[TextEmbedding]) -> TextEmbedding:
    """One batch of several; shorter ones get zeros behind and a mask. Numerically a mask is the same as no padding at all."""
    import torch

    longest = max(texts, key=lambda text: text.tokens.shape[1])
    length = longest.tokens.shape[1]
    pooled = None if texts[0].pooled is None else torch.cat([text.pooled for text in texts])
    if all(text.tokens.shape[1] == length and text.mask is None for text in texts):
        return TextEmbedding(torch.cat([text.tokens for text in texts]), pooled, longest.ids)
    tokens, masks = [], []
    for text in texts:
        missing = length - text.tokens.shape[1]
        mask = text.mask if text.mask is not None else torch.ones(text.tokens.shape[:2], dtype=torch.bool)
        tokens.append(torch.nn.functional.pad(text.tokens, (0, 0, 0, missing)))
        masks.append(torch.nn.functional.pad(mask.to(text.tokens.device), (0, missing)))
    return TextEmbedding(torch.cat(tokens), pooled, longest.ids, torch.cat(masks))


def attention_mask(text: TextEmbedding, image_tokens: int) -> Any:
    """(B, 1, 1, n + image_tokens) bool for text and picture together; None where nothing is masked."""
    if text.mask is None:
        return None
    import torch

    seen = torch.ones(len(text), image_tokens, dtype=torch.bool, device=text.mask.device)
    return torch.cat([text.mask, seen], dim=1)[:, None, None, :]


def cut_words(tokenizer: Any, text: str, limit: int) -> str:
    """What a limit of so many tokens cuts off a text; empty if it fits."""
    ids = tokenizer(text).input_ids
    if len(ids) <= limit:
        return ""
    special = tokenizer.num_special_tokens_to_add()
    plain = tokenizer(text, add_special_tokens=False).input_ids
    return str(tokenizer.decode(plain[limit - special :])).strip()
