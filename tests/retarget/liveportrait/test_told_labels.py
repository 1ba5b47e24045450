"""What labels say of a driven frame: coefficients by region, temperatures by place, sets by index, masks by outline."""

import numpy as np
import pytest
from analytic_portrait import portrait

from thermvision.faces.landmark_sets import sets_of
from thermvision.faces.region_readings import read_regions
from thermvision.motion.arkit import ARKIT_INDEX, ARKIT_NAMES
from thermvision.motion.programs import make_program
from thermvision.retarget.liveportrait.keypoints import HeadState
from thermvision.retarget.liveportrait.motion_driver import driver_from_motion
from thermvision.retarget.liveportrait.options import LivePortraitOptions
from thermvision.retarget.liveportrait.told_labels import face_mask, told_motion
from thermvision.retarget.liveportrait.transfer import transferred


def told(**settings):
    options = LivePortraitOptions(**settings)
    rng = np.random.default_rng(0)
    source = HeadState(
        rng.normal(0, 0.3, (1, 21, 3)), np.eye(3)[None], np.zeros((1, 21, 3)), np.array([1.4]), np.zeros((1, 3))
    )
    driver = driver_from_motion(make_program("natural", np.random.default_rng(3), 90))
    state = transferred(source, driver, options)
    own = source.keypoints()
    keypoints = own + options.multiplier * (state.keypoints() - own)
    return told_motion(source, state, keypoints, driver, options), driver.told


def moved(arkit):
    return {name for name, index in ARKIT_INDEX.items() if arkit[:, index].max() > 0}


def test_everything_is_told_when_everything_moves():
    said, driver = told()
    np.testing.assert_allclose(said.arkit, driver.arkit, atol=1e-6)
    np.testing.assert_allclose(said.gaze_deg, driver.gaze_deg, atol=1e-5)
    assert said.expression == driver.expression
    np.testing.assert_allclose(said.rotation, driver.sight_from_head, atol=0.02)
    assert moved(said.arkit)


@pytest.mark.parametrize(
    ("region", "starts", "gazes"),
    [("pose", (), False), ("lips", ("mouth", "jaw", "tongue", "cheekPuff"), False), ("eyes", ("eye",), True)],
)
def test_a_region_tells_only_what_it_moves(region, starts, gazes):
    said, driver = told(region=region)
    assert all(name.startswith(starts) for name in moved(said.arkit)) if starts else not said.arkit.any()
    for name in ARKIT_NAMES:
        if starts and name.startswith(starts):
            np.testing.assert_allclose(said.arkit[:, ARKIT_INDEX[name]], driver.arkit[:, ARKIT_INDEX[name]])
    assert said.gaze_deg.any() == (gazes and driver.gaze_deg.any())
    turned = np.abs(said.rotation - np.eye(3)).max() > 0.01
    assert turned == (region == "pose")
    assert region == "lips" or set(said.expression) == {"neutral"}


def test_half_the_motion_is_half_the_coefficients():
    whole, half = told()[0], told(multiplier=0.5)[0]
    np.testing.assert_allclose(half.arkit, whole.arkit / 2, atol=1e-6)
    np.testing.assert_allclose(half.gaze_deg, whole.gaze_deg / 2, atol=1e-5)
    assert not told(multiplier=0.0)[0].arkit.any()


def test_regions_are_read_where_they_are_and_only_where_they_are_seen():
    """A spot of another temperature at three places; one point turned away; a face half out of the picture."""
    picture, points = portrait()
    seen = np.ones(478, bool)
    spots = {
        "nose_tip": (points[4] + points[1]) / 2,
        "cheek_right": (points[50] + points[205]) / 2,
        "chin": (points[199] + points[175]) / 2,
    }
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]] + 0.5
    for k, place in enumerate(spots.values()):
        picture[np.hypot(x - place[0], y - place[1]) < 9] = 300 + k
    read = read_regions(picture, points, seen)
    assert [read[name] for name in spots] == [300, 301, 302]
    assert read["cheek_left"] > 305
    assert points[50, 0] < points[280, 0]  # the subject's right is image left
    seen[50] = False
    assert "cheek_right" not in read_regions(picture, points, seen)
    half_out = read_regions(picture, points - [points[4, 0] - 5, 0], np.ones(478, bool))
    assert "cheek_left" in half_out
    assert "cheek_right" not in half_out


def test_sets_are_those_of_the_head_model():
    """The head model has the same points as sets of its own, found on its surface: means of two points differ by little."""
    from thermvision.head.landmarks import landmark_positions_mm
    from thermvision.head.model import load_head_model

    model = load_head_model()
    vertices = model.base_mm[: model.num_vertices]
    found = sets_of(landmark_positions_mm(model, vertices, "478").astype(np.float64))
    for name, places in found.items():
        expected = landmark_positions_mm(model, vertices, name)
        assert np.abs(places - expected).max() < 3.0, name  # mm
        assert np.median(np.abs(places - expected)) < 0.01, name


def test_the_mask_is_the_oval_of_the_points():
    _, points = portrait()
    mask = face_mask(points, 300, 320)
    inside, outside = points[[4, 151, 13, 50, 280]], points[[10, 152, 234, 454]] + [[0, -4], [0, 4], [-4, 0], [4, 0]]
    assert all(mask[int(y), int(x)] for x, y in inside)
    assert not any(mask[int(y), int(x)] for x, y in outside)
    assert not face_mask(points - 5000, 300, 320).any()
