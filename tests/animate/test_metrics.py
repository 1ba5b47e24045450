"""Metrics of reenactment on inputs whose answer is known."""

import dataclasses

import numpy as np
import pytest

from thermvision.animate.held import held_straight
from thermvision.animate.metrics_heat import (
    REGIONS,
    drifts_k,
    flicker_k,
    region_distance_k,
    region_reading_k,
    warped_difference_k,
)
from thermvision.animate.metrics_shape import (
    LEAST_CHANGE,
    MEASURES,
    expression_correlations,
    expression_measures,
    landmark_errors_percent,
    pose_errors_deg,
    shape_distance_percent,
)
from thermvision.animate.reenactment import cross_scores, identity_scores, self_scores, watch
from thermvision.animate.shown import shown
from thermvision.motion.programs import make_program
from thermvision.rng import rng

STREAM = np.random.default_rng(0)


def head_points(frames=1):
    points = STREAM.uniform(20, 80, (frames, 478, 2))
    points[:, 33], points[:, 263] = (30.0, 40.0), (70.0, 40.0)  # eyes 40 px apart
    return points


def test_landmark_error_is_a_share_of_the_eyes_distance():
    true, seen = head_points(2), np.ones((2, 478), bool)
    found = true + np.array([3.0, 4.0])  # 5 px of 40
    assert landmark_errors_percent(found, true, seen) == pytest.approx([12.5, 12.5])
    found[0, 100:] += 50
    seen[0, 100:] = False  # what is hidden does not count
    assert landmark_errors_percent(found, true, seen) == pytest.approx([12.5, 12.5])
    seen[1] = False
    assert np.isnan(landmark_errors_percent(found, true, seen)[1])


@pytest.mark.parametrize(("off", "error"), [((0, 0, 0), 0), ((7, 0, 0), 7), ((0, -5, 0), 5), ((0, 0, 12), 12)])
def test_pose_error_is_an_angle(off, error):
    true = np.array([[0.0, 0.0, 0.0], [20.0, 0.0, 0.0]])
    assert pose_errors_deg(true + off, true)[0] == pytest.approx(error, abs=1e-5)
    held = np.zeros((2, 3)) + np.array([0.0, 0.0, 12.0])  # held otherwise all the time: the change is the same
    assert pose_errors_deg(held, np.zeros((2, 3)), change=True) == pytest.approx([0, 0], abs=1e-5)


def test_expression_correlation_follows_the_mouth():
    true = np.repeat(head_points(), 40, axis=0)
    wave = np.sin(np.linspace(0, 9, 40))
    true[:, 14] = true[:, 13] + np.stack([np.zeros(40), 6 + 5 * wave], axis=1)
    assert set(expression_measures(true)) == set(MEASURES)
    assert expression_correlations(true, true) == pytest.approx({"mouth_open": 1.0})  # nothing else changes
    half = true.copy()
    half[:, 14] = true[:, 13] + np.stack([np.zeros(40), 6 - 2 * wave], axis=1)
    assert expression_correlations(half, true) == pytest.approx({"mouth_open": -1.0})
    frozen = np.repeat(true[:1], 40, axis=0)
    assert expression_correlations(frozen, true) == {"mouth_open": 0.0}
    assert expression_correlations(true, frozen) == {} and LEAST_CHANGE > 0


def test_shape_distance_ignores_place_turn_and_size():
    one = head_points()[0]
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    assert shape_distance_percent(1.7 * one @ turn.T + [5, -9], one) == pytest.approx(0, abs=1e-9)
    longer = one * [1.0, 1.1]
    assert 0.5 < shape_distance_percent(longer, one) < 20
    assert shape_distance_percent(3 * longer, one) == pytest.approx(shape_distance_percent(longer, one))


def test_a_region_is_read_where_it_lies():
    points = head_points()[0]
    picture = np.full((100, 100), 300.0, np.float32)
    for x, y in points[[151, 108, 337]]:
        rows, columns = np.mgrid[:100, :100] + 0.5
        picture[(columns - x) ** 2 + (rows - y) ** 2 < 36] = 307.0
    assert region_reading_k(picture, points, "forehead") == pytest.approx(307.0)
    assert np.isnan(region_reading_k(picture, points + 500, "forehead"))
    assert set(REGIONS) >= {"forehead", "canthus_right", "canthus_left"}


