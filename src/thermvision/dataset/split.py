"""Which subjects are for training, validation and test: never one person in two."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

SHARE = 0.1  # of the subjects of each gender for validation, and as many for test


def split_subjects(seed: int, ids_by_gender: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Subject id -> train, validation or test.

    Subjects of each gender are ordered by a hash of seed and id; the first tenth (at least one) is for test, the next
    for validation. With fewer than three subjects of a gender all of them are for training.
    """
    split = {}
    for ids in ids_by_gender.values():
        ordered = sorted(ids, key=lambda one: hashlib.sha256(f"{seed}:{one}".encode()).hexdigest())
        held = max(1, round(SHARE * len(ordered))) if len(ordered) >= 3 else 0
        for place, one in enumerate(ordered):
            split[one] = "test" if place < held else "validation" if place < 2 * held else "train"
    return split
