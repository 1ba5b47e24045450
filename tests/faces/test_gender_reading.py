"""Gender on simulated people whom the network never saw; what it cannot tell is left open."""

import dataclasses

import numpy as np
import pytest
from faces.conftest import stills_of

from thermvision.faces.find import find_faces
from thermvision.faces.gender_reading import gender_crop, male_probabilities
from thermvision.faces.networks import Networks, male_logits
from thermvision.types import InputError

NEAR = ("front", "left", "right", "tilted")


def found(still):
    (face,) = find_faces(still.kelvin, kelvin=True)
    return face


@pytest.fixture(scope="module")
def people(woman, man):
    """Stills of two women and two men."""
    more = [stills_of(index, "female" if index % 2 == 0 else "male") for index in (10, 11)]
    return [(woman, False), (man, True), *((stills, place % 2 == 1) for place, stills in enumerate(more))]


def test_men_and_women_are_told_apart_more_often_than_not(people):
    right = [
        (male_probabilities(stills[turn].kelvin, [found(stills[turn])])[0] > 0.5) == male
        for stills, male in people
        for turn in NEAR
    ]
    assert np.mean(right) >= 0.8


def test_grey_levels_and_the_other_polarity_give_about_the_same(woman):
    still = woman["front"]
    (inverted,) = find_faces(255 - still.grey, kelvin=False)
    told = [
        male_probabilities(values, [face])[0]
        for values, face in (
            (still.kelvin, found(still)),
            (still.grey, found(still)),
            (255 - still.grey, inverted),
        )
    ]
    assert np.ptp(told) < 0.15 and inverted.inverted > 0.5


def test_a_face_is_told_the_same_alone_and_among_others(woman, man):
    picture = np.concatenate([woman["front"].kelvin, man["front"].kelvin], axis=1)
    faces = find_faces(picture, kelvin=True)
    assert len(faces) == 2
    together = male_probabilities(picture, faces)
    np.testing.assert_allclose(together, [male_probabilities(picture, [face])[0] for face in faces], atol=1e-5)
    np.testing.assert_allclose(together[::-1], male_probabilities(picture, faces[::-1]), atol=1e-5)


@pytest.mark.parametrize("change", [{"yaw_deg": 80.0}, {"yaw_deg": -80.0}, {"landmarks_px": 0.1}])
def test_profiles_and_faces_of_a_few_pixels_are_left_open(woman, change):
    still = woman["front"]
    face = found(still)
    if "landmarks_px" in change:
        change = {"landmarks_px": face.landmarks_px * np.float32(change["landmarks_px"])}
    told = male_probabilities(still.kelvin, [dataclasses.replace(face, **change), face])
    assert np.isnan(told[0]) and 0 <= told[1] <= 1


def test_no_face_no_number(woman):
    assert male_probabilities(woman["front"].kelvin, []).shape == (0,)


def test_the_crop_is_upright_and_holds_the_whole_face(woman):
    still = woman["tilted"]
    face = found(still)
    crop, turned = gender_crop(still.kelvin, face), gender_crop(np.rot90(still.kelvin).copy(), quarter(face))
    assert crop.shape == (128, 128) and np.abs(crop - turned).mean() < 0.02


def quarter(face):
    """The same face after `np.rot90` of the picture: x is the old y, y counts from the right side."""
    points = np.stack([face.landmarks_px[:, 1], 256 - face.landmarks_px[:, 0]], axis=1)
    return dataclasses.replace(face, landmarks_px=points.astype(np.float32), roll_deg=face.roll_deg - 90)


def test_another_network_may_be_named(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        male_logits(np.zeros((1, 1, 128, 128), np.float32), Networks(gender=tmp_path / "none.onnx"))
