"""What every importer hands over: frames with the labels their source gives, and nothing else. Pixels are read later."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

from thermvision.types import Gender, LabelSource

Split = Literal["train", "validation", "test"]
Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class ImportedFace:
    """A face as its source labels it, in the units of `ImportedFrame.label_size`; boxes are not cut to the image yet.

    landmarks_px by number of points; a point that the source leaves out is NaN. landmarks_visible only where the source says it.
    """

    bbox: Box | None = None
    landmarks: dict[str, Float[np.ndarray, "n 2"]] = field(default_factory=dict)
    visible: dict[str, Bool[np.ndarray, " n"]] = field(default_factory=dict)
    gender: Gender | None = None


@dataclass(frozen=True, slots=True)
class ImportedFrame:
    """One image of a source. None stands for what the source does not say; "" for what it says is not there.

    faces: None if nobody labelled the image, () if it is labelled as showing no face. label_size: width and height of the
    view that the labels refer to, None for the image's own, (1, 1) for shares of it. video_frame: place in the video `file`.
    """

    file: str
    faces: tuple[ImportedFace, ...] | None = None
    label_size: tuple[float, float] | None = None
    video_frame: int | None = None
    expression: str | None = None
    glasses: str | None = None
    headwear: str | None = None
    room_temperature_c: float | None = None
    facts: dict[str, str | float] = field(default_factory=dict)  # what else the source says, by its own names


@dataclass(frozen=True, slots=True)
class ImportedClip:
    """Frames of one person and session (or a stretch of a source without persons); `split` None: to be drawn by subject."""

    name: str
    frames: tuple[ImportedFrame, ...]
    subject: str | None = None
    gender: Gender | None = None
    session: str | None = None
    motion: str | None = None
    split: Split | None = None
    rate_hz: float | None = None  # None: single images, not a film


@dataclass(slots=True)
class ImportPlan:
    """All clips of a source, what was left out of them, and what was odd, counted by a sentence each."""

    clips: list[ImportedClip]
    label_source: LabelSource = "annotated"
    landmark_sets: tuple[str, ...] = ()  # beyond those that every data set has columns for
    kelvin_files: bool = False  # the files hold temperatures, or are refused
    skipped: list[tuple[str, str]] = field(default_factory=list)  # file, why
    odd: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class SetFacts:
    """What is known of a published set, for the data card: whose it is and under which licence."""

    title: str
    licence: str
    expects: str  # the layout in a few words, for error messages
    synthetic: bool = False
