"""What a model said of images: faces with boxes, landmarks, pose and gender, and the files in which that is kept."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from thermvision import __version__
from thermvision.disk import plain_disk_errors, write_text
from thermvision.types import InputError

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class PredictedFace:
    """One face. What the model does not tell is NaN or without points; `box_from` says where the box comes from."""

    bbox_xyxy_px: Float[np.ndarray, " 4"]
    score: float = math.nan  # 0-1
    landmarks_px: Float[np.ndarray, "n 2"] = field(default_factory=lambda: np.zeros((0, 2)))
    pose_deg: Float[np.ndarray, " 3"] = field(default_factory=lambda: np.full(3, np.nan))  # yaw, pitch, roll
    p_male: float = math.nan  # 0-1
    box_from: str = "found"  # found, label or whole (the picture)


@dataclass(frozen=True, slots=True)
class Prediction:
    """One image and its faces, the surest first."""

    image: str
    width_px: int
    height_px: int
    faces: tuple[PredictedFace, ...]
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class Predictions:
    """All images of a run, and who the model is, so that a test can be checked against what it has seen."""

    task: str
    model: str
    model_people: tuple[str, ...] = ()  # of data sets, whom the model has seen
    simulator_seed: int | None = None
    steps: int | None = None
    images: list[Prediction] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)  # image, why


def write_predictions(path: Path, made: Predictions) -> None:
    """Write as JSON, or as CSV (a row a face) if the name ends so; whole or not at all."""
    text = _csv(made) if path.suffix.lower() == ".csv" else _json(made)
    with plain_disk_errors(path.parent, "no predictions were written"):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)


def read_predictions(path: Path) -> Predictions:
    """The predictions of a JSON file; InputError if it is none."""
    try:
        content = json.loads(path.read_text())
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(
            f"predictions {path} cannot be read; expected the JSON file of `thermvision predict`"
        ) from error
    try:
        images = [_prediction(one) for one in content["images"]]
        skipped = [(str(one["image"]), str(one["reason"])) for one in content["skipped"]]
        about = (content["task"], content["model"], tuple(content["model_people"]), content["simulator_seed"], content.get("steps"))  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"predictions {path} are no file of `thermvision predict` ({type(error).__name__}: {error}); write it anew, as .json") from error  # fmt: skip
    return Predictions(*about, images=images, skipped=skipped)


def _json(made: Predictions) -> str:
    head = {
        "made_by": f"thermvision predict {__version__}", "format_version": FORMAT_VERSION, "task": made.task, "model": made.model,
        "model_people": sorted(made.model_people), "simulator_seed": made.simulator_seed, "steps": made.steps,
    }  # fmt: skip
    lines = ",\n".join(json.dumps(_image(one), allow_nan=False) for one in made.images)
    told = json.dumps([{"image": name, "reason": reason} for name, reason in made.skipped])
    return f'{json.dumps(head)[:-1]}, "images": [\n{lines}\n], "skipped": {told}}}\n'


def _image(one: Prediction) -> dict[str, Any]:
    return {
        "image": one.image, "width_px": one.width_px, "height_px": one.height_px, "warnings": list(one.warnings),
        "faces": [_face(face) for face in one.faces],
    }  # fmt: skip


def _face(face: PredictedFace) -> dict[str, Any]:
    told: dict[str, Any] = {"bbox_xyxy_px": np.round(face.bbox_xyxy_px, 2).tolist(), "box_from": face.box_from}
    for name, value, digits in (("score", face.score, 5), ("p_male", face.p_male, 6)):
        if not math.isnan(value):
            told[name] = round(float(value), digits)
    if len(face.landmarks_px):
        told["landmarks_px"] = np.round(face.landmarks_px.astype(float), 2).tolist()
    if np.isfinite(face.pose_deg).all():
        told["pose_deg"] = np.round(face.pose_deg.astype(float), 2).tolist()
    return told


def _prediction(one: dict[str, Any]) -> Prediction:
    faces = tuple(
        PredictedFace(
            _array(face["bbox_xyxy_px"], 4),
            float(face.get("score", math.nan)),
            np.array(face.get("landmarks_px", []), float).reshape(-1, 2),
            np.array(face.get("pose_deg", [np.nan] * 3), float).reshape(3),
            float(face.get("p_male", math.nan)),
            str(face.get("box_from", "found")),
        )
        for face in one["faces"]
    )
    return Prediction(
        str(one["image"]), int(one["width_px"]), int(one["height_px"]), faces, tuple(one.get("warnings", ()))
    )


def _array(values: Sequence[float], length: int) -> np.ndarray:
    return np.array(values, float).reshape(length)


def _csv(made: Predictions) -> str:
    """Image, size, box, score, pose, gender, points; images without a face have no row."""
    file = io.StringIO()
    points = max((len(face.landmarks_px) for one in made.images for face in one.faces), default=0)
    write = csv.writer(file, lineterminator="\n")
    write.writerow(
        ["image", "width_px", "height_px", "face", "x0", "y0", "x1", "y1", "box_from", "score", "yaw_deg", "pitch_deg", "roll_deg", "p_male"]
        + [f"{axis}_{k}" for k in range(points) for axis in "xy"]
    )  # fmt: skip
    for one in made.images:
        for number, face in enumerate(one.faces):
            places = face.landmarks_px.ravel().tolist()
            numbers = [face.score, *face.pose_deg.tolist(), face.p_male, *places]
            cells = ["" if math.isnan(value) else f"{value:.6g}" for value in numbers]
            box = [f"{value:.2f}" for value in face.bbox_xyxy_px.tolist()]
            write.writerow([one.image, one.width_px, one.height_px, number, *box, face.box_from, *cells])
    return file.getvalue()
