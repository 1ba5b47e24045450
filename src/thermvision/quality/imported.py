"""Checks of an imported set: what its own labels allow, and every other check named with the reason why it does not apply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from thermvision.dataset.read import read_rows, temperature_k
from thermvision.dataset.write import finished
from thermvision.quality.foreign_checks import structure_facts, structure_findings
from thermvision.quality.measure import Facts, Finding, judge, judge_frames, not_applicable
from thermvision.quality.views import whole_view
from thermvision.types import ZERO_CELSIUS_K

GROUP = "imported set"
FRAMES_IN_ALL, MOST_A_CLIP, STRUCTURE_FRAMES = 300, 12, 20
SKIN_C = (26.0, 39.0)  # of a face's median: cold rooms and people just come in, to fever
_LABELS = ["subject", "gender", "split", "bbox_xyxy_px", "faces", "temperature_source"]
_NOT_HERE = {
    "eyes, lids, lenses, mouth, skin and whole face": "these checks need 68 landmarks, pose and 52 expression coefficients of every frame, and a face mask; imported sets lack them",
    "region temperatures, left and right, sex": "needs labelled region temperatures; what a source does not say is null",
    "noise in time, flicker, blinks": "needs the frames of one recording and its camera's data; most sets are single images",
    "background, hair and clothes do not identify": "these people chose their clothes and rooms themselves: nothing was drawn",
}


@dataclass(slots=True)
class _Seen:
    """What the labels of all frames say."""

    rows: int = 0
    labelled: int = 0
    faces: int = 0
    without_box: int = 0
    splits: dict[str, set[str]] = field(default_factory=dict)  # subject -> splits
    genders: dict[str, set[str]] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)


def is_imported(clip: Path) -> bool:
    """Whether a clip was made by `thermvision import`."""
    return "imported" in (finished(clip) or {})


def imported_findings(clips: Sequence[Path]) -> tuple[str, list[Finding], list[Facts]]:
    """A summary, all findings, and the frames whose pictures were looked at."""
    seen, facts = _Seen(), list[Facts]()
    each = int(np.clip(FRAMES_IN_ALL // len(clips), 1, MOST_A_CLIP))
    for clip in clips:
        facts += _of_clip(clip, each, seen)
    structure = [_structure(clip) for clip in (clips[i] for i in np.unique(np.linspace(0, len(clips) - 1, STRUCTURE_FRAMES).astype(int)))]  # fmt: skip
    summary = (
        f"{len(clips)} imported clips, {seen.rows} frames, {seen.labelled} of them labelled with {seen.faces} faces ({seen.without_box} without a box),"
        f" {len(seen.splits)} named subjects; {len(facts)} frames by their pictures. Temperatures: {', '.join(sorted(seen.sources))}."
    )
    return (
        summary,
        [*_label_findings(seen), *_face_findings(facts, seen), *structure_findings(structure), *_absent()],
        facts,
    )


def _of_clip(clip: Path, each: int, seen: _Seen) -> list[Facts]:
    rows = list(read_rows(clip, _LABELS))
    for row in rows:
        seen.rows += 1
        seen.labelled += row["faces"] is not None
        seen.faces += len(row["faces"] or ())
        seen.without_box += sum(face["bbox_xyxy_px"] is None for face in row["faces"] or ())
        seen.sources.add(row["temperature_source"])
        if row["subject"] is not None:
            seen.splits.setdefault(row["subject"], set()).add(row["split"])
            if row["gender"] is not None:
                seen.genders.setdefault(row["subject"], set()).add(row["gender"])
    wanted = np.unique(np.linspace(0, len(rows) - 1, min(each, len(rows))).astype(int)).tolist()
    shown = read_rows(clip, ["image"], only=set(wanted))
    return [_facts(clip, place, rows[place], temperature_k(one)) for place, one in zip(wanted, shown, strict=True)]


def _facts(clip: Path, place: int, row: dict[str, Any], kelvin: Float32[np.ndarray, "h w"]) -> Facts:
    values: dict[str, float] = {}
    height, width = kelvin.shape
    for face in row["faces"] or ():
        if face["bbox_xyxy_px"] is not None:
            x0, y0, x1, y1 = face["bbox_xyxy_px"]
            beyond = max(-x0, -y0, x1 - width, y1 - height, 0.0)
            values["beyond_px"] = max(values.get("beyond_px", 0.0), beyond)
    if row["bbox_xyxy_px"] is not None:
        x0, y0, x1, y1 = row["bbox_xyxy_px"]
        inner = kelvin[round(0.7 * y0 + 0.3 * y1) : round(0.3 * y0 + 0.7 * y1), round(0.7 * x0 + 0.3 * x1) : round(0.3 * x0 + 0.7 * x1)]  # fmt: skip
        if inner.size:
            values["face_minus_picture_k"] = float(np.median(inner) - np.median(kelvin))
            if row["temperature_source"] == "measured":
                values["face_c"] = float(np.median(inner)) - ZERO_CELSIUS_K
    return Facts(clip.name, str(row["subject"] or clip.name), "", place, values, whole_view(kelvin, "K"))


def _label_findings(seen: _Seen) -> list[Finding]:
    several = sorted(subject for subject, splits in seen.splits.items() if len(splits) > 1)
    both = sorted(subject for subject, genders in seen.genders.items() if len(genders) > 1)
    name, other = "no subject in two splits", "one gender a subject"
    if not seen.splits:
        reason = "the source names no persons: nobody can say whether its splits are disjoint"
        return [not_applicable(name, GROUP, reason), not_applicable(other, GROUP, reason)]
    return [
        judge(name, GROUP, len(several), None, 0, "subjects", f"{len(several)} of {len(seen.splits)} subjects are in more than one split{_some(several)}"),
        judge(other, GROUP, len(both), None, 0, "subjects", f"{len(both)} of {len(seen.splits)} subjects are labelled with both genders{_some(both)}"),
    ]  # fmt: skip


def _face_findings(facts: Sequence[Facts], seen: _Seen) -> list[Finding]:
    no_box = "no frame that was looked at has a labelled box"
    warm = [fact.values["face_minus_picture_k"] < 0 for fact in facts if "face_minus_picture_k" in fact.values]
    findings = [
        judge_frames("boxes inside the image", GROUP, facts, "beyond_px", low=None, high=0.5, unit="px", what="Boxes beyond the image's edge", absent=no_box),
        judge("faces are warm", GROUP, float(np.mean(warm)), None, 0.5, "of the frames",
              f"{sum(warm)} of {len(warm)} labelled faces are darker than half of their picture; more than half of them speaks for --polarity black-hot")
        if warm else not_applicable("faces are warm", GROUP, no_box),
    ]  # fmt: skip
    if "measured" in seen.sources:
        found = judge_frames("skin temperature", GROUP, facts, "face_c", low=SKIN_C[0], high=SKIN_C[1], unit="C", what="Median of the face's middle", absent=no_box)  # fmt: skip
    else:
        found = not_applicable("skin temperature", GROUP, "grey levels over a span stand for no measured temperature", "C")  # fmt: skip
    return [*findings, found]


def _absent() -> list[Finding]:
    return [not_applicable(name, "not measured", reason) for name, reason in _NOT_HERE.items()]


def _structure(clip: Path) -> Facts:
    row = next(read_rows(clip, ["image", "subject"]))
    kelvin = temperature_k(row)
    return Facts(clip.name, str(row["subject"] or clip.name), "", 0, structure_facts(kelvin), whole_view(kelvin, "K"))


def _some(names: Sequence[str]) -> str:
    return f" ({', '.join(names[:3])})" if names else ""
