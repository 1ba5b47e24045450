"""Files of predictions: JSON is read back as it was, CSV has a row a face."""

import csv

import numpy as np
import pytest

from thermvision.tasks.predictions import PredictedFace, Prediction, Predictions, read_predictions, write_predictions
from thermvision.types import InputError

FACES = (
    PredictedFace(np.array([1.0, 2, 30.25, 40]), 0.75, np.array([[3.5, 4.25], [5, 6]]), np.array([10.0, -2, 0.5]), 0.25, "label"),
    PredictedFace(np.array([0.0, 0, 8, 9])),
)  # fmt: skip
MADE = Predictions("landmarks", "mine", ("a", "b"), None, 9, [Prediction("c/00001", 64, 48, FACES, ("dark",)), Prediction("c/00002", 64, 48, ())], [("c/00003", "is torn")])  # fmt: skip


def test_json_is_read_back(tmp_path):
    write_predictions(tmp_path / "sub" / "p.json", MADE)
    again = read_predictions(tmp_path / "sub" / "p.json")
    assert (again.task, again.model, again.model_people, again.steps, again.skipped) == ("landmarks", "mine", ("a", "b"), 9, [("c/00003", "is torn")])  # fmt: skip
    one, bare = again.images[0].faces
    np.testing.assert_array_equal(one.landmarks_px, FACES[0].landmarks_px)
    assert (one.score, one.p_male, one.box_from, one.pose_deg.tolist()) == (0.75, 0.25, "label", [10, -2, 0.5])
    assert np.isnan(bare.score) and np.isnan(bare.pose_deg).all() and bare.landmarks_px.shape == (0, 2)
    assert again.images[0].warnings == ("dark",) and again.images[1].faces == ()


def test_csv_has_a_row_a_face(tmp_path):
    write_predictions(tmp_path / "p.csv", MADE)
    one, bare = csv.DictReader((tmp_path / "p.csv").open())
    assert (one["image"], one["x1"], one["p_male"], one["y_1"]) == ("c/00001", "30.25", "0.25", "6")
    assert (bare["face"], bare["score"], bare["box_from"]) == ("1", "", "found")


@pytest.mark.parametrize(("text", "says"), [("{", "cannot be read"), ("{}", "are no file of `thermvision predict`"), ('{"images": [{}]}', "are no file")])  # fmt: skip
def test_other_files_are_refused(tmp_path, text, says):
    (tmp_path / "p.json").write_text(text)
    with pytest.raises(InputError, match=says):
        read_predictions(tmp_path / "p.json")
