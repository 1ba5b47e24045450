"""Landmark and pose figures: conventions, normalisers, curve, bins, by hand and by numerical statement."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.model import load_head_model
from thermvision.tasks.measures.landmark_points import common_points, point_groups
from thermvision.tasks.measures.landmarks import (
    error_by_group,
    image_errors,
    landmark_figures,
    landmark_statistics,
    point_errors,
    yaw_bins,
)
from thermvision.tasks.measures.normalisers import NORMALISERS, normaliser_px
from thermvision.tasks.measures.pose import angle_errors_deg, geodesic_deg, rotations
from thermvision.types import InputError


def face(name, shift=(0.0, 0.0)):
    """The average head's points, frontal, in px."""
    model = load_head_model()
    return (landmark_positions_mm(model, model.base_mm, name)[None, :, :2] + 200 + np.array(shift)).astype(float)


def box(points):
    return np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)


@pytest.mark.parametrize(
    ("one", "other", "count", "pairs"),
    [
        ("54", "68", 54, {48: 48, 49: 51, 50: 54, 51: 57, 52: 62, 53: 66}),  # SF-TL54: six of the lips' points
        ("70", "68", 68, {0: 0, 67: 67}),
        ("68", "478", 62, {36: 33, 45: 263, 48: 61, 30: 4}),
        ("5", "68", 3, {2: 30, 3: 48, 4: 54}),  # pupils are none of the 68
        ("5", "70", 5, {0: 68, 1: 69}),
        ("5", "478", 5, {0: 468, 1: 473}),
    ],
)
def test_common_points(one, other, count, pairs):
    there, back = common_points(one, other), common_points(other, one)
    table = dict(zip(*there, strict=True))
    assert len(table) == count and set(table.items()) == {(b, a) for a, b in zip(*back, strict=True)}
    assert pairs.items() <= table.items()
    np.testing.assert_allclose(face(one)[0, list(there[0])], face(other)[0, list(there[1])], atol=1e-3)


def test_groups_of_each_convention():
    assert {name: len(members) for name, members in point_groups("68").items()} == {"jaw": 17, "brows": 10, "nose": 9, "eyes": 12, "mouth": 20}  # fmt: skip
    assert point_groups("54")["mouth"] == (48, 49, 50, 51, 52, 53) and point_groups("70")["pupils"] == (68, 69)
    assert point_groups("5") == {"nose": (2,), "mouth": (3, 4), "pupils": (0, 1)}


@pytest.mark.parametrize("truth", ["54", "68", "70", "478"])
@pytest.mark.parametrize("found", ["5", "54", "68", "70", "478"])
def test_found_points_of_any_convention_shifted_by_three_px(truth, found):
    true = face(truth)
    sides = (box(true)[:, 2:] - box(true)[:, :2])[0]
    expected = {
        "box diagonal": 3 / np.hypot(*sides), "sqrt(W*H)": 3 / np.sqrt(sides.prod()), "W/H": 3 / sides[0],
        "outer eye corners": 3 / np.linalg.norm(face("68")[0, 36] - face("68")[0, 45]),
    }  # fmt: skip
    for name, value in expected.items():
        errors, points = point_errors(face(found, (3.0, 0.0)), true, box(true), name)
        np.testing.assert_allclose(errors, value, rtol=1e-4)
        assert len(points) == len(common_points(truth, found)[0])


def test_the_pupils_of_the_68_are_the_middles_of_the_eyes():
    of_70, of_68 = (normaliser_px("inter-pupil", face(name), box(face(name)))[0, 0] for name in ("70", "68"))
    assert of_68 == pytest.approx(of_70, rel=0.06)
    assert of_68 < normaliser_px("outer eye corners", face("68"), box(face("68")))[0, 0]


def test_what_cannot_be_normalised_is_said():
    true = face("68")
    with pytest.raises(InputError, match="one of outer eye corners"):
        normaliser_px("eyes", true, box(true))
    with pytest.raises(InputError, match="not among the 5 points"):
        normaliser_px("outer eye corners", face("5"), box(true))
    flat = box(true)
    flat[0, 2] = flat[0, 0]
    for name in set(NORMALISERS) - {"box diagonal", "outer eye corners", "inter-pupil"}:
        with pytest.raises(InputError, match="leave the image out"):
            normaliser_px(name, true, flat)
    with pytest.raises(InputError, match="42 points"):
        point_errors(true[:, :42], true, box(true), "W/H")
    with pytest.raises(InputError, match="0 images were found, 1 have true"):
        point_errors(true[:0], true, box(true), "W/H")


