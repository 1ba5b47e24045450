"""The smaller sets that follow from 478 found points are those that the head's labels have."""

import numpy as np
import pytest

from thermvision.faces.landmark_sets import sets_of
from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.model import load_head_model

MIDDLES = {3, 4, 12, 13, 27, 28}  # of iBUG's 68: the middle of two of MediaPipe's points


@pytest.mark.parametrize("name", ["5", "54", "68", "70", "478"])
def test_against_the_labels_of_the_head(name):
    model = load_head_model()
    skin = model.base_mm[: model.num_vertices]
    labels, all_points = landmark_positions_mm(model, skin, name), landmark_positions_mm(model, skin, "478")
    apart = np.linalg.norm((sets_of(all_points.astype(float))[name] - labels)[:, :2], axis=1)
    exact = [place not in MIDDLES or name in ("5", "478") for place in range(int(name))]
    assert apart[exact].max() < 1e-3
    assert apart.max() < 0.01 * np.linalg.norm(all_points[263] - all_points[33])
