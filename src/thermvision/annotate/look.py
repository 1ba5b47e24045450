"""From a picture to its row: the networks' faces, their landmark sets, polarity and temperatures."""

from __future__ import annotations

import dataclasses

import numpy as np

from thermvision.annotate.pictures import ThermalPicture
from thermvision.annotate.rows import SEEN, FaceRow, LandmarkPoints, PictureRow
from thermvision.annotate.settings import Polarity
from thermvision.faces.boxes import MOST_BOXES
from thermvision.faces.find import FoundFace, find_faces
from thermvision.faces.gender_reading import male_probabilities
from thermvision.faces.landmark_sets import sets_of
from thermvision.faces.networks import SHIPPED, Networks
from thermvision.faces.one_face import SURELY_VISIBLE
from thermvision.faces.region_readings import read_regions

PHOTOGRAPH = "looks like a photograph in visible light (the landmark network is over 90 % sure)"
CROWD = f"shows {MOST_BOXES} faces, which is the most that are looked for; there may be more"
_LEAST_SIDE_PX = 1.0  # of a box within the picture


def look(
    picture: ThermalPicture,
    image_id: int,
    *,
    min_score: float,
    polarity: Polarity,
    gender: bool = True,
    networks: Networks = SHIPPED,
) -> PictureRow:
    """Every face of a picture with a score of `min_score` or more, the surest first.

    polarity: of grey levels; `auto` believes the picture, face by face; kelvin is always white-hot. gender: look for it too.
    InputError for pictures that `find_faces` does not take.
    """
    told = polarity != "auto" and not picture.kelvin
    values = -picture.values if told and polarity == "black-hot" else picture.values
    found = find_faces(values, kelvin=picture.kelvin, least_score=min_score, networks=networks)
    faces = [face for face in found if _has_area(face)]
    height, width = picture.values.shape
    warnings = list(picture.warnings)
    if not picture.kelvin and any(face.visible_light > SURELY_VISIBLE for face in faces):
        warnings.append(PHOTOGRAPH)
    if len(faces) >= MOST_BOXES:
        warnings.append(CROWD)
    men = male_probabilities(values, faces, networks=networks) if gender else np.full(len(faces), np.nan)
    rows = []
    for face, male in zip(faces, men.tolist(), strict=True):
        black_hot = polarity == "black-hot" if told else not picture.kelvin and face.inverted > 0.5
        regions = read_regions(picture.values, face.landmarks_px, face.visible > SEEN) if picture.kelvin else {}
        row = FaceRow(face, landmark_sets(face), black_hot, regions)
        rows.append(row if np.isnan(male) else dataclasses.replace(row, male_probability=male))
    name = picture.name if picture.frame is None else f"{picture.name}#{picture.frame:06d}"
    return PictureRow(
        image_id, name, picture.frame, picture.time_s, width, height, picture.kelvin, picture.source, picture.palette,
        tuple(warnings), tuple(rows),
    )  # fmt: skip


def landmark_sets(face: FoundFace) -> dict[str, LandmarkPoints]:
    """The five sets of a face. A point of a smaller set that is the middle of two has the mean of their deviations."""
    values = np.column_stack([face.landmarks_px, face.sd_px, face.visible])
    return {
        name: LandmarkPoints(points[:, :2].copy(), points[:, 2].copy(), points[:, 3].copy())
        for name, points in sets_of(values.astype(np.float64)).items()
    }


def _has_area(face: FoundFace) -> bool:
    left, top, right, bottom = face.bbox_xyxy_px
    return bool(right - left >= _LEAST_SIDE_PX and bottom - top >= _LEAST_SIDE_PX)
