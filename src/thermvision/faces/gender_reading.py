"""What the gender network says of faces: the apparent gender as the simulator has it, from the face and what is about it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32, Float64

from thermvision.faces.find import FoundFace
from thermvision.faces.networks import SHIPPED, Networks, male_logits
from thermvision.faces.reading import CROP_PX, MESH, Reading, rotation, share
from thermvision.faces.sampling import resampled, stretched

ROOM_GENDER = 1.5  # side of a crop over the longer side of the face box; tools/judge_gender.py measures it
LEAST_FACE_PX, MOST_YAW_DEG = 16.0, 75.0  # longer side of the box; beyond these nothing is told
_INVERTED = 0.5


def male_probabilities(
    picture: Float32[np.ndarray, "h w"],
    faces: Sequence[FoundFace | Reading],
    *,
    room: float = ROOM_GENDER,
    networks: Networks = SHIPPED,
) -> Float64[np.ndarray, " n"]:
    """Of each face, 0 to 1, the probability that it is a man's; NaN for faces under 16 px and those turned by over 75 degrees.

    picture, faces: as given to and told by `find_faces`, or by `read_face` in a box that is known. room: the side of a crop over
    the longer side of the face box, as the network was trained. Each face is looked at upright and white-hot, twice, the second time mirrored.
    """
    told = [place for place, face in enumerate(faces) if _can_be_told(face)]
    probabilities = np.full(len(faces), np.nan)
    if told:
        crops = np.stack([gender_crop(picture, faces[place], room) for place in told])[:, None]
        logits = male_logits(np.concatenate([crops, np.ascontiguousarray(crops[..., ::-1])]), networks)
        probabilities[told] = share(logits.reshape(2, -1).mean(axis=0).astype(np.float64))
    return probabilities


def gender_crop(
    picture: Float32[np.ndarray, "h w"], face: FoundFace | Reading, room: float = ROOM_GENDER
) -> Float32[np.ndarray, "128 128"]:
    """The upright square about a face that the network looks at, stretched, warm skin bright."""
    upright = face.landmarks_px[:MESH].astype(np.float64) @ rotation(face.roll_deg)
    low, high = upright.min(axis=0), upright.max(axis=0)
    frame = rotation(face.roll_deg) * (0.5 * room * max(float((high - low).max()), 1.0))
    crop = resampled(picture, rotation(face.roll_deg) @ (0.5 * (low + high)), frame, CROP_PX, CROP_PX)
    return stretched(-crop if face.inverted > _INVERTED else crop)


def _can_be_told(face: FoundFace | Reading) -> bool:
    low, high = face.landmarks_px[:MESH].min(axis=0), face.landmarks_px[:MESH].max(axis=0)
    return float((high - low).max()) >= LEAST_FACE_PX and abs(face.yaw_deg) <= MOST_YAW_DEG
