"""Faces on any thermal picture with their 478 landmarks, by two small networks that were trained on the simulator alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from thermvision.faces.boxes import LEAST_PEAK, face_boxes, one_each
from thermvision.faces.networks import SHIPPED, Networks
from thermvision.faces.reading import MESH, read_face
from thermvision.types import InputError

LEAST_SCORE = 0.4
NEAR_PEAK = (
    0.3  # of the finder, from which on a face is looked for about its box too: it saw something, and its box may be off
)
LEAST_SIDE_PX, MOST_SIDE_PX = 16, 16384
KELVIN_RANGE = (150.0, 1500.0)
_CERTAIN_SHARE = 0.04  # of the inter-ocular distance: below it all landmarks count alike
_OUTER_CORNERS = (33, 263)  # of the right and the left eye


@dataclass(frozen=True, slots=True)
class FoundFace:
    """A face on a picture. Landmarks are MediaPipe's 478; hidden ones are where they would be."""

    bbox_xyxy_px: Float32[np.ndarray, " 4"]  # of the landmarks, within the picture
    score: float  # 0-1
    landmarks_px: Float32[np.ndarray, "478 2"]
    sd_px: Float32[np.ndarray, " 478"]  # standard deviation of x and of y that the network expects
    visible: Float32[np.ndarray, " 478"]  # 0-1: in the picture and not hidden
    yaw_deg: float  # coarse, against the line of sight; `head.fit_landmarks` is more exact
    pitch_deg: float
    roll_deg: float
    interocular_px: float  # outer eye corners, as if seen from the front
    inverted: float  # 0-1: the picture is black-hot
    visible_light: float  # 0-1: it is no thermal picture

    @property
    def sd_share(self) -> float:
        """How exact the landmarks are, of the inter-ocular distance; they go wrong together. For `fit_head`."""
        return float(np.median(self.sd_px) / self.interocular_px)

    @property
    def weights(self) -> Float32[np.ndarray, " 478"]:
        """0 to 1, how much a landmark counts when a head is fitted: what is hidden or uncertain less."""
        certain = np.minimum(1, (_CERTAIN_SHARE * self.interocular_px / np.maximum(self.sd_px, 1e-6)) ** 2)
        return np.asarray(np.clip(self.visible, 0, 1) * certain, np.float32)


def find_faces(
    image: Float32[np.ndarray, "h w"], *, kelvin: bool, least_score: float = LEAST_SCORE, networks: Networks = SHIPPED
) -> list[FoundFace]:
    """The faces of a thermal picture, the surest first; an empty list if there is none.

    image: temperatures in kelvin, or grey levels of any range and of either polarity. kelvin: which of the two, for the check
    of the values; the networks see the same. least_score: of the faces that are told, 0.1 to 1. networks: files to run in place of
    the shipped networks. The same picture gives the same faces. InputError for pictures that are not
    finite, not within 16 to 16,384 px a side, not kelvin though said to be, and where ONNX Runtime is missing.
    """
    check_picture(image, kelvin=kelvin)
    values = image.astype(np.float32) - np.float32(np.median(image))
    # A face's score is the root of the peak's share and the landmark network's, so a lower peak cannot come to `least_score`.
    boxes, scores = face_boxes(values, networks, least_peak=max(LEAST_PEAK, least_score**2))
    read = (_face(values, box, float(score), least_score, networks) for box, score in zip(boxes, scores, strict=True))
    faces = [face for face in read if face is not None and face.score >= least_score]
    if not faces:
        return []
    kept = one_each(np.stack([face.bbox_xyxy_px for face in faces]), np.array([face.score for face in faces]))
    return [faces[index] for index in kept]


def check_picture(image: np.ndarray, *, kelvin: bool) -> None:
    """InputError for what is no picture of one channel in the range that `kelvin` promises."""
    if image.ndim != 2 or min(image.shape) < LEAST_SIDE_PX or max(image.shape) > MOST_SIDE_PX:
        raise InputError(
            f"the picture has the shape {image.shape}; expected (height, width), each {LEAST_SIDE_PX} to {MOST_SIDE_PX} px: give one channel"
        )
    if not np.isfinite(image).all():
        raise InputError("the picture holds values that are not finite (NaN); replace them by their neighbours")
    if kelvin and not (KELVIN_RANGE[0] <= image.min() and image.max() <= KELVIN_RANGE[1]):
        raise InputError(
            f"the picture's values are {image.min():g} to {image.max():g}; expected kelvin, {KELVIN_RANGE[0]:g} to {KELVIN_RANGE[1]:g}:"
            " convert them, or say that they are grey levels"
        )


def _face(
    picture: np.ndarray, box: np.ndarray, score: float, least_score: float, networks: Networks
) -> FoundFace | None:
    """None where the landmark network sees no face."""
    found = read_face(picture, box, 0.5 * least_score, networks, near=score >= NEAR_PEAK)
    if found is None:
        return None
    size = np.array(picture.shape[::-1])
    places = found.landmarks_px
    low, high = (np.clip(end, 0, size) for end in (places[:MESH].min(axis=0), places[:MESH].max(axis=0)))
    corners = float(np.linalg.norm(places[_OUTER_CORNERS[1]] - places[_OUTER_CORNERS[0]]))
    return FoundFace(
        bbox_xyxy_px=np.concatenate([low, high]).astype(np.float32),
        score=float(np.sqrt(score * found.face)),
        landmarks_px=places.astype(np.float32),
        sd_px=found.sd_px.astype(np.float32),
        visible=(found.visible * ((places > 0) & (places < size)).all(axis=1)).astype(np.float32),
        yaw_deg=found.yaw_deg,
        pitch_deg=found.pitch_deg,
        roll_deg=found.roll_deg,
        interocular_px=corners / max(float(np.cos(np.radians(found.yaw_deg))), 0.35),
        inverted=found.inverted,
        visible_light=found.visible_light,
    )
