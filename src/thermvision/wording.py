"""What a setting expects, in words, read from the field that declares it: the same for flags and for YAML."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` if a known word is close, else nothing."""
    by_lower = {one.lower(): one for one in known}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return f"; did you mean '{by_lower[close[0]]}'?" if close else ""


def expected(model: type[BaseModel], name: str, given: str = "") -> str:
    """What the field `name` of a model takes: `a whole number from 1 to 100000`; with a hint for a misspelt choice."""
    field = model.model_fields[name]
    kind: Any = field.annotation
    if get_origin(kind) is not None and type(None) in get_args(kind):  # unset is what leaving it out gives
        others = [one for one in get_args(kind) if one is not type(None)]
        kind = others[0] if len(others) == 1 else kind
    if get_origin(kind) is Literal:
        return f"one of {', '.join(get_args(kind))}{did_you_mean(given, get_args(kind))}"
    low = next((bound.ge for bound in field.metadata if hasattr(bound, "ge")), None)
    high = next((bound.le for bound in field.metadata if hasattr(bound, "le")), None)
    return _kind(kind) + _bounds(low, high)


def _kind(kind: Any) -> str:
    if get_origin(kind) is not None and type(None) in get_args(kind):
        kind = Union[tuple(one for one in get_args(kind) if one is not type(None))]  # noqa: UP007
    if get_origin(kind) is tuple:
        inside = get_args(kind)
        if Ellipsis in inside:
            return "a list, such as [one, another]"
        return f"{len(inside)} numbers"
    return {int: "a whole number", float: "a number", Path: "a path"}.get(kind, "a word")


def _bounds(low: Any, high: Any) -> str:
    if low is not None and high is not None:
        return f" from {low} to {high}"
    return f", {low} or more" if low is not None else ""


def complaint(error: ValidationError, where: str, model: type[BaseModel]) -> str:
    """The first complaint of a validation as one sentence: field, value, what was expected and `where` it was given."""
    first = error.errors()[0]
    field = str(first["loc"][0]) if first["loc"] else ""
    if first["type"] == "extra_forbidden":
        return f"{where}: setting '{field}' is not known{did_you_mean(field, model.model_fields)}"
    if first["type"] == "missing":
        return f"{where}: {field} is missing; give it with --{field}"
    if not field:
        return f"{where}: {first['msg'].removeprefix('Value error, ')}"
    value = first["input"]
    return f"{where}: {field} is {'empty' if value is None else repr(value)}; expected {expected(model, field, str(value))}"
