"""Gender figures against all pairs and by hand; draws of people are the images repeated."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermvision.tasks.measures.bootstrap import estimate
from thermvision.tasks.measures.gender import (
    confusion,
    figures_by_group,
    gender_figures,
    gender_statistics,
    roc_auc,
)
from thermvision.types import InputError

item = st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.5000001, 1.0]), st.booleans(), st.integers(0, 3))


def all_pairs(p_male, is_male):
    pairs = [(m > w) + 0.5 * (m == w) for m in p_male[is_male] for w in p_male[~is_male]]
    return np.mean(pairs) if pairs else np.nan


@settings(max_examples=120, deadline=None)
@given(st.lists(item, min_size=1, max_size=20), st.lists(st.integers(0, 3), min_size=4, max_size=4))
def test_every_figure_of_every_draw_is_that_of_the_repeated_images(items, times):
    p_male, is_male, numbers = (np.array(column) for column in zip(*items, strict=True))
    found = {name: one(np.array([times], float))[0] for name, one in gender_statistics(p_male, is_male, numbers, 4).items()}  # fmt: skip
    rows = np.repeat(np.arange(len(items)), np.array(times)[numbers])
    p, male = p_male[rows], is_male[rows]
    right = (p >= 0.5) == male
    recalls = [right[male == kind].mean() if (male == kind).any() else np.nan for kind in (False, True)]
    expected = [right.mean() if len(rows) else np.nan, np.mean(recalls), all_pairs(p, male)]
    np.testing.assert_allclose(list(found.values()), expected, atol=1e-12)
    np.testing.assert_allclose(roc_auc(p, male), expected[2], atol=1e-12)


def test_ties_count_half():
    p_male, is_male = np.array([0.5, 0.5, 0.5, 0.9, 0.1]), np.array([True, False, True, True, False])
    assert roc_auc(p_male, is_male) == pytest.approx(5 / 6)
    constant = gender_figures(np.full(10, 1.0), np.arange(10) < 7)
    assert constant == {"accuracy": 0.7, "balanced accuracy": 0.5, "AUC": 0.5}


def test_confusion_and_groups():
    p_male, is_male = np.array([0.9, 0.4, 0.6, 0.1]), np.array([True, True, False, False])
    assert confusion(p_male, is_male).tolist() == [[1, 1], [1, 1]]
    groups = figures_by_group(p_male, is_male, ["bare", "glasses", "glasses", "bare"])
    assert groups["bare"]["accuracy"] == 1 and groups["glasses"]["AUC"] == 0 and groups["bare"]["images"] == 2
    assert np.isnan(figures_by_group(p_male, is_male, ["a", "a", "b", "b"])["a"]["AUC"])


def test_strata_keep_both_classes_in_every_draw():
    p_male, is_male, numbers = np.array([0.8, 0.3, 0.2]), np.array([True, False, False]), np.arange(3)
    found = estimate(gender_statistics(p_male, is_male, numbers, 3)["AUC"], 3, np.random.default_rng(0), draws=200, strata=is_male.astype(int))  # fmt: skip
    assert (found.value, found.low, found.high) == (1, 1, 1)


@pytest.mark.parametrize("p_male", [[1.5, 0.5], [np.nan, 0.5], [0.5]])
def test_what_is_no_probability_is_refused(p_male):
    with pytest.raises(InputError, match=r"softmax|one for each"):
        gender_figures(np.array(p_male), np.array([True, False]))
