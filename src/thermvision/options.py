"""From argument lists to validated settings: tyro reads the flags, pydantic checks, one sentence says what is wrong."""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import dataclass
from typing import TypeVar

import tyro
from pydantic import BaseModel

from thermvision.types import InputError

Model = TypeVar("Model", bound=BaseModel)
_FRAME = re.compile(r"[\u2500-\u257f]+|\x1b\[[0-9;]*m")
_VALIDATION = re.compile(
    r"validation errors? for \w+ (?:(?P<field>[\w.]+) )?(?P<what>[A-Z].*?) \[type=\w+, input_value=(?P<value>.*?), input_type"
)


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
    wrong = io.StringIO()
    try:
        with contextlib.redirect_stderr(wrong):
            asked: Model = tyro.cli(model, args=argv, prog=f"thermvision {verb}", default=default)  # type: ignore[arg-type, assignment]
            return asked
    except SystemExit as leaving:
        if not leaving.code:
            raise
        raise InputError(f"{verb}: {_sentence(wrong.getvalue())}; see `thermvision {verb} --help`") from leaving


def _sentence(box: str) -> str:
    """Tyro's framed complaint as plain words."""
    lines = [" ".join(_FRAME.sub(" ", line).split()) for line in box.splitlines()]
    lines = [line for line in lines if line and not line.startswith("For full helptext")][1:]  # the first is the title
    text = " ".join(lines)
    if complaint := _VALIDATION.search(text):
        what = complaint["what"].removeprefix("Value error, ")
        field = (
            f"--{complaint['field'].split('.')[0].replace('_', '-')} is {complaint['value']}: "
            if complaint["field"]
            else ""
        )
        return field + what[0].lower() + what[1:]
    if text.startswith(("Unrecognized", "Missing")):
        flags = re.findall(r"--[\w-]+", text)
        if text.startswith("Missing"):
            return f"{text.partition(':')[2].split()[0]} is missing"
        unknown = text.partition(":")[2].split("Perhaps")[0].strip()
        hints = [flag for flag in flags if flag not in unknown]
        return f"unknown option {unknown}" + (f"; did you mean {hints[0]}?" if hints else "")
    text = text.split(" Argument helptext")[0]
    if number := re.match(r"Error parsing (--[\w-]+): .*?(int|float)\w*\(?.*: ('.*')", text):
        return f"{number[1]} is {number[3]}: expected a {'whole ' if number[2] == 'int' else ''}number"
    return text
