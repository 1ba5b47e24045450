"""Which clips a run consists of: subjects x sessions x motions, each with a name and nothing else to know."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from thermvision.config import BuildConfig
from thermvision.dataset.split import split_subjects
from thermvision.types import Gender


@dataclass(frozen=True, slots=True)
class ClipPlan:
    """One clip to make."""

    index: int
    subject_index: int
    gender: Gender
    subject_id: str
    session_index: int
    motion: str
    tracked: bool
    split: str

    @property
    def name(self) -> str:
        """Folder of the clip."""
        return f"{self.subject_id}_S{self.session_index + 1:02d}_{self.motion}"


def subject_gender(index: int) -> Gender:
    """Women and men in turn, so every even number of subjects is balanced."""
    return "female" if index % 2 == 0 else "male"


def subject_id(index: int) -> str:
    """F001, M001, F002, ...: counted within each gender."""
    return f"{subject_gender(index)[0].upper()}{index // 2 + 1:03d}"


@lru_cache(maxsize=8)
def subjects_of_split(seed: int, count: int, split: str) -> tuple[int, ...]:
    """Places of the subjects that belong to one split."""
    sides = split_subjects(seed, _ids(count))
    return tuple(subject for subject in range(count) if sides[subject_id(subject)] == split)


def _ids(count: int) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {"female": [], "male": []}
    for subject in range(count):
        ids[subject_gender(subject)].append(subject_id(subject))
    return ids


def plan_clips(config: BuildConfig, driving_names: list[str]) -> list[ClipPlan]:
    """All clips of a run, subject by subject."""
    split = split_subjects(config.seed, _ids(config.subjects))
    motions = [(name, False) for name in config.programs()] + [(name, True) for name in driving_names]
    clips: list[ClipPlan] = []
    for subject in range(config.subjects):
        for session in range(config.sessions):
            for motion, tracked in motions:
                one = subject_id(subject)
                clips.append(
                    ClipPlan(len(clips), subject, subject_gender(subject), one, session, motion, tracked, split[one])
                )
    return clips
