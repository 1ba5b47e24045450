"""`--model shipped` reads the gender of a face that it found itself as `annotate` does: upright, white-hot, twice."""

import numpy as np
import pytest

from thermvision.annotate.look import look as annotated
from thermvision.annotate.pictures import ThermalPicture
from thermvision.faces.find import LEAST_SCORE, find_faces
from thermvision.tasks.labelled import labelled_images
from thermvision.tasks.predict.chosen import chosen_model
from thermvision.tasks.predict.look import make_look

LOOK = make_look(chosen_model("gender", "shipped"), boxes="found")


@pytest.fixture(scope="module")
def portrait(portraits):
    """A labelled image on which one face is found, with its picture."""
    return next(
        one
        for one in labelled_images(portraits, every=10, pictures=True)
        if len(find_faces(one.temperature_k, kelvin=True)) == 1
    )


VIEWS = {  # kelvin -> values, whether they are kelvin
    "kelvin": lambda kelvin: (kelvin, True),
    "black-hot": lambda kelvin: (310 - kelvin, False),
    "lying": lambda kelvin: (np.rot90(kelvin).copy(), True),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_pictures(view, portrait):
    values, kelvin = view(portrait.temperature_k)
    row = annotated(
        ThermalPicture("p", None, None, values, kelvin, "", None, "", ()), 1, min_score=LEAST_SCORE, polarity="auto"
    )
    faces = LOOK(values, kelvin=kelvin)
    if not row.faces:  # what no face is found on is read as a crop
        assert [face.box_from for face in faces] == ["whole"]
        return
    assert {face.box_from for face in faces} == {"found"}
    told = [np.nan if one.male_probability is None else one.male_probability for one in row.faces]
    np.testing.assert_allclose([face.p_male for face in faces], told, atol=1e-6)


def test_a_labelled_images_own_face(portrait):
    wide = np.concatenate([portrait.temperature_k, portrait.temperature_k[:, ::-1]], axis=1)
    width = portrait.temperature_k.shape[1]
    (face,) = LOOK(wide, kelvin=True, true_box_xyxy_px=portrait.bbox_xyxy_px)
    assert face.box_from == "found" and face.bbox_xyxy_px[2] <= width and 0 <= face.p_male <= 1


def test_black_hot_in_a_labels_box(portrait):
    kelvin, label = portrait.temperature_k, make_look(chosen_model("gender", "shipped"), boxes="label")
    white, black = (
        label(values, kelvin=is_kelvin, true_box_xyxy_px=portrait.bbox_xyxy_px)
        for values, is_kelvin in ((kelvin, True), (310 - kelvin, False))
    )
    assert [face.box_from for face in (*white, *black)] == ["label", "label"]
    assert abs(white[0].p_male - black[0].p_male) < 0.02
