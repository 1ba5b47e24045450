"""Shapes of training pictures: the published table, nothing enlarged, the middle kept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermvision.finetune.buckets import BucketRule, bucket_rule, bucket_sizes, fit, sizes_for
from thermvision.types import InputError

WORKFLOW = BucketRule((512, 768, 1024), 64, 256, 1024, upscale=True)


def test_the_workflow_s_table():
    assert [len(bucket_sizes(side, WORKFLOW)) for side in (512, 768, 1024)] == [17, 19, 25]
    assert sizes_for(640, 480, WORKFLOW) == [(576, 448), (896, 640), (1024, 768)]
    assert sizes_for(640, 512, WORKFLOW) == [(576, 448), (832, 704), (1024, 832)]
    assert sizes_for(256, 256, WORKFLOW) == [(512, 512), (768, 768), (1024, 1024)]


@settings(max_examples=200, deadline=None)
@given(
    width=st.integers(20, 3000), height=st.integers(20, 3000), step=st.sampled_from([16, 32, 64]),
    sides=st.lists(st.integers(64, 1200), min_size=1, max_size=3), upscale=st.booleans(),
)  # fmt: skip
def test_sizes_are_multiples_and_inside_the_picture(width, height, step, sides, upscale):
    rule = BucketRule(tuple(sides), step, step, 1280, upscale)
    sizes = sizes_for(width, height, rule)
    assert len(set(sizes)) == len(sizes) <= len(sides)
    for w, h in sizes:
        assert w % step == h % step == 0 and min(w, h) >= step
        assert w * h <= max(sides) ** 2 + 1e-9
        if not upscale:
            assert w <= width and h <= height


def test_small_pictures_are_used_at_their_own_size_once():
    rule = bucket_rule((512, 768, 1024), 16, step=None, min_side=None, max_side=None, upscale=False)
    assert sizes_for(640, 480, rule) == [(576, 448), (640, 448)]
    assert sizes_for(256, 256, rule) == [(256, 256)]
    assert sizes_for(200, 200, rule) == []


def test_steps_the_model_cannot_have_are_refused():
    with pytest.raises(InputError, match="multiple of 16"):
        bucket_rule((512,), 16, step=24, min_side=None, max_side=None, upscale=False)
    with pytest.raises(InputError, match="at least 64"):
        bucket_rule((32,), 64, step=None, min_side=None, max_side=None, upscale=False)


def test_fit_keeps_the_middle_and_the_mean():
    rows, columns = np.mgrid[:120, :160].astype(np.float32)
    unit = (rows / 119 - 0.5) * 0.8 + (columns / 159 - 0.5) * 0.8
    small = fit(unit, 64, 64)
    assert small.shape == (3, 64, 64) and np.array_equal(small[0], small[2])
    middle = unit[:, 20:140]
    assert abs(small.mean() - middle.mean()) < 1e-4
    assert np.array_equal(fit(unit, 160, 120)[0], unit.astype(np.float32))  # nothing to do


def test_fit_averages_instead_of_picking():
    checks = np.indices((64, 64)).sum(axis=0) % 2 * 2.0 - 1
    assert np.abs(fit(checks.astype(np.float32), 32, 32)).max() < 1e-6
