"""Each reason for which a portrait is refused, and that its sentence says what to do."""

import numpy as np
import pytest

from thermvision.faces.one_face import the_face
from thermvision.thermal.palettes import colour as coloured_by
from thermvision.types import InputError


def refused(image, words, *, kelvin=False, **more):
    with pytest.raises(InputError) as error:
        the_face(image, kelvin=kelvin, source="someone.png", **more)
    sentence = str(error.value)
    for word in ("someone.png", *words):
        assert word in sentence
    assert "\n" not in sentence
    assert len(sentence) < 260


def test_a_face_that_can_be_used(woman):
    face = the_face(woman["front"].kelvin, kelvin=True, source="someone.tiff")
    assert abs(face.yaw_deg) < 10


def test_no_face():
    refused(np.tile(np.arange(160, dtype=np.float32), (120, 1)), ["no face", "give"])


def test_two_faces_and_which_of_them(woman, man):
    both = np.concatenate([woman["front"].grey, man["front"].grey], axis=1)
    refused(both, ["2 faces", "--face 1 to 2", "crop"])
    refused(both, ["face 3", "shows 2"], face=3)
    right = the_face(both, kelvin=False, source="someone.png", face=2)
    assert right.bbox_xyxy_px[0] > 256


def test_a_profile(woman):
    refused(woman["profile"].kelvin, ["turned by", "60"], kelvin=True)


def test_a_picture_that_is_too_small(woman):
    refused(woman["front"].grey[:64, :48], ["48x64", "64x48"])


def test_a_face_that_is_too_small(woman):
    small = woman["front"].grey.reshape(64, 4, 64, 4).mean(axis=(1, 3))
    small = np.pad(small, 24, mode="edge").astype(np.float32)
    refused(small, ["px wide", "40 or more"])


def test_saturated(woman):
    grey = woman["front"].grey
    box = woman["front"].labels.bbox_xyxy_px.astype(int)
    level = np.median(grey[box[1] : box[3], box[0] : box[2]])
    refused(np.minimum(grey, level), ["highest value", "wider range"])


def test_inverted(woman):
    dark = 255 - woman["front"].grey
    refused(dark, ["looks black-hot", "--polarity black-hot"])
    refused(woman["front"].grey, ["looks white-hot", "--polarity white-hot"], polarity="black-hot")
    for polarity in ("auto", "black-hot"):
        assert the_face(dark, kelvin=False, polarity=polarity, source="someone.png").inverted > 0.5


def test_colours_of_a_photograph(woman):
    """Pixels as bright as one another in different colours; one palette has a single colour for each brightness."""
    grey = woman["front"].grey.astype(np.uint8)
    photograph = np.stack([grey, grey, grey], axis=-1)
    photograph[:, ::2, 0] = np.clip(grey[:, ::2].astype(int) + 60, 0, 255)
    photograph[:, ::2, 2] = np.clip(grey[:, ::2].astype(int) - 60, 0, 255)
    photograph = np.kron(photograph, np.ones((3, 3, 1), np.uint8))
    refused(np.kron(grey, np.ones((3, 3))).astype(np.float32), ["visible light", "palette"], colour=photograph)
    for palette in ("iron", "grey"):
        coloured = coloured_by(grey, palette) if palette == "iron" else np.stack([grey] * 3, axis=-1)
        the_face(woman["front"].grey, kelvin=False, source="someone.png", colour=coloured)
