"""Frames of sources that follow no published layout as clips: a person each where the user's pattern finds one in the names."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from thermvision.dataset.importers import ImportAsked
from thermvision.dataset.importers.frame import ImportedClip, ImportedFrame, ImportPlan, Split
from thermvision.dataset.importers.names import in_stretches, safe
from thermvision.dataset.importers.tables import bare_id
from thermvision.types import Gender, InputError


def subject_finder(asked: ImportAsked) -> re.Pattern[str] | None:
    """The user's pattern; InputError if it is none or has no group."""
    if asked.subject_pattern is None:
        return None
    try:
        pattern = re.compile(asked.subject_pattern)
    except re.error as error:
        raise InputError(
            f"--subject-pattern '{asked.subject_pattern}' is no regular expression ({error}); see Python's re"
        ) from error
    if pattern.groups < 1:
        raise InputError(
            f"--subject-pattern '{asked.subject_pattern}' has no group; put the part of the path that is the subject in brackets, as in 'S(\\d+)/'"
        )
    return pattern


def clips_by_person(
    prefix: str,
    frames: Sequence[tuple[ImportedFrame, Split | None, Gender | None]],
    asked: ImportAsked,
    made: ImportPlan,
) -> None:
    """Add frames (with split and the gender of the person) to the plan: by person and split, others in stretches by gender and split."""
    pattern = subject_finder(asked)
    groups: dict[tuple[Split | None, str, Gender | None], list[ImportedFrame]] = {}
    for frame, split, gender in frames:
        found = pattern.search(frame.file) if pattern else None
        subject = (found[1] or "") if found else ""
        made.odd["images in whose path --subject-pattern finds no subject"] += pattern is not None and not subject
        groups.setdefault((split, subject, gender), []).append(frame)
    names: dict[str, int] = {}
    for (split, subject, gender), some in groups.items():
        of_person = gender or asked.genders.get(bare_id(subject))
        if not subject:
            base = "_".join(part for part in (prefix, split, gender) if part)
            made.clips += [_with_gender(clip, of_person) for clip in in_stretches(base, some, split)]
            continue
        name = "_".join(part for part in (prefix, split, safe(subject)) if part)
        names[name] = names.get(name, 0) + 1
        name += f"-{names[name]}" if names[name] > 1 else ""
        made.clips.append(ImportedClip(name, tuple(some), f"{prefix}_{subject}", of_person, split=split))


def _with_gender(clip: ImportedClip, gender: Gender | None) -> ImportedClip:
    return dataclasses.replace(clip, gender=gender)
