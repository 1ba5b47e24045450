"""Who learns and who chooses the checkpoint: people of each set, by its own split or dealt by a hash, never one in both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from thermvision.tasks.splits import check_disjoint, hash_order, split_people
from thermvision.types import InputError

VALIDATION_SHARE = 0.1
_FEW = 5  # recordings of nobody by name


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose an image is: a person, or a recording where nobody says; everyone who is seen in it; the class; the set's own split."""

    unit: str
    everyone: frozenset[str]
    kind: str
    split: str


@dataclass
class Dealt:
    """Numbers of the images to learn from and of those to look at, and the units of both parts."""

    train: list[int] = field(default_factory=list)
    validation: list[int] = field(default_factory=list)
    train_units: set[str] = field(default_factory=set)
    validation_units: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


def owner_unit(person: str, recording: str, image: str, recordings: int) -> str:
    """By whom an image is dealt: the person, else the recording, else (few recordings) the image itself."""
    return person or (f"?{recording}" if recordings >= _FEW else f"?{image}")


def deal(owners: Sequence[Owner], seed: int, name: str) -> Dealt:
    """Deal the images of one data set; `name` is for the notes.

    A set with its own validation part keeps it (its test part is not touched). A set whose split says train only gives a tenth
    of its people; one without a split is dealt by `split_people`, and its test people are not touched. InputError: a person in
    both parts, too few people.
    """
    dealt = Dealt()
    splits = {one.split for one in owners}
    if "validation" in splits and "train" in splits:
        parts = {one: {owner.unit for owner in owners if owner.split == one} for one in ("train", "validation")}
    else:
        kinds: dict[str, str] = {}
        for owner in owners:
            if owner.split != "test" or not splits - {"test"}:
                kinds.setdefault(owner.unit, owner.kind)
        if splits <= {"", "test"}:
            lists = split_people(kinds, seed)
            parts = {"train": set(lists.train), "validation": set(lists.validation)}
            dealt.notes.append(f"{name} has no split of its own: {len(lists.test)} people are kept for a test")
        else:
            parts = _held_out(kinds, seed, name)
    check_disjoint(parts)
    dealt.train_units, dealt.validation_units = parts["train"], parts["validation"]
    both = 0
    for number, owner in enumerate(owners):
        seen = owner.everyone or frozenset({owner.unit})
        if owner.unit in parts["train"] and not seen & parts["validation"]:
            dealt.train.append(number)
        elif owner.unit in parts["validation"] and not seen & parts["train"]:
            dealt.validation.append(number)
        else:
            both += bool(owner.unit in parts["train"] | parts["validation"])
    if both:
        dealt.notes.append(f"{name}: {both} images show people of both parts and are left out")
    nameless = Counter(owner.unit.startswith("?") for owner in owners)[True]
    if nameless:
        dealt.notes.append(
            f"{name} does not say who is on {nameless} images: the same person may be in training and validation"
        )
    return dealt


def _held_out(kinds: dict[str, str], seed: int, name: str) -> dict[str, set[str]]:
    """A tenth of the people of each class, at least one, to look at."""
    parts: dict[str, set[str]] = {"train": set(), "validation": set()}
    for kind in sorted(set(kinds.values())):
        ordered = hash_order([unit for unit, of in kinds.items() if of == kind], seed)
        count = max(1, round(VALIDATION_SHARE * len(ordered)))
        if len(ordered) < 2:
            raise InputError(
                f"{name} has {len(ordered)} person{' of class ' + kind if kind else ''} to learn from; expected at least 2, one of them to choose the checkpoint by"
            )
        parts["validation"] |= set(ordered[:count])
        parts["train"] |= set(ordered[count:])
    return parts
