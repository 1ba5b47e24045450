"""Any object detector of the transformers library, by hub name or from a folder, as a finder of faces."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from thermvision.faces.sampling import stretched
from thermvision.tasks.predictions import PredictedFace
from thermvision.types import InputError

LEAST_SCORE, MOST_FACES = 0.02, 300


def hub_detector(name: str) -> Callable[[np.ndarray], list[PredictedFace]]:
    """A function (h, w) values -> faces; the picture is shown as greys between its 2 and 98 % percentiles.

    name: a hub repository or a folder with `config.json`. The class whose label holds the word `face` counts, or the only one.
    InputError: transformers or torch missing, no such model, no class that is a face.
    """
    torch, transformers = _needed("torch"), _needed("transformers")
    try:
        processor = transformers.AutoImageProcessor.from_pretrained(name)
        model = transformers.AutoModelForObjectDetection.from_pretrained(name).eval()
    except (OSError, ValueError, KeyError) as error:
        place = "folder" if Path(name).exists() else "hub repository"
        what = " ".join(str(error).split())[:160]
        raise InputError(f"transformers:{name} cannot be loaded as a detector ({what}); expected a {place} with an object-detection model, and its files here or the hub in reach") from error  # fmt: skip
    number = face_class(model.config.id2label, name)

    def detect(values: np.ndarray) -> list[PredictedFace]:
        height, width = values.shape
        grey = np.clip((stretched(values) + 1) * 127.5, 0, 255).astype(np.uint8)
        inputs = processor(images=np.repeat(grey[..., None], 3, axis=2), return_tensors="pt")
        with torch.inference_mode():
            said = model(**inputs)
        (found,) = processor.post_process_object_detection(
            said, threshold=LEAST_SCORE, target_sizes=torch.tensor([[height, width]])
        )
        kept = found["labels"] == number
        boxes, scores = (found[part][kept].double().numpy() for part in ("boxes", "scores"))
        boxes = np.clip(boxes, 0, [width, height, width, height])
        order = np.argsort(-scores, kind="stable")[:MOST_FACES]
        return [PredictedFace(boxes[k], float(scores[k])) for k in order]

    return detect


def face_class(id2label: dict[int, str], name: str) -> int:
    """The number of the class of faces; InputError naming the classes where none is."""
    faces = [int(number) for number, label in id2label.items() if "face" in str(label).lower()]
    if len(id2label) == 1:
        return int(next(iter(id2label)))
    if len(faces) != 1:
        told = ", ".join(str(label) for label in list(id2label.values())[:6])
        raise InputError(f"transformers:{name} knows {len(id2label)} classes ({told}, ...), {len(faces)} of them faces; expected one class of faces: train it with `thermvision train detect --model {name}`")  # fmt: skip
    return faces[0]


def _needed(module: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise InputError(f'the Python package {error.name or module} is not installed; pip install "thermvision[tasks]" brings it') from error  # fmt: skip
