"""The landmark network walks from a box that is beside a face to the face."""

import numpy as np
import pytest

from thermvision.faces import reading
from thermvision.faces.reading import MESH, MOST_STEPS, read_face


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
    still = woman[name]
    picture = still.kelvin - np.float32(293)
    box = still.labels.bbox_xyxy_px.astype(float)
    middle, side = 0.5 * (box[:2] + box[2:]), box[2:] - box[:2]
    middle, half = middle + side * [right, down], 0.5 * size * side
    straight = read_face(picture, box, 0.2)
    walked = read_face(picture, np.concatenate([middle - half, middle + half]), 0.0)
    eyes = np.linalg.norm(straight.landmarks_px[263] - straight.landmarks_px[33])
    apart = np.linalg.norm(walked.landmarks_px[:MESH] - straight.landmarks_px[:MESH], axis=1).mean()
    assert apart < 0.03 * eyes  # read once more only, as before: 0.09 to 0.84
    assert walked.face > 0.5


def test_a_box_that_fits_is_not_read_again(woman, monkeypatch):
    counts = crops_read(monkeypatch)
    still = woman["front"]
    read_face(still.kelvin - np.float32(293), still.labels.bbox_xyxy_px.astype(float), 0.2)
    assert counts == [1, 5]


def test_what_never_settles_comes_to_an_end(monkeypatch):
    counts = crops_read(monkeypatch)
    monkeypatch.setattr(reading, "SETTLED", 2.0)
    picture = np.random.default_rng(3).normal(0, 3, (96, 128)).astype(np.float32)
    assert read_face(picture, np.array([30.0, 20.0, 70.0, 70.0]), 0.0) is not None
    assert counts == [1] + MOST_STEPS * [5]
