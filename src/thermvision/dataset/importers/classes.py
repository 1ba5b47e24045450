"""What the names of classes say of gender: the words themselves, or the user's mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from thermvision.dataset.importers.tables import gender_of
from thermvision.types import Gender, InputError

T = TypeVar("T")


def class_gender(name: str, mapping: Mapping[str, str]) -> Gender | None:
    """Female or male for a class, by the mapping, else by its own word; None for others, such as `face`."""
    said = mapping.get(name, mapping.get(name.lower(), name))
    return gender_of(said)


def face_classes(names: Mapping[T, str], mapping: Mapping[str, str]) -> set[T]:
    """The classes whose boxes are faces: those called face, of a gender or in the mapping; all of them if there are none such."""
    known = {
        key for key, name in names.items() if "face" in name.lower() or name in mapping or class_gender(name, mapping)
    }
    return known or set(names)


def class_mapping(pairs: Sequence[str]) -> dict[str, str]:
    """CLASS=female, CLASS=male or CLASS=none as a mapping; InputError for anything else."""
    found = {}
    for pair in pairs:
        name, equals, meaning = pair.partition("=")
        if not equals or not name or (gender_of(meaning) is None and meaning.lower() != "none"):
            raise InputError(
                f"--classes holds '{pair}'; expected CLASS=female, CLASS=male or CLASS=none, such as 1=male"
            )
        found[name] = meaning.lower()
    return found
