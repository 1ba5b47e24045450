"""The landmark network walks from a box that is beside a face to the face, and sets out anew where it comes to none."""

import numpy as np
import pytest

from thermvision.faces import reading
from thermvision.faces.reading import MESH, MOST_STEPS, STARTS, read_face


def crops_read(monkeypatch):
    """A list that takes the number of crops of each call of the network."""
    counts, run = [], reading.read_crops
    monkeypatch.setattr(
        reading, "read_crops", lambda crops, networks: counts.append(len(crops)) or run(crops, networks)
    )
    return counts


@pytest.mark.parametrize("name", ["front", "tilted"])
@pytest.mark.parametrize(("right", "down", "size"), [(0.7, 0, 1), (-0.7, 0, 1), (0, 0.6, 1), (0, -0.6, 1), (0, 0, 0.4)])
def test_a_box_beside_the_face_leads_to_the_face(woman, name, right, down, size):
    assert apart(woman[name], right, down, size) < 0.03  # read once more only, as before: 0.09 to 0.84


@pytest.mark.parametrize(
    ("name", "right", "down", "size"),
    [("front", 0.5, 0.3, 0.7), ("left", 0, 0.6, 1), ("right", 0.7, 0, 1), ("tilted", -0.5, 0.3, 0.7), ("profile", 0.5, 0.3, 0.7)],
)  # fmt: skip
def test_where_the_walk_comes_to_no_face_others_are_tried(woman, name, right, down, size):
    assert apart(woman[name], right, down, size, near=True) < 0.03
    assert apart(woman[name], right, down, size) > 0.3


def apart(still, right, down, size, near=False):
    """How far landmarks are from those read in the true box, of the outer eye corners' distance seen from the front."""
    picture = still.kelvin - np.float32(293)
    box = still.labels.bbox_xyxy_px.astype(float)
    middle, side = 0.5 * (box[:2] + box[2:]), box[2:] - box[:2]
    middle, half = middle + side * [right, down], 0.5 * size * side
    straight = read_face(picture, box, 0.2)
    found = read_face(picture, np.concatenate([middle - half, middle + half]), 0.0, near=near)
    eyes = np.linalg.norm(straight.landmarks_px[263] - straight.landmarks_px[33]) / np.cos(np.radians(straight.yaw_deg))
    return np.linalg.norm(found.landmarks_px[:MESH] - straight.landmarks_px[:MESH], axis=1).mean() / eyes


def test_a_box_that_fits_is_not_read_again(woman, monkeypatch):
    counts = crops_read(monkeypatch)
    still = woman["front"]
    read_face(still.kelvin - np.float32(293), still.labels.bbox_xyxy_px.astype(float), 0.2, near=True)
    assert counts == [1, 5]


def test_what_never_settles_comes_to_an_end(monkeypatch):
    counts = crops_read(monkeypatch)
    monkeypatch.setattr(reading, "SETTLED", 2.0)
    picture = np.random.default_rng(3).normal(0, 3, (96, 128)).astype(np.float32)
    assert read_face(picture, np.array([30.0, 20.0, 70.0, 70.0]), 0.0) is not None
    assert counts == MOST_STEPS * [1] + [5]


def test_where_there_is_no_face_little_is_read(monkeypatch):
    counts = crops_read(monkeypatch)
    monkeypatch.setattr(reading, "share", np.zeros_like)
    assert read_face(np.zeros((96, 128), np.float32), np.array([30.0, 20.0, 70.0, 70.0]), 0.2, near=True) is None
    assert counts == len(STARTS) * [1]
