"""Intervals over people: they cover, intervals over images do not; pairing, permutations and Holm by their definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermvision.tasks.measures.bootstrap import (
    bootstrap_draws,
    drawn_people,
    estimate,
    mean_statistic,
    paired_difference,
    percentile_interval,
    person_numbers,
    sums_by_person,
)
from thermvision.tasks.measures.permutation import holm, label_p_value, swap_p_value
from thermvision.types import InputError

PEOPLE, IMAGES = 30, 12


def clustered(stream, mean=0.0):
    """Values of people who differ as much among each other as their images do."""
    numbers = np.repeat(np.arange(PEOPLE), IMAGES)
    return mean + stream.normal(size=PEOPLE)[numbers] + stream.normal(size=len(numbers)), numbers


def test_the_interval_over_people_covers_and_the_one_over_images_is_too_narrow():
    stream, covered = np.random.default_rng(0), {"people": 0, "images": 0}
    for _ in range(300):
        values, numbers = clustered(stream, mean=3.0)
        one_each = np.arange(len(values))
        for name, unit, count in (("people", numbers, PEOPLE), ("images", one_each, len(values))):
            found = estimate(mean_statistic(values, unit, count), count, stream, draws=400)
            covered[name] += found.low <= 3.0 <= found.high
    assert 0.89 <= covered["people"] / 300 <= 0.98
    assert covered["images"] / 300 < 0.65


def test_a_draw_is_of_as_many_people_and_strata_keep_their_numbers():
    strata = np.array([0, 0, 0, 1, 1])
    (weights,) = drawn_people(5, 500, np.random.default_rng(1), strata)
    assert (weights[:, :3].sum(axis=1) == 3).all() and (weights[:, 3:].sum(axis=1) == 2).all()
    assert 0.9 < weights.mean() < 1.1 and len(np.unique(weights, axis=0)) > 20


def test_blocks_do_not_change_the_draws(monkeypatch):
    whole = np.concatenate(list(drawn_people(4, 100, np.random.default_rng(2))))
    monkeypatch.setattr("thermvision.tasks.measures.bootstrap._MOST_VALUES", 28)
    blocks = list(drawn_people(4, 100, np.random.default_rng(2)))
    assert len(blocks) == 15 and (np.concatenate(blocks) == whole).all()


def test_the_mean_weighs_people_by_their_images_and_leaves_out_what_is_missing():
    values, numbers = np.array([1.0, 3.0, 10.0, np.nan]), np.array([0, 0, 1, 2])
    statistic = mean_statistic(values, numbers, 3)
    assert statistic(np.array([[1.0, 1, 1], [2, 0, 1], [0, 0, 3]])).tolist()[:2] == [14 / 3, 2.0]
    assert np.isnan(statistic(np.array([[0.0, 0, 3]]))[0])


def test_the_difference_on_the_same_people_is_far_surer_than_two_intervals():
    stream = np.random.default_rng(3)
    values, numbers = clustered(stream)
    better = values + 0.2 + 0.05 * stream.normal(size=len(values))
    one, other = (mean_statistic(v, numbers, PEOPLE) for v in (better, values))
    difference = paired_difference(one, other, PEOPLE, stream, draws=2000)
    alone = estimate(one, PEOPLE, stream, draws=2000)
    assert difference.low > 0.15 and difference.value == pytest.approx(0.2, abs=0.02) and alone.low < 0 < alone.high


def test_one_person_has_a_figure_and_no_interval_and_none_is_refused():
    found = estimate(mean_statistic(np.array([1.0, 2.0]), np.array([0, 0]), 1), 1, np.random.default_rng(0))
    assert found.value == 1.5 and np.isnan([found.low, found.high]).all() and found.people == 1
    with pytest.raises(InputError, match="list of people is empty"):
        person_numbers([])
    with pytest.raises(InputError, match="0 people"):
        bootstrap_draws([], 0, np.random.default_rng(0))
    with pytest.raises(InputError, match=r"level is 95"):
        percentile_interval(np.zeros(3), 95)


def test_people_are_numbered_by_name_and_their_items_added_up():
    names, numbers = person_numbers(["M2", "F1", "M2"])
    assert names == ("F1", "M2") and numbers.tolist() == [1, 0, 1]
    assert sums_by_person(np.array([[1.0, 5], [2, 6], [4, 7]]), numbers, 2).tolist() == [[2, 6], [5, 12]]


def share_right(one, other):
    """Statistic of the right answers, out of ten, of each person under two models."""
    right = np.array([*one, *other], float)
    return lambda weights: weights @ right / (10 * weights.sum(axis=1))


def test_swapping_finds_a_difference_and_none_where_there_is_none():
    stream = np.random.default_rng(4)
    # Exact: of 256 ways only all or none swapped is as far apart.
    assert swap_p_value(share_right([8] * 8, [5] * 8), 8, stream) == pytest.approx(2 / 2**8)
    assert swap_p_value(share_right([8] * 30, [5] * 30), 30, stream, draws=500) == pytest.approx(1 / 501)
    assert np.isnan(swap_p_value(lambda weights: np.full(len(weights), np.nan), 8, stream))
    p_values = []
    for _ in range(60):
        one, other = stream.binomial(10, 0.7, (2, 20))
        p_values.append(swap_p_value(share_right(one, other), 20, stream, draws=200))
    assert 0.35 < np.mean(p_values) < 0.65 and np.mean(np.array(p_values) < 0.1) < 0.25


def test_relabelled_people_tell_a_cue_from_chance():
    stream, positive = np.random.default_rng(5), np.arange(40) % 2 == 0
    for shift, expected in ((2.0, lambda p: p < 0.01), (0.0, lambda p: p > 0.05)):
        scores = np.where(positive, shift, 0.0) + stream.normal(size=40)
        p = label_p_value(positive, lambda y, s=scores: (y @ s) / y.sum(1) - ((1 - y) @ s) / (1 - y).sum(1), stream, draws=500)  # fmt: skip
        assert expected(p)


@pytest.mark.parametrize(
    ("given_p", "adjusted"),
    [
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),  # 3 x .01; 2 x .03; max(.06, 1 x .04)
        ([0.5, 0.6], [1.0, 1.0]),
        ([0.02, float("nan")], [0.02, float("nan")]),
        ([], []),
    ],
)
def test_holm_by_hand(given_p, adjusted):
    np.testing.assert_allclose(holm(given_p), adjusted)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_lies_between_nothing_and_bonferroni_and_keeps_the_order(p_values):
    adjusted, p = holm(p_values), np.array(p_values)
    assert (adjusted >= p).all() and (adjusted <= np.minimum(1, len(p) * p) + 1e-12).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()


def test_holm_refuses_what_is_no_probability():
    with pytest.raises(InputError, match="expected 0 to 1"):
        holm([0.5, 1.5])
