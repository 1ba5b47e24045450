"""Splits of imported clips: the source's own, else ours by subject."""

from __future__ import annotations

from collections.abc import Sequence

from thermvision.dataset.importers.frame import ImportedClip
from thermvision.dataset.split import split_subjects


def clip_splits(clips: Sequence[ImportedClip], seed: int) -> dict[str, str]:
    """Clip name -> train, validation or test. Clips without a split of the source and without a subject are for training."""
    ids: dict[str, list[str]] = {}
    for subject, gender in sorted(
        {(clip.subject, clip.gender or "") for clip in clips if clip.subject and clip.split is None}
    ):
        if not any(subject in some for some in ids.values()):
            ids.setdefault(gender, []).append(subject)
    drawn = split_subjects(seed, ids)
    return {clip.name: clip.split or drawn.get(clip.subject or "", "train") for clip in clips}


def split_source(clips: Sequence[ImportedClip]) -> str:
    """One sentence on where the splits come from."""
    own = sum(clip.split is not None for clip in clips)
    nameless = sum(clip.split is None and clip.subject is None for clip in clips)
    said = []
    if own:
        said.append("The source's own split.")
    if own + nameless < len(clips):
        said.append("Drawn by subject: a hash of seed and id.")
    if nameless:
        said.append(
            "Clips without a named subject and without a split of the source are all for training: nobody knows whom they show."
        )
    return " ".join(said)


def subjects_in_several(clips: Sequence[ImportedClip]) -> list[str]:
    """Subjects that the source has in more than one of its splits."""
    found: dict[str, set[str]] = {}
    for clip in clips:
        if clip.subject and clip.split:
            found.setdefault(clip.subject, set()).add(clip.split)
    return sorted(subject for subject, splits in found.items() if len(splits) > 1)
