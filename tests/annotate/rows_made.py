"""Rows as they might be found, made up."""

import numpy as np

from thermvision.annotate.look import landmark_sets
from thermvision.annotate.rows import FaceRow, PictureRow
from thermvision.faces.find import FoundFace


def face_row(box=(10.0, 20.0, 50.0, 80.0), *, seed=0, track_id=None, regions=None, male=None) -> FaceRow:
    rng = np.random.default_rng(seed)
    low, high = np.array(box[:2], np.float32), np.array(box[2:], np.float32)
    found = FoundFace(
        bbox_xyxy_px=np.array(box, np.float32), score=0.87654, landmarks_px=rng.uniform(low, high, (478, 2)).astype(np.float32),
        sd_px=np.full(478, 1.25, np.float32), visible=rng.uniform(0, 1, 478).astype(np.float32), yaw_deg=12.34, pitch_deg=-5.0,
        roll_deg=0.26, interocular_px=22.2, inverted=0.02, visible_light=0.1,
    )  # fmt: skip
    return FaceRow(found, landmark_sets(found), False, regions or {}, track_id, male)


def picture_row(*faces: FaceRow, name="a.png", image_id=1, frame=None) -> PictureRow:
    file_name = name if frame is None else f"{name}#{frame:06d}"
    kelvin = any(face.regions_k for face in faces)
    time_s = None if frame is None else frame / 9
    return PictureRow(
        image_id, file_name, frame, time_s, 120, 100, kelvin, "measured" if kelvin else "", "", (), tuple(faces)
    )
