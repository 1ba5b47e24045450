"""Who trains and who is tested: people, never images, dealt by a hash, so that anyone with the names gets the same lists."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from thermvision.disk import plain_disk_errors, write_text
from thermvision.types import InputError

SEEDS = (0, 1, 2, 3, 4)  # of a study: five splits or five trainings at least
PER_CLASS = (1, 5, 10, 25)  # people of each class in a low-shot curve
RULE = "people of each class in the order of sha256('{seed}:{person}'), first test, then validation, then train"
_PARTS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class PeopleSplit:
    """Names of the people of each part; no name is in two."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    seed: int | None = None  # None: given by a data set's authors
    rule: str = RULE

    def __post_init__(self) -> None:
        check_disjoint({name: getattr(self, name) for name in _PARTS})


def hash_order(people: Iterable[str], seed: int) -> list[str]:
    """The people, each once, in an order that depends on their names and the seed only: not on how they are listed."""
    return sorted(set(people), key=lambda one: hashlib.sha256(f"{seed}:{one}".encode()).hexdigest())


def split_people(
    class_by_person: Mapping[str, str], seed: int, *, test_share: float = 0.2, validation_share: float = 0.1
) -> PeopleSplit:
    """Deal people into the three parts, each class by the shares but at least one person in every part.

    class_by_person: name -> class (female, male; the same for all where the task has none). The validation people choose the checkpoint.
    InputError: a class with fewer than three people, shares that leave nobody to train on.
    """
    for name, share in (("test_share", test_share), ("validation_share", validation_share)):
        if not 0 < share < 1:
            raise InputError(f"{name} is {share:g}; expected more than 0 and less than 1")
    parts: dict[str, list[str]] = {name: [] for name in _PARTS}
    for kind, people in _by_class(class_by_person).items():
        ordered = hash_order(people, seed)
        test, validation = (max(1, round(share * len(ordered))) for share in (test_share, validation_share))
        if test + validation >= len(ordered):
            raise InputError(
                f"class '{kind}' has {len(ordered)} people, of whom {test} for test and {validation} for validation leave none to train on; give at least 3 people of each class or smaller shares"
            )
        parts["test"] += ordered[:test]
        parts["validation"] += ordered[test : test + validation]
        parts["train"] += ordered[test + validation :]
    dealt = {name: tuple(sorted(people)) for name, people in parts.items()}
    return PeopleSplit(dealt["train"], dealt["validation"], dealt["test"], seed)


def low_shot(train: Sequence[str], class_by_person: Mapping[str, str], per_class: int, seed: int) -> tuple[str, ...]:
    """`per_class` people of each class among those for training; with the same seed the smaller draw is part of the larger.

    InputError if a class has fewer.
    """
    if per_class < 1:
        raise InputError(f"per_class is {per_class}; expected 1 or more people of each class")
    chosen: list[str] = []
    for kind, people in _by_class(_known(train, class_by_person)).items():
        if len(people) < per_class:
            raise InputError(
                f"class '{kind}' has {len(people)} people to train on and {per_class} were asked for; ask for at most {len(people)}"
            )
        chosen += hash_order(people, seed)[:per_class]
    return tuple(sorted(chosen))


def hybrid(
    real_train: Sequence[str],
    synthetic: Sequence[str],
    class_by_person: Mapping[str, str],
    synthetic_per_class: Sequence[int],
    seed: int,
) -> dict[int, tuple[str, ...]]:
    """Synthetic people of each class -> who is trained on: all the real people every time, and that many synthetic ones of each class, growing.

    InputError if a name is real and synthetic, or synthetic people are too few.
    """
    check_disjoint({"real": real_train, "synthetic": synthetic})
    return {
        count: tuple(sorted({*real_train, *(low_shot(synthetic, class_by_person, count, seed) if count else ())}))
        for count in synthetic_per_class
    }


def check_disjoint(parts: Mapping[str, Iterable[str]]) -> None:
    """InputError naming a person who is in two parts."""
    seen: dict[str, str] = {}
    for part, people in parts.items():
        for person in sorted(set(people)):
            if person in seen:
                raise InputError(
                    f"person {person} is in {seen[person]} and in {part}; expected every person in one part only: images of one person in both make any model look good, so take {person} out of one"
                )
            seen[person] = part


def check_classes(classes: Iterable[str], where: str, expected: Sequence[str] = ("female", "male")) -> None:
    """InputError unless every expected class is there; `where` says of what, such as `the training people`."""
    found = set(classes)
    missing = [one for one in expected if one not in found]
    if missing:
        held = f"only {', '.join(sorted(found))}" if found else "no one"
        raise InputError(
            f"{where} hold {held}; expected {' and '.join(expected)}: add people of class '{missing[0]}', for with one class there is nothing to tell apart"
        )


def write_split(path: Path, split: PeopleSplit) -> None:
    """Write the lists, the rule and their hash as JSON, so that others can test on the same people."""
    lists = {name: sorted(getattr(split, name)) for name in _PARTS}
    content = {"rule": split.rule, "seed": split.seed, "sha256": _digest(lists), **lists}
    with plain_disk_errors(path.parent, "no list was written"):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps(content, indent=1) + "\n")


def read_split(path: Path) -> PeopleSplit:
    """The lists of a file; InputError if it is no such file, or was changed without its hash."""
    try:
        content = json.loads(path.read_text())
        lists = {name: [str(person) for person in content[name]] for name in _PARTS}
        train, validation, test = (tuple(lists[name]) for name in _PARTS)
        split = PeopleSplit(train, validation, test, content["seed"], str(content["rule"]))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise InputError(
            f"split {path} cannot be read; expected the JSON file that a study writes, with train, validation and test lists"
        ) from error
    if content.get("sha256") != _digest({name: sorted(people) for name, people in lists.items()}):
        raise InputError(f"split {path} was changed after it was written; write it anew or take the file as it was")
    return split


def _by_class(class_by_person: Mapping[str, str]) -> dict[str, list[str]]:
    if not class_by_person:
        raise InputError("the list of people is empty; expected the people of a data set and their classes")
    table: dict[str, list[str]] = {}
    for person, kind in class_by_person.items():
        table.setdefault(kind, []).append(person)
    return {kind: table[kind] for kind in sorted(table)}


def _known(people: Sequence[str], class_by_person: Mapping[str, str]) -> dict[str, str]:
    unknown = sorted(set(people) - class_by_person.keys())
    if unknown:
        raise InputError(f"person {unknown[0]} has no class; give one for each person")
    return {person: class_by_person[person] for person in people}


def _digest(lists: Mapping[str, Sequence[str]]) -> str:
    return hashlib.sha256(json.dumps(lists, sort_keys=True).encode()).hexdigest()
