"""Who learns in each training of a study: nobody who is tested, the same budget, growing numbers of people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermvision.tasks.study_run.jobs import file_name, part_jobs, part_split
from thermvision.tasks.study_run.spec import PartSpec
from thermvision.types import InputError

REAL = {f"r{kind[0]}{k}": kind for k in range(12) for kind in ("female", "male")}
MADE = {f"s{kind[0]}{k}": kind for k in range(10) for kind in ("female", "male")}
REGIMES = [
    {"name": "real-only"}, {"name": "synthetic-only"}, {"name": "hybrid", "people": [2, 5]}, {"name": "hybrid"}, {"name": "synthetic-then-real"},
    {"name": "low-shot", "people": [1, 3]}, {"name": "low-shot", "people": [1, 3], "after_synthetic": True},
]  # fmt: skip
PART = PartSpec(task="gender", real="mine", synthetic="made", models=[{"name": "my net"}, {"name": "given", "given": "shipped"}], regimes=REGIMES)  # fmt: skip


@given(st.integers(0, 50))
def test_nobody_who_is_tested_or_chooses_learns(seed):
    split = part_split(PART, REAL, {}, seed)
    jobs = part_jobs(PART, split, REAL, MADE, seed)
    assert len({job.name for job in jobs}) == len(jobs) == 10  # the given model is not trained
    for job in jobs:
        assert sum(stage.share for stage in job.stages) == pytest.approx(1)  # as many steps for every row
        for stage in job.stages:
            learners = {*stage.real, *stage.synthetic}
            assert not learners & {*split.test, *split.validation} and not learners & set(stage.validation)
            assert not set(stage.validation) & set(split.test)
            assert {(REAL | MADE)[one] for one in learners} == {"female", "male"}


def test_who_learns_in_each_regime():
    split = part_split(PART, REAL, {}, 3)
    jobs = {job.name: job for job in part_jobs(PART, split, REAL, MADE, 3)}
    real, made = jobs["my_net_real-only_seed3"], jobs["my_net_synthetic-only_seed3"]
    assert real.stages[0].real == split.train and real.synthetic_people is None
    assert not made.stages[0].real and set(made.stages[0].validation) <= set(MADE) and made.train_people is None
    two, five = (set(jobs[f"my_net_hybrid_{count}_seed3"].stages[0].synthetic) for count in (2, 5))
    assert two < five and len(five) == 10 and jobs["my_net_hybrid_2_seed3"].stages[0].real == split.train
    assert jobs["my_net_hybrid_seed3"].synthetic_people == 18
    then = jobs["my_net_synthetic-then-real_seed3"]
    assert [bool(stage.real) for stage in then.stages] == [False, True] and then.stages[1].real == split.train
    few = jobs["my_net_low-shot_1_seed3"]
    assert few.train_people == 1 and len(few.stages[0].real) == 2 and len(few.stages[0].validation) == 2
    after = jobs["my_net_low-shot_after18_1_seed3"]
    assert after.synthetic_people == 18 and after.stages[1].real == few.stages[0].real


def test_splits_by_the_seed_by_one_seed_and_by_the_set():
    fixed = PART.model_copy(update={"split": 4})
    assert part_split(fixed, REAL, {}, 0) == part_split(fixed, REAL, {}, 9) != part_split(PART, REAL, {}, 0)
    own = PART.model_copy(update={"split": "own"})
    assert part_split(own, REAL, {"a": "train", "b": "validation", "c": "test"}, 0).test == ("c",)
    with pytest.raises(InputError, match="no people of its own split 'validation'"):
        part_split(own, REAL, {"a": "train", "c": "test"}, 0)


def test_too_few_people_are_told():
    split = part_split(PART, REAL, {}, 0)
    with pytest.raises(InputError, match="99 were asked for"):
        part_jobs(PART.model_copy(update={"regimes": (PART.regimes[5].model_copy(update={"people": (99,)}),)}), split, REAL, MADE, 0)  # fmt: skip
    with pytest.raises(InputError, match="synthetic set has 1 person of class 'male'"):
        part_jobs(PART, split, REAL, {"a": "female", "b": "female", "c": "male"}, 0)


def test_names_of_files():
    assert file_name("ResNet 18/x: (a)") == "ResNet_18_x_a" and file_name("///") == "unnamed"