def test_drift_counts_where_the_face_looks_here():
    readings = np.array([307.0, 307.2, 305.0])
    drift = drifts_k(readings, np.array([0.0, 10.0, 55.0]), np.zeros(3))
    assert drift[:2] == pytest.approx([0, 0.2]) and np.isnan(drift[2])


def test_region_patterns_ignore_the_level():
    one = {"forehead": 307.0, "nose": 304.0, "chin": 306.0}
    warmer = {name: value + 1.5 for name, value in one.items()}
    assert region_distance_k(one, warmer) == pytest.approx(0, abs=1e-9)
    assert region_distance_k(one, {**one, "nose": 307.0}) == pytest.approx(3 * np.sqrt(2) / 3, rel=1e-6)
    assert np.isnan(region_distance_k(one, {"ear": 300.0}))


def test_flicker_is_the_noise_of_still_skin():
    frames = (305 + 0.05 * STREAM.standard_normal((400, 20, 20))).astype(np.float32)
    skin = np.ones((400, 20, 20), bool)
    skin[7, :10] = False
    frames[:, :10] += STREAM.standard_normal((400, 10, 20)).astype(np.float32)  # what is not skin all the time
    assert flicker_k(frames, skin) == pytest.approx(0.05, rel=0.05)
    assert np.isnan(flicker_k(frames, ~skin))


def test_a_warp_undoes_a_move_and_shows_what_is_new():
    points = np.vstack([STREAM.uniform(5, 95, (474, 2)), [(2, 2), (98, 2), (2, 98), (98, 98)]])
    rows, columns = np.mgrid[:100, :100] + 0.5
    before = (300 + 3 * np.sin(columns / 9) + 2 * np.cos(rows / 7)).astype(np.float32)
    after = (300 + 3 * np.sin((columns - 4) / 9) + 2 * np.cos((rows + 3) / 7)).astype(np.float32)
    skin = np.zeros((100, 100), bool)
    skin[25:75, 25:75] = True
    moved = points + np.array([4.0, -3.0])
    assert warped_difference_k(before, after, points, moved, skin) < 0.01
    assert warped_difference_k(before, after, points, points, skin) > 0.5  # not warped
    assert warped_difference_k(before, after + np.float32(0.2), points, moved, skin) == pytest.approx(0.2, abs=0.01)
    assert np.isnan(warped_difference_k(before, after, points, moved, ~np.ones_like(skin)))


@pytest.fixture(scope="module")
def clips(stills):
    """Two people doing the same."""
    motion = make_program("expression", rng(5), 30)
    return {
        name: watch(shown(held_straight(still.portrait, 96), motion, "none", rng(0))) for name, still in stills.items()
    }


def test_nobody_is_more_like_a_clip_than_itself(clips):
    woman, man = clips["female"], clips["male"]
    perfect, other = self_scores(woman, woman), self_scores(man, woman)
    assert perfect["landmark error, %: median"] == 0 and perfect["pose error, deg: 95 %"] == pytest.approx(0, abs=1e-6)
    assert perfect["expression correlation: mean"] == pytest.approx(1) and perfect["skin error, K: median"] == 0
    assert other["landmark error, %: median"] > 2 and other["skin error, K: median"] > 0.2
    assert perfect["forehead drift, K: 95 %"] < 0.3  # the skin moves, its temperatures stay
    assert cross_scores(man, woman)["expression correlation: mean"] > 0.8  # both do the same
    assert cross_scores(man, woman)["pose error, deg: 95 %"] < 1


def test_identity_is_found_and_lost(clips):
    people = [clips["female"], clips["male"]]
    first = [
        dataclasses.replace(one, **{name: getattr(one, name)[:1] for name in one.__slots__}) for one in people
    ]  # fmt: skip
    right, wrong = identity_scores(people, first), identity_scores(people[::-1], first)
    for what in ("shape, % of the eyes' distance", "regions, K"):
        assert right[f"identity by {what}: rank-1"] == 1 and wrong[f"identity by {what}: rank-1"] == 0
        assert right[f"identity by {what}: own"] < 0.2 * right[f"identity by {what}: others"]