def test_hidden_points_and_faces_not_found_have_no_error():
    true = np.concatenate([face("68")] * 3)
    found = true + np.array([4.0, 0.0])
    found[1] = np.nan
    visible = np.ones((3, 68), bool)
    visible[:, :17] = False
    found[2, :17] += 100
    errors, points = point_errors(found, true, box(true), "box diagonal", visible)
    nme = image_errors(errors)
    assert np.isnan(nme[1]) and nme[0] == pytest.approx(nme[2]) and nme[0] > 0
    assert set(error_by_group(errors, points, 68)) == {"brows", "nose", "eyes", "mouth"}


errors = st.lists(st.one_of(st.floats(0, 0.3), st.just(float("nan"))), min_size=1, max_size=20)


@settings(max_examples=80, deadline=None)
@given(errors)
def test_the_curve_s_area_is_the_integral_and_failures_are_counted(values):
    nme = np.array(values)
    figures = landmark_figures(nme)
    x = (np.arange(40_000) + 0.5) / 40_000 * 0.08
    reached = np.searchsorted(np.sort(nme[~np.isnan(nme)]), x, side="right") / len(nme)
    assert figures["AUC@0.08"] == pytest.approx(reached.mean(), abs=1e-4)
    assert figures["FR@0.1"] == pytest.approx(sum(not v <= 0.1 for v in values) / len(values))
    assert (np.isnan(figures["NME"]) and np.isnan(nme).all()) or figures["NME"] == pytest.approx(np.nanmean(nme))


def test_bins_of_yaw_hold_every_image_once_and_their_figures_are_their_own():
    yaw = np.array([0.0, -14.9, 15.0, -44.0, 59.9, 90.0, -75.0])
    assert sum(chosen.astype(int) for chosen in yaw_bins(yaw).values()).tolist() == [1] * 7
    figures = landmark_figures(np.arange(7) / 100, yaw)
    assert figures["NME, yaw 0-15"] == pytest.approx(0.005) and figures["NME, yaw 60-90"] == pytest.approx(0.055)
    assert "NME, yaw 45-60" in figures and "NME, yaw 45-60" not in landmark_figures(np.zeros(1), np.zeros(1))


def test_figures_of_a_draw_are_those_of_the_drawn_images():
    nme, numbers = np.array([0.01, 0.02, 0.2, np.nan]), np.array([0, 0, 1, 2])
    drawn = {name: float(one(np.array([[2.0, 0, 1]]))[0]) for name, one in landmark_statistics(nme, numbers, 3).items()}
    assert drawn == pytest.approx(landmark_figures(nme[[0, 1, 0, 1, 3]]))


angle = st.floats(-89, 89)


@settings(max_examples=60, deadline=None)
@given(st.tuples(angle, angle, angle), st.tuples(angle, angle, angle))
def test_the_angle_between_poses_is_scipy_s_and_never_under_zero(one, other):
    a, b = (rotations(np.array([angles])) for angles in (one, other))
    expected = np.degrees((Rotation.from_matrix(a[0].T) * Rotation.from_matrix(b[0])).magnitude())
    assert geodesic_deg(a, b)[0] == pytest.approx(expected, abs=1e-5)


def test_pose_errors_go_the_short_way_round_and_small_ones_are_exact():
    found, true = np.array([[10.0, 0, 179], [1e-5, 0, 0], [np.nan, 0, 0]]), np.array([[4.0, 0, -179], [0.0, 0, 0], [0, 0, 0]])  # fmt: skip
    errors = angle_errors_deg(found, true)
    np.testing.assert_allclose(errors["yaw"], [6, 1e-5, np.nan])
    np.testing.assert_allclose(errors["roll"], [2, 0, 0], atol=1e-9)
    np.testing.assert_allclose(errors["pose"][1:], [1e-5, np.nan], rtol=1e-4)
    assert 6 < errors["pose"][0] < 6.5 and angle_errors_deg(np.zeros((0, 3)), np.zeros((0, 3)))["pose"].shape == (0,)
