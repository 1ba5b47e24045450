"""From argument lists to validated settings: tyro reads the flags, pydantic checks, one sentence says what is wrong."""

from __future__ import annotations

import contextlib
import io
import itertools
import re
from dataclasses import dataclass
from typing import TypeVar

import tyro
from pydantic import BaseModel

from thermvision.types import InputError
from thermvision.wording import expected

Model = TypeVar("Model", bound=BaseModel)
_FRAME = re.compile(
    r"[\u2500-\u257f]+|-{6,}|\x1b\[[0-9;]*m"
)  # drawn with lines, or with dashes where the output is not UTF-8
_VALIDATION = re.compile(
    r"validation errors? for \w+ (?:(?P<field>[\w.]+) )?(?P<what>[A-Z].*?) \[type=\w+, input_value=(?P<value>.*?), input_type"
)
_PARSING = re.compile(r"(?:Error parsing|Missing value for argument) '?(--[\w-]+)'?")
_CHOICE = re.compile(r"[Ii]nvalid choice '(.*?)' for argument '(.*?)'")


@dataclass(frozen=True, slots=True)
class Common:
    """Options that every verb has."""

    json: bool  # print the result as JSON
    dry_run: bool  # say what would be done and do nothing
    config: str | None  # YAML file with settings


def take_common(argv: list[str], *, takes_config: bool) -> tuple[list[str], Common]:
    """Split the options that every verb has from the verb's own."""
    rest, found, items = [], {"--json": False, "--dry-run": False}, iter(argv)
    config = None
    for item in items:
        if item in found:
            found[item] = True
        elif takes_config and item.partition("=")[0] == "--config":
            config = item.partition("=")[2] or next(items, None)
            if config is None:
                raise InputError("--config needs a file")
        else:
            rest.append(item)
    return rest, Common(found["--json"], found["--dry-run"], config)


def parse(model: type[Model], argv: list[str], verb: str, default: Model | None = None) -> Model:
    """A verb's own options; InputError in one sentence for what does not fit. --help prints and leaves with code 0."""
    _nothing_left_out(model, argv, verb)
    wrong = io.StringIO()
    try:
        with contextlib.redirect_stderr(wrong):
            asked: Model = tyro.cli(model, args=argv, prog=f"thermvision {verb}", default=default)  # type: ignore[arg-type, assignment]
            return asked
    except SystemExit as leaving:
        if not leaving.code:
            raise
        sentence = _sentence(wrong.getvalue(), model, argv)
        raise InputError(f"{verb}: {sentence}; see `thermvision {verb} --help`") from leaving


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _nothing_left_out(model: type[BaseModel], argv: list[str], verb: str) -> None:
    """Refuse a flag without a value, which a shell leaves of an empty variable; a field's `may_be_empty` lets an empty word pass."""
    flags = {_flag(name): name for name, field in model.model_fields.items() if field.annotation is not bool}
    every = {_flag(name) for name in model.model_fields}
    for word, following in itertools.zip_longest(argv, argv[1:]):
        flag, assigned, value = word.replace("_", "-").partition("=")
        given = value if assigned else (None if following in every else following)
        if flag in flags and not given and not (given == "" and _may_be_empty(model, flags[flag])):
            raise InputError(f"{verb}: {flag} has no value; expected {expected(model, flags[flag])}")


def _may_be_empty(model: type[BaseModel], name: str) -> bool:
    extra = model.model_fields[name].json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("may_be_empty"))


def _sentence(box: str, model: type[BaseModel], argv: list[str]) -> str:
    """Tyro's framed complaint as plain words."""
    lines = [" ".join(_FRAME.sub(" ", line).split()) for line in box.splitlines()]
    lines = [line for line in lines if line and not line.startswith("For full helptext")][1:]  # the first is the title
    text = " ".join(lines)
    if complaint := _VALIDATION.search(text):
        if complaint["field"]:
            name = complaint["field"].split(".")[0]
            return f"{_flag(name)} is {complaint['value']}; expected {expected(model, name, complaint['value'])}"
        what = complaint["what"].removeprefix("Value error, ")
        return what[0].lower() + what[1:]
    if text.startswith("Unrecognized"):
        unknown = text.partition(":")[2].split("Perhaps")[0].strip()
        flags = [word for word in re.split(r"[,\s]+", unknown) if word.startswith("-")]
        if not flags:
            return f"'{unknown}' is one word too many"
        hints = [flag for flag in re.findall(r"--[\w-]+", text) if flag not in unknown]
        return f"unknown option {', '.join(flags)}" + (f"; did you mean {hints[0]}?" if hints else "")
    if text.startswith("Missing") and not _PARSING.search(text):
        return f"{text.partition(':')[2].split()[0].strip('{}').replace(',', ' or ')} is missing"
    if choice := _CHOICE.search(text):
        name = choice[2].removeprefix("--").replace("-", "_")
        return f"{choice[2]} is '{choice[1]}'; expected {expected(model, name, choice[1])}"
    if (flag := _PARSING.search(text)) and (name := flag[1][2:].replace("-", "_")) in model.model_fields:
        return f"{flag[1]} is '{_values(flag[1], argv)}'; expected {expected(model, name)}"
    return text.split(" Argument helptext")[0]


def _values(flag: str, argv: list[str]) -> str:
    """What stands behind a flag."""
    for place, word in enumerate(argv):
        if word.replace("_", "-").partition("=")[0] == flag:
            behind = itertools.takewhile(lambda one: not one.startswith("--"), argv[place + 1 :])
            return word.partition("=")[2] or " ".join(behind)
    return ""
