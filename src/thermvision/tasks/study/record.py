"""One model on one test set: what it said of every image, so that any figure and any interval can be computed again."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from thermvision.disk import plain_disk_errors, write_text
from thermvision.tasks.measures.box_matching import ImageBoxes
from thermvision.types import InputError
from thermvision.wording import did_you_mean

Task = Literal["detect", "landmarks", "gender"]
BASELINE = "baseline"
GIVEN = "given model"  # trained elsewhere, on whatever it was
REGIMES = ("real-only", "synthetic-only", "hybrid", "synthetic-then-real", "low-shot", GIVEN, BASELINE)
# What an item of each task holds; lists of one value for each test image (JSON: null for a face that was not found).
FIELDS: dict[str, tuple[str, ...]] = {
    "detect": ("found_xyxy_px", "score", "true_xyxy_px"), "landmarks": ("nme",), "gender": ("p_male", "is_male"),
}  # fmt: skip
OPTIONAL: dict[str, tuple[str, ...]] = {
    "detect": ("ignored_xyxy_px",),
    "landmarks": ("yaw_deg", "pose_error_deg"),
    "gender": ("groups",),
}


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """What one model of one regime and one seed said of one test set."""

    task: str  # one of Task
    regime: str  # one of REGIMES
    model: str
    test_set: str
    seed: int
    image: tuple[str, ...]
    person: tuple[str, ...]  # of each image: who (or which recording) is drawn as one by the bootstrap
    items: dict[str, list[Any]] = field(default_factory=dict)
    train_people: int | None = None  # real people trained on; of each class in a low-shot curve
    synthetic_people: int | None = None  # synthetic people trained on
    normaliser: str = ""  # of landmark errors
    train_set: str = ""
    stand_in: bool = False  # what is called real here is a simulated stand-in, and is called that wherever it is shown

    def __post_init__(self) -> None:
        for name, allowed in (("task", get_args(Task)), ("regime", REGIMES)):
            if getattr(self, name) not in allowed:
                value = str(getattr(self, name))
                raise InputError(f"{name} is '{value}'; expected one of {', '.join(allowed)}{did_you_mean(value, allowed)}")  # fmt: skip
        if self.task == "landmarks" and not self.normaliser:
            raise InputError(
                f"{self._said()} has no normaliser; name what its errors were divided by, such as outer eye corners"
            )
        missing = [name for name in FIELDS[self.task] if name not in self.items]
        unknown = [name for name in self.items if name not in (*FIELDS[self.task], *OPTIONAL[self.task])]
        if missing or unknown:
            raise InputError(
                f"{self._said()} {'lacks' if missing else 'has the unknown'} {(missing or unknown)[0]}; expected {', '.join(FIELDS[self.task])}"
            )
        lengths = {"image": len(self.image), "person": len(self.person), **{k: len(v) for k, v in self.items.items()}}
        if len(set(lengths.values())) > 1 or not self.image:
            said = ", ".join(f"{count} of {name}" for name, count in lengths.items())
            raise InputError(f"{self._said()} holds {said}; expected as many of each, one for each test image")

    def _said(self) -> str:
        return f"the record of {self.model} ({self.task}, {self.regime}, seed {self.seed}) on {self.test_set}"

    def numbers(self, name: str) -> np.ndarray:
        """A field of single values as float64, NaN for what is missing."""
        return np.array([np.nan if value is None else value for value in self.items[name]], np.float64)

    def boxes(self) -> list[ImageBoxes]:
        """The images of a detection record."""
        ignored = self.items.get("ignored_xyxy_px", [[]] * len(self.image))
        rows = zip(self.image, self.person, *(self.items[name] for name in FIELDS["detect"]), ignored, strict=True)
        return [
            ImageBoxes(image, person, _boxes(found), np.array(score, float), _boxes(true), _boxes(hidden))
            for image, person, found, score, true, hidden in rows
        ]


def detection_record(images: Sequence[ImageBoxes], **about: Any) -> StudyRecord:
    """The record of a detector; about: regime, model, test_set, seed and what else a record says."""
    items: dict[str, list[Any]] = {
        "found_xyxy_px": [np.round(one.found_xyxy_px, 2).tolist() for one in images],
        "score": [one.score.tolist() for one in images],
        "true_xyxy_px": [np.round(one.true_xyxy_px, 2).tolist() for one in images],
        "ignored_xyxy_px": [np.round(one.ignored_xyxy_px, 2).tolist() for one in images],
    }
    return StudyRecord("detect", image=tuple(one.image for one in images), person=tuple(one.person for one in images), items=items, **about)  # fmt: skip


def values_record(task: str, image: Sequence[str], person: Sequence[str], values: dict[str, Any], **about: Any) -> StudyRecord:  # fmt: skip
    """The record of landmarks (`nme`, and if known `yaw_deg`, `pose_error_deg`) or gender (`p_male`, `is_male`) from arrays."""
    items = {name: [_plain(value) for value in np.asarray(column).tolist()] for name, column in values.items()}
    return StudyRecord(task, image=tuple(image), person=tuple(person), items=items, **about)


def write_records(path: Path, records: Iterable[StudyRecord]) -> None:
    """Write records as JSON lines, one a line."""
    with plain_disk_errors(path.parent, "no record was written"):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, "".join(json.dumps(dataclasses.asdict(one), allow_nan=False) + "\n" for one in records))


def read_records(path: Path) -> list[StudyRecord]:
    """The records of a file; InputError naming the line that is none."""
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"records {path} cannot be read; expected the JSON lines that a study writes") from error
    records = []
    for number, line in enumerate(lines, 1):
        try:
            content = json.loads(line)
            records.append(
                StudyRecord(**{**content, "image": tuple(content["image"]), "person": tuple(content["person"])})
            )
        except InputError as error:
            raise InputError(f"{path} line {number}: {error}") from error
        except (json.JSONDecodeError, TypeError, KeyError) as error:
            raise InputError(f"{path} line {number} is no record of a study; take the file as it was written") from error  # fmt: skip
    return records


def _boxes(boxes: list[list[float]]) -> np.ndarray:
    return np.array(boxes, float).reshape(-1, 4)


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
