"""What a model folder says of itself in `thermvision.json`: how to ask it and what its greys mean in kelvin."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from thermvision.flux.span import Span
from thermvision.flux.text import TextRule
from thermvision.types import InputError

FILE = "thermvision.json"


@dataclass(frozen=True, slots=True)
class ModelAbout:
    """Contents of thermvision.json; None where it says nothing, which is everything in a folder without one."""

    name: str | None = None
    family: str | None = None
    text: TextRule | None = None  # how texts were padded in training
    span: Span | None = None
    size_px: int | None = None
    steps: int | None = None
    true_cfg: float | None = None
    negative_prompt: str | None = None  # what true CFG leads away from where nobody says
    guidance: float | None = None
    sampling: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The same as `thermvision.json` holds it."""
        return {
            "name": self.name,
            "family": self.family,
            **({"text_tokens": self.text.tokens, "text_padding": self.text.padding} if self.text else {}),
            **({"span_c": [self.span.low_c, self.span.high_c]} if self.span else {}),
            "size_px": self.size_px,
            "steps": self.steps,
            "true_cfg_scale": self.true_cfg,
            "negative_prompt": self.negative_prompt,
            "guidance_scale": self.guidance,
            "sampling": self.sampling,
        }


def read_about(folder: Path) -> ModelAbout:
    """Read it; a folder without one gives an empty one, one that cannot be understood raises InputError."""
    path = folder / FILE
    if not path.is_file():
        return ModelAbout()
    try:
        told: dict[str, Any] = json.loads(path.read_text())
        return _parse(told)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"{path} cannot be understood ({' '.join(str(error).split())}); mend or remove it") from error


def _parse(told: dict[str, Any]) -> ModelAbout:
    span, tokens = told.get("span_c"), told.get("text_tokens")
    sampling = told.get("sampling") or {}
    if not isinstance(sampling, dict):
        raise InputError(f"sampling is {sampling!r}; expected named settings")
    negative_prompt = told.get("negative_prompt")
    if not isinstance(negative_prompt, str | None):
        raise InputError(f"negative_prompt is {negative_prompt!r}; expected a text")
    return ModelAbout(
        name=told.get("name"),
        family=told.get("family"),
        text=None if tokens is None else TextRule(int(tokens), told.get("text_padding", "truncated")),
        span=None if span is None else Span(*(float(end) for end in span)),
        size_px=_number(told, "size_px", int),
        steps=_number(told, "steps", int),
        true_cfg=_number(told, "true_cfg_scale", float),
        negative_prompt=negative_prompt,
        guidance=_number(told, "guidance_scale", float),
        sampling=sampling,
    )


def _number(told: dict[str, Any], name: str, kind: Any) -> Any:
    value = told.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not value > 0:
        raise InputError(f"{name} is {value!r}; expected a number above 0")
    return kind(value)
