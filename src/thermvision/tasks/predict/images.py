"""Predictions of labelled images, one after another; what no network takes counts as nothing found, and is told."""

from __future__ import annotations

import numpy as np

from thermvision.faces.find import check_picture
from thermvision.faces.networks import SHIPPED
from thermvision.faces.reading import read_face
from thermvision.tasks.labelled import LabelledImage
from thermvision.tasks.measures.landmark_points import CONVENTIONS
from thermvision.tasks.predict.chosen import ChosenModel
from thermvision.tasks.predict.look import SURELY_VISIBLE, Look
from thermvision.tasks.predictions import Prediction, Predictions
from thermvision.types import InputError

_LOOKED_AT = 12  # images of which the landmark network says whether they are thermal
VISIBLE = "look like photographs in visible light (the landmark network is over 90 % sure of most that were looked at); figures on them say nothing of thermal images"  # fmt: skip


def predict_image(look: Look, image: LabelledImage) -> Prediction:
    """What the model says of a labelled image that was read with its picture; landmarks in the label's own convention."""
    if image.temperature_k is None:
        raise InputError(f"image {image.image} was read without its picture; read it with pictures=True")
    number = len(image.points_px)
    try:
        faces = look(
            image.temperature_k,
            kelvin=image.kelvin,
            true_box_xyxy_px=image.bbox_xyxy_px,
            points=CONVENTIONS.get(number, ""),
        )
    except InputError as error:  # a picture that is too small or not finite: found nothing, as a user would see it
        return Prediction(image.image, image.width_px, image.height_px, (), (str(error),))
    return Prediction(image.image, image.width_px, image.height_px, faces)


def empty_predictions(model: ChosenModel) -> Predictions:
    """Predictions to be filled, which say whose they are."""
    info = model.info
    if info is None:
        return Predictions(model.task, model.name)
    return Predictions(model.task, model.name, tuple(sorted(info.seen_people)), info.simulator_seed, info.steps)


class VisibleLight:
    """Looks at a few images of a data set, spread over their order, for whether they are thermal at all."""

    def __init__(self) -> None:
        self._seen, self._next, self._said = 0, 0, list[bool]()

    def look_at(self, image: LabelledImage) -> None:
        """Take the 1st, 2nd, 4th, 8th, ... image with a box; the networks are asked of no others."""
        picture = image.temperature_k
        if picture is None or not np.isfinite(image.bbox_xyxy_px).all():
            return
        self._seen += 1
        if self._seen <= self._next or len(self._said) >= _LOOKED_AT:
            return
        self._next = 2 * self._seen - 1
        try:
            check_picture(picture, kelvin=False)
        except InputError:
            return
        level = picture.astype(np.float32) - np.float32(np.median(picture))
        read = read_face(level, image.bbox_xyxy_px, 0.0, SHIPPED)
        self._said.append(read is not None and read.visible_light > SURELY_VISIBLE)

    @property
    def warning(self) -> str:
        """A sentence's end if most look like photographs, else nothing."""
        return VISIBLE if self._said and np.mean(self._said) > 0.5 else ""
