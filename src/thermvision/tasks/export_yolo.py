"""A data set in the layout that YOLO trainers read: 8-bit pictures and label files, split by people."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import yaml
from jaxtyping import UInt8

from thermvision.dataset.read import clip_folders
from thermvision.disk import can_be_written, plain_disk_errors, write_text
from thermvision.tasks.evaluate.truth import UNLABELLED, cleaned, is_labelled
from thermvision.tasks.labelled import LabelledImage, labelled_images
from thermvision.thermal.agc import make_agc
from thermvision.thermal.camera import to_centikelvin
from thermvision.types import InputError

SPLITS = ("train", "val", "test")
VALIDATION_SHARE = 0.1  # of people, where the set has no split
Points = Literal["none", "68"]
MET = "images show people of two splits and were left out"


@dataclass(slots=True)
class ExportReport:
    """What was written."""

    out: Path
    images: Counter[str] = field(default_factory=Counter)  # by split
    faces: int = 0
    people: dict[str, set[str]] = field(default_factory=dict)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def export_yolo(
    dataset: Path,
    out: Path,
    *,
    every: int = 1,
    agc: str = "detail",
    points: Points = "none",
    least_visible: float = 0.0,
    on_progress: Callable[..., None] = lambda *told: None,
) -> ExportReport:
    """Write `images/{train,val,test}`, `labels/...` and `data.yaml` into `out`; no person is in two splits.

    The set's own split decides, or where it has none a hash of the person. agc: the gain control that makes 8 bits of kelvin; grey levels
    of imported sets stay as they are. points: `68` adds keypoints of the image's own person, for images with one face. InputError: `out` is not
    empty, no labelled image.
    """
    can_be_written("--out", out / "data.yaml")
    if out.is_dir() and any(out.iterdir()):
        raise InputError(f"--out {out} is not empty; name a new folder")
    report = ExportReport(out)
    side_of = _sides(dataset, report)
    clips = {clip.name: number for number, clip in enumerate(clip_folders(dataset))}
    with plain_disk_errors(out, "what was written stays"):
        for image in labelled_images(dataset, every=every, pictures=True, least_visible=least_visible, skipped=report.skipped):  # fmt: skip
            one = cleaned(image, report.counts)
            on_progress("clips", clips[one.image.rpartition("/")[0]], len(clips))
            sides = {side_of(person, one.split) for person in one.everyone}
            if not is_labelled("detect", one):
                report.counts[UNLABELLED["detect"]] += 1
            elif len(sides) > 1:
                report.counts[MET] += 1
            else:
                _write(one, sides.pop(), out, agc, points, report)
        on_progress("clips", len(clips), len(clips))
        if not sum(report.images.values()):
            raise InputError(f"{dataset} holds no image with labelled faces; import it with boxes, or take another data set")  # fmt: skip
        write_text(out / "data.yaml", _about(report, points))
    return report


def _sides(dataset: Path, report: ExportReport) -> Callable[[str, str], str]:
    """(person, split of the row) -> train, val or test."""
    own: dict[str, str] = {}
    for one in labelled_images(dataset, skipped=[]):
        own.setdefault(one.person, one.split)
    named = {"train": "train", "validation": "val", "test": "test"}
    have = {split for split in own.values() if split in named}

    def side(person: str, split: str) -> str:
        if len(have) > 1:
            return named.get(own.get(person, split) or "train", "train")
        digest = int(hashlib.sha256(f"0:{person}".encode()).hexdigest()[:8], 16) / 16**8
        return "val" if digest < VALIDATION_SHARE else "train"

    return side


def _write(one: LabelledImage, side: str, out: Path, agc: str, points: Points, report: ExportReport) -> None:
    from PIL import Image

    name = one.image.replace("/", "_")
    for kind in ("images", "labels"):
        (out / kind / side).mkdir(parents=True, exist_ok=True)
    Image.fromarray(eight_bit(one, agc)).save(out / "images" / side / f"{name}.png", compress_level=1)
    size = np.array([one.width_px, one.height_px], float)
    lines = []
    for box in one.faces_xyxy_px / np.tile(size, 2):
        numbers = [*((box[:2] + box[2:]) / 2), *(box[2:] - box[:2])]
        if points == "68":
            numbers += _keypoints(one, size)
        lines.append("0 " + " ".join(f"{value:.6f}".rstrip("0").rstrip(".") for value in numbers) + "\n")
    (out / "labels" / side / f"{name}.txt").write_text("".join(lines))
    report.images[side] += 1
    report.faces += len(lines)
    report.people.setdefault(side, set()).add(one.person)


def _keypoints(one: LabelledImage, size: np.ndarray) -> list[float]:
    """x, y, 2 of each of the 68 points of the only face; zeros where it is not known or lies outside."""
    values = np.zeros((68, 3))
    if len(one.faces_xyxy_px) == 1 and np.isfinite(one.landmarks_68_px).all():
        places = one.landmarks_68_px / size
        inside = ((places >= 0) & (places < 1)).all(axis=1)
        values[inside] = np.column_stack([places, np.full(68, 2.0)])[inside]
    return [float(value) for value in values.ravel()]


def eight_bit(one: LabelledImage, agc: str) -> UInt8[np.ndarray, "h w"]:
    """Kelvin through a gain control that sees this picture alone; grey levels of imported sets stretched to their own range."""
    if one.temperature_k is None:
        raise InputError(f"image {one.image} was read without its picture; read it with pictures=True")
    counts = to_centikelvin(one.temperature_k)
    if one.kelvin:
        return np.asarray(make_agc(agc)(counts))
    low, high = 29315, 31115  # 20 to 38 C, where the importer puts black and white (docs/import.md)
    return np.rint(np.clip((counts.astype(float) - low) / (high - low), 0, 1) * 255).astype(np.uint8)


def _about(report: ExportReport, points: Points) -> str:
    told: dict[str, object] = {side: f"images/{side}" for side in SPLITS if report.images[side]}
    told |= {"names": {0: "face"}}
    if points == "68":
        told |= {"kpt_shape": [68, 3]}
    return "# people of no split are in another\n" + yaml.safe_dump(told, sort_keys=False)
