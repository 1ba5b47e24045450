"""The shipped networks on simulated people that they were not trained on."""

import numpy as np
import pytest

from thermvision.faces.find import find_faces
from thermvision.types import InputError


def error_share(face, labels):
    truth = labels.landmarks_px["478"]
    return np.linalg.norm(face.landmarks_px - truth, axis=1).mean() / np.linalg.norm(truth[263] - truth[33])


@pytest.mark.parametrize("who", ["woman", "man"])
@pytest.mark.parametrize(("name", "limit"), [("front", 0.06), ("left", 0.07), ("right", 0.09), ("tilted", 0.07)])
def test_one_face_with_its_landmarks_and_pose(who, name, limit, request):
    still = request.getfixturevalue(who)[name]
    (face,) = find_faces(still.kelvin, kelvin=True)
    assert error_share(face, still.labels) < limit
    assert face.score > 0.5
    truth = still.labels
    assert abs(face.yaw_deg - truth.yaw_deg) < 10
    assert abs(face.pitch_deg - truth.pitch_deg) < 10
    assert abs(face.roll_deg - truth.roll_deg) < 8
    assert np.abs(face.bbox_xyxy_px - truth.bbox_xyxy_px).max() < 0.12 * np.ptp(truth.bbox_xyxy_px[[1, 3]])
    assert face.inverted < 0.5
    assert face.visible_light < 0.9


@pytest.mark.parametrize("changed", ["grey", "black-hot", "larger", "with room", "colder"])
def test_the_same_face_however_the_picture_is_given(woman, changed):
    still = woman["left"]
    (face,) = find_faces(still.kelvin, kelvin=True)
    kelvin, scale, shift = changed == "colder", 1.0, np.zeros(2)
    if changed == "grey":
        image = still.grey
    elif changed == "black-hot":
        image = 255 - still.grey
    elif changed == "larger":
        image, scale = np.kron(still.kelvin, np.ones((2, 2), np.float32)) - 290, 2.0
    elif changed == "with room":
        image, shift = np.pad(still.kelvin, ((40, 10), (80, 0)), mode="edge") - 290, np.array([80, 40])
    else:
        image = 200 + 0.5 * (still.kelvin - 290)
    (again,) = find_faces(image, kelvin=kelvin)
    eyes = face.interocular_px
    apart = np.linalg.norm((again.landmarks_px - shift) / scale - face.landmarks_px, axis=1)
    assert apart.mean() < (0.06 if changed == "black-hot" else 0.03) * eyes
    assert (again.inverted > 0.5) == (changed == "black-hot")


def test_hidden_points_are_told_from_seen_ones(man):
    still = man["right"]
    (face,) = find_faces(still.kelvin, kelvin=True)
    seen = still.labels.landmarks_visible["478"]
    assert face.visible[seen].mean() > face.visible[~seen].mean() + 0.3
    assert ((face.visible >= 0) & (face.visible <= 1)).all()
    assert (face.sd_px > 0).all()


def test_the_same_bytes_every_time(woman):
    once, twice = (find_faces(woman["front"].kelvin, kelvin=True)[0] for _ in range(2))
    assert once.landmarks_px.tobytes() == twice.landmarks_px.tobytes()
    assert (once.score, once.yaw_deg) == (twice.score, twice.yaw_deg)


def test_two_people_are_two_faces(woman, man):
    both = np.concatenate([woman["front"].kelvin, man["left"].kelvin], axis=1)
    faces = sorted(find_faces(both, kelvin=True), key=lambda face: face.bbox_xyxy_px[0])
    assert len(faces) == 2
    assert error_share(faces[0], woman["front"].labels) < 0.08


@pytest.mark.parametrize("kind", ["flat", "noise", "slope", "stripes", "disc"])
def test_nothing_where_there_is_no_face(kind):
    y, x = np.mgrid[:120, :160].astype(np.float32)
    image = {
        "flat": np.full((120, 160), 295.0),
        "noise": np.random.default_rng(1).normal(295, 1, (120, 160)),
        "slope": 290 + 0.05 * x + 0.02 * y,
        "stripes": 295 + 3 * np.sin(x / 4),
        "disc": 290 + 12.0 * ((x - 80) ** 2 + (y - 60) ** 2 < 900),
    }[kind].astype(np.float32)
    assert find_faces(image, kelvin=True) == []


@pytest.mark.parametrize(
    ("image", "kelvin", "words"),
    [
        (np.zeros((40, 40, 3), np.float32), False, "shape"),
        (np.zeros((8, 400), np.float32), False, "shape"),
        (np.full((60, 60), np.nan, np.float32), False, "not finite"),
        (np.full((60, 60), 31.0, np.float32), True, "expected kelvin"),
    ],
)
def test_what_is_no_picture(image, kelvin, words):
    with pytest.raises(InputError, match=words):
        find_faces(image, kelvin=kelvin)
