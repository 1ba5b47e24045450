"""Splits: by people, repeatable by anyone, and refused where they would flatter."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermvision.tasks.splits import (
    PER_CLASS,
    SEEDS,
    PeopleSplit,
    check_classes,
    check_disjoint,
    hash_order,
    hybrid,
    low_shot,
    read_split,
    split_people,
    write_split,
)
from thermvision.types import InputError

PEOPLE = {f"{'F' if k % 3 else 'M'}{k:03d}": "female" if k % 3 else "male" for k in range(90)}


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 40), st.integers(3, 40), st.integers(0, 10**6))
def test_every_person_is_in_one_part_and_every_class_in_every_part(women, men, seed):
    classes = {f"w{k}": "female" for k in range(women)} | {f"m{k}": "male" for k in range(men)}
    split = split_people(classes, seed)
    everyone = [*split.train, *split.validation, *split.test]
    assert sorted(everyone) == sorted(classes)
    for part in (split.train, split.validation, split.test):
        assert {classes[person] for person in part} == {"female", "male"}


def test_the_split_is_a_matter_of_names_and_seed_only():
    backwards = dict(reversed(list(PEOPLE.items())))
    splits = [split_people(PEOPLE, seed) for seed in SEEDS]
    assert splits == [split_people(backwards, seed) for seed in SEEDS]
    assert len({split.test for split in splits}) == len(SEEDS)
    assert (len(splits[0].test), len(splits[0].validation)) == (18, 9)
    # Written down once: whoever takes another hash gets other lists than those that were published.
    assert hash_order(["F001", "F002", "M001", "M002"], 0) == ["F002", "M002", "M001", "F001"]


def test_low_shot_draws_grow_and_hold_as_many_of_each_class():
    train, before = split_people(PEOPLE, 0).train, set()
    for count in (1, 5, 10, 15):
        drawn = set(low_shot(train, PEOPLE, count, seed=3))
        assert before <= drawn and [sum(PEOPLE[p] == kind for p in drawn) for kind in ("female", "male")] == [count] * 2
        before = drawn
    assert low_shot(train, PEOPLE, 5, 3) != low_shot(train, PEOPLE, 5, 4)
    with pytest.raises(InputError, match=r"class 'male' has 21 people to train on and 25 were asked for"):
        low_shot(train, PEOPLE, PER_CLASS[-1], 0)


def test_hybrid_keeps_the_real_people_and_adds_synthetic_ones():
    real, synthetic = list(PEOPLE)[:10], {f"S{k}": ("female", "male")[k % 2] for k in range(40)}
    sets = hybrid(real, list(synthetic), {**PEOPLE, **synthetic}, (0, 5, 20), seed=0)
    assert sets[0] == tuple(sorted(real)) and set(sets[0]) < set(sets[5]) < set(sets[20])
    assert [len(people) for people in sets.values()] == [10, 20, 50]
    with pytest.raises(InputError, match=r"is in real and in synthetic"):
        hybrid(real, real, PEOPLE, (1,), 0)


@pytest.mark.parametrize(
    ("do", "says"),
    [
        (lambda: PeopleSplit(("a", "b"), ("c",), ("b",)), "person b is in train and in test"),
        (lambda: check_disjoint({"train": ["7"], "validation": ["7"]}), "person 7 is in train and in validation"),
        (lambda: check_classes(["male"] * 5, "the training people"), "only male; expected female and male"),
        (lambda: check_classes([], "the test people"), "no one"),
        (lambda: split_people({"a": "female", "b": "female", "c": "male"}, 0), "at least 3 people"),
        (lambda: split_people({}, 0), "empty"),
        (lambda: split_people(PEOPLE, 0, test_share=0), "test_share is 0"),
        (lambda: low_shot(["x"], PEOPLE, 1, 0), "person x has no class"),
        (lambda: low_shot(list(PEOPLE), PEOPLE, 0, 0), "per_class is 0"),
    ],
)
def test_refusals_are_one_sentence(do, says):
    with pytest.raises(InputError, match=says) as error:
        do()
    assert "\n" not in str(error.value)


def test_lists_come_back_and_a_changed_list_is_noticed(tmp_path):
    path, split = tmp_path / "lists" / "seed_0.json", split_people(PEOPLE, 0)
    write_split(path, split)
    assert read_split(path) == split
    content = json.loads(path.read_text())
    content["train"].append(content["test"].pop())
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="was changed"):
        read_split(path)
    for damaged in ("", "[]", "{}", json.dumps({**content, "train": None})):
        path.write_text(damaged)
        with pytest.raises(InputError, match="cannot be read"):
            read_split(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_split(tmp_path / "none.json")
