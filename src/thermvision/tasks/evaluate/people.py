"""Who of a data set is tested: never anyone whom the model has seen."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

from thermvision.dataset.read import clip_folders, read_rows
from thermvision.types import InputError

People = Literal["all", "test"]


@dataclass(frozen=True, slots=True)
class Tested:
    """Which images are tested: those of `people`, and of persons whom the source does not name those of `splits`."""

    people: frozenset[str]
    splits: frozenset[str]
    left_out: tuple[str, ...]  # whom the model has seen

    def takes(self, person: str, split: str, *, known: bool) -> bool:
        """Whether an image of this person and split is tested."""
        return person in self.people if known else split in self.splits


def set_people(dataset: Path, skipped: list[tuple[str, str]] | None = None) -> dict[str, str]:
    """Person -> split of everyone the data set names, without reading pictures; damaged clips go to `skipped`."""
    found: dict[str, str] = {}
    for clip in clip_folders(dataset):
        try:
            for row in read_rows(clip, ["subject", "split"]):
                if row["subject"]:
                    found.setdefault(row["subject"], row["split"] or "")
        except InputError as error:
            if skipped is None:
                raise
            skipped.append((clip.name, str(error)))
    return found


def people_to_test(split_by_person: Mapping[str, str], seen: Collection[str], choice: People, dataset: Path) -> Tested:
    """Who is tested: everyone (`all`), or those of the test split whom the model has not seen (`test`; of a set without splits all such).

    InputError: `all`, and the model has seen someone; `test`, and nobody is left.
    """
    known = sorted(set(split_by_person) & set(seen))
    if choice == "all":
        if known:
            raise InputError(f"the model has seen {len(known)} of the {len(split_by_person)} people of {dataset} ({_some(known)}); figures on them would say nothing: say --people test, which keeps to those it has not seen")  # fmt: skip
        return Tested(frozenset(split_by_person), frozenset({"train", "validation", "test", ""}), ())
    in_test = {name for name, split in split_by_person.items() if split == "test"}
    candidates = in_test or set(split_by_person)
    people = candidates - set(known)
    if split_by_person and not people:
        raise InputError(f"the model has seen all {len(candidates)} people of the test split of {dataset} ({_some(sorted(candidates))}); test it on another data set")  # fmt: skip
    splits = {"test"} if in_test or not split_by_person else {"train", "validation", "test", ""}
    return Tested(frozenset(people), frozenset(splits), tuple(sorted(candidates & set(known))))


def check_other_people(dataset: Path, simulator_seed: int | None) -> None:
    """InputError if the data set was built with the seed whose people the model has learnt from: they are the same people."""
    if simulator_seed is None:
        return
    try:
        content = yaml.safe_load((dataset / "config.yaml").read_text())["content"]
        same = content["source"] == "simulator" and content["seed"] == simulator_seed
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError):
        return  # no set of the simulator
    if same:
        raise InputError(f"the model learnt from the simulator's people of seed {simulator_seed}, and {dataset} shows the same ones; build the test set with another --seed")  # fmt: skip


def _some(names: list[str]) -> str:
    return ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
