"""What the chosen model says of one picture: boxes, landmarks or gender, in the label's box or in the one that is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Float32

from thermvision.faces.boxes import face_boxes
from thermvision.faces.find import FoundFace, check_picture, find_faces
from thermvision.faces.gender_reading import male_probabilities
from thermvision.faces.landmark_sets import sets_of
from thermvision.faces.networks import session
from thermvision.faces.reading import read_face, share
from thermvision.faces.sampling import resampled, stretched
from thermvision.tasks.measures.box_matching import face_of
from thermvision.tasks.predict.chosen import ChosenModel
from thermvision.tasks.predictions import PredictedFace
from thermvision.types import InputError

BoxFrom = Literal["auto", "found", "label"]
LEAST_SCORE, LEAST_PEAK, MOST_FACES = 0.1, 0.05, 300  # low and many: precision-recall curves want the unsure ones too
SURELY_VISIBLE = 0.9
Detector = Callable[[np.ndarray], list[PredictedFace]]


@dataclass(frozen=True, slots=True)
class Look:
    """Runs one model. boxes: in whose box landmarks and gender are read; points: which landmark set is told, or `as labelled`."""

    model: ChosenModel
    boxes: BoxFrom = "auto"
    points: str = "68"
    detector: Detector | None = None  # of the transformers library, loaded once

    def __call__(
        self,
        values: Float32[np.ndarray, "h w"],
        *,
        kelvin: bool,
        true_box_xyxy_px: Float[np.ndarray, " 4"] | None = None,
        points: str = "",
    ) -> tuple[PredictedFace, ...]:
        """The faces of a picture, the surest first; with a true box the face in it alone for landmarks and gender.

        InputError for pictures that no network takes: under 16 px, not finite.
        """
        check_picture(values, kelvin=kelvin)
        box = None if true_box_xyxy_px is None or not _usable(true_box_xyxy_px, values) else true_box_xyxy_px
        if self.model.task == "detect":
            return tuple(self._detect(values, kelvin))
        if self.model.task == "landmarks":
            return tuple(self._landmarks(values, kelvin, box, points or self.points))
        return tuple(self._gender(values, kelvin, box))

    def _detect(self, values: np.ndarray, kelvin: bool) -> list[PredictedFace]:
        if self.detector is not None:
            return self.detector(values)
        if not self.model.alone:
            found = find_faces(values, kelvin=kelvin, least_score=LEAST_SCORE, networks=self.model.networks)
            return [PredictedFace(one.bbox_xyxy_px.astype(float), one.score) for one in found]
        boxes, scores = face_boxes(_levelled(values), self.model.networks, least_peak=LEAST_PEAK, most=MOST_FACES)
        cut = np.clip(boxes, 0, np.tile(values.shape[::-1], 2))
        return [PredictedFace(box, float(score)) for box, score in zip(cut, scores, strict=True)]

    def _landmarks(self, values: np.ndarray, kelvin: bool, box: np.ndarray | None, points: str) -> list[PredictedFace]:
        if box is not None and self.boxes == "label":
            read = read_face(_levelled(values), box, 0.0, self.model.networks)
            if read is None:
                return []
            pose = np.array([read.yaw_deg, read.pitch_deg, read.roll_deg])
            return [PredictedFace(box, read.face, _points(read.landmarks_px, points), pose, box_from="label")]
        found = find_faces(values, kelvin=kelvin, least_score=LEAST_SCORE, networks=self.model.networks)
        return [_of_found(one, points) for one in found]

    def _gender(self, values: np.ndarray, kelvin: bool, box: np.ndarray | None) -> list[PredictedFace]:
        whole = np.array([0.0, 0.0, values.shape[1], values.shape[0]])
        if box is not None and self.boxes != "found":
            return [self._gender_in_label(values, box)]
        found = find_faces(values, kelvin=kelvin)
        if box is not None:  # of a labelled image's own person
            own = face_of(np.array([one.bbox_xyxy_px for one in found], float).reshape(-1, 4), box)
            found = [] if own is None else [found[own]]
        if not found:
            return [self._gender_in(values, whole, "whole")]
        boxes = [one.bbox_xyxy_px.astype(float) for one in found]
        if not self.model.shipped:  # as it was trained: in a box, as the picture is
            return [self._gender_in(values, one, "found") for one in boxes]
        men = male_probabilities(values, found, room=self.model.room, networks=self.model.networks)
        return [PredictedFace(one, p_male=male) for one, male in zip(boxes, men.tolist(), strict=True)]

    def _gender_in_label(self, values: np.ndarray, box: np.ndarray) -> PredictedFace:
        """The shipped network sees the face there as `annotate` shows it, upright and white-hot, unless it is too small or turned away."""
        levelled = _levelled(values)
        read = read_face(levelled, box, 0.0, self.model.networks) if self.model.shipped else None
        if read is not None:
            (male,) = male_probabilities(levelled, [read], room=self.model.room, networks=self.model.networks)
            if np.isfinite(male):
                return PredictedFace(box, p_male=float(male), box_from="label")
        return self._gender_in(values, box, "label")

    def _gender_in(self, values: np.ndarray, box: np.ndarray, box_from: str) -> PredictedFace:
        """A square about the box with room for hair and neck; of a whole picture its middle square with no room, for it is a crop already."""
        sides = box[2:] - box[:2]
        side = float(sides.max()) * (self.model.room if box_from != "whole" else 1.0)
        crop = resampled(
            _levelled(values), 0.5 * (box[:2] + box[2:]), np.eye(2) * side / 2, self.model.crop_px, self.model.crop_px
        )
        (logit,) = session("gender", self.model.networks).run(None, {"x": stretched(crop)[None, None]})
        if np.size(logit) != 1:
            raise InputError(f"the gender network {self.model.name} gives {np.size(logit)} numbers for a picture; expected one, the logit of male")  # fmt: skip
        return PredictedFace(box, p_male=float(share(np.asarray(logit, float).reshape(1))[0]), box_from=box_from)


def make_look(model: ChosenModel, boxes: BoxFrom = "auto", points: str = "68") -> Look:
    """A look by a chosen model, with its detector loaded where it is one of the transformers library."""
    detector = None
    if model.hub:
        from thermvision.tasks.foreign.detectors import hub_detector

        detector = hub_detector(model.hub)
    return Look(model, boxes, points, detector)


def _of_found(face: FoundFace, points: str) -> PredictedFace:
    pose = np.array([face.yaw_deg, face.pitch_deg, face.roll_deg])
    return PredictedFace(face.bbox_xyxy_px.astype(float), face.score, _points(face.landmarks_px, points), pose)


def _points(landmarks_px: np.ndarray, points: str) -> np.ndarray:
    return sets_of(landmarks_px.astype(float))[points].astype(float)


def _levelled(values: np.ndarray) -> Float32[np.ndarray, "h w"]:
    """Kelvin and greys alike about zero, which float32 resamples more exactly."""
    return values.astype(np.float32) - np.float32(np.median(values))


def _usable(box: np.ndarray, values: np.ndarray) -> bool:
    """Finite, at least a pixel large, and with some of it in the picture."""
    if not np.isfinite(box).all() or (box[2:] - box[:2] < 1).any():
        return False
    return bool(box[0] < values.shape[1] and box[1] < values.shape[0] and box[2] > 0 and box[3] > 0)
