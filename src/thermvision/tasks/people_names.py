"""Names of people that mean the same person in every data set: simulated people have their seed before them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import yaml

from thermvision.types import InputError


def people_prefix(dataset: Path) -> str:
    """What to put before a subject of the set: nothing for real people, `simulated-SEED/` for ours.

    F001 of one seed is another person than F001 of another. InputError if the folder is no data set.
    """
    try:
        index = json.loads((Path(dataset) / "dataset.json").read_text())
    except FileNotFoundError:
        index = {}  # a set that is still being made
    except (OSError, ValueError) as error:
        raise InputError(f"{dataset}/dataset.json cannot be read; run the command that made the set again") from error
    if "imported" in index:
        return ""
    try:
        content = yaml.safe_load((Path(dataset) / "config.yaml").read_text())["content"]
        return f"simulated-{int(content['seed'])}/"
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError):
        return f"{index.get('config_hash', Path(dataset).name)}/"


def seen_here(dataset: Path, names: Iterable[str]) -> frozenset[str]:
    """Of people whom a model has seen, as training names them, those who may be in a data set, as that set names them.

    The set's own plain names count too, which models of other makers may tell.
    """
    prefix = people_prefix(dataset)
    return frozenset(name.removeprefix(prefix) for name in names if name.startswith(prefix) or "/" not in name)
