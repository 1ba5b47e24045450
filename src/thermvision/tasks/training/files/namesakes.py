"""People whose name stands in several data sets: nobody can tell whether they are the same, so they are never on both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from thermvision.tasks.training.files.people import Dealt, Owner

_NAMED = 3


def keep_apart(parts: Sequence[Dealt], owners: Sequence[Sequence[Owner]]) -> list[str]:
    """Take the images of those who choose the checkpoint in one set out of the training part of the others; returns notes.

    parts, owners: of each set; the parts' lists of images are changed.
    """
    chooses = {unit for dealt in parts for unit in dealt.validation_units}
    learns = {unit for dealt in parts for unit in dealt.train_units} - chooses
    before = sum(len(dealt.train) + len(dealt.validation) for dealt in parts)
    for dealt, of in zip(parts, owners, strict=True):
        dealt.train = [k for k in dealt.train if not _seen(of[k]) & chooses]
        dealt.validation = [k for k in dealt.validation if not _seen(of[k]) & learns]
    left_out = before - sum(len(dealt.train) + len(dealt.validation) for dealt in parts)
    counts = Counter(unit for of in owners for unit in {owner.unit for owner in of})
    shared = sorted(unit for unit, count in counts.items() if count > 1)
    if not shared:
        return []
    named = ", ".join(shared[:_NAMED]) + (", ..." if len(shared) > _NAMED else "")
    return [
        f"{len(shared)} people are named in several data sets ({named}) and taken for the same ones, so {left_out} images of those who choose the checkpoint are not learnt from; import a set with other names if they are others"
    ]


def _seen(owner: Owner) -> frozenset[str]:
    return owner.everyone | {owner.unit}
