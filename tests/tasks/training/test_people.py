"""Who learns and who chooses the checkpoint."""

import pytest

from thermvision.tasks.training.files.namesakes import keep_apart
from thermvision.tasks.training.files.people import Owner, deal, owner_unit
from thermvision.types import InputError


def owners(*rows):
    """(unit, split) or (unit, split, who else is seen)."""
    return [Owner(unit, frozenset({unit, *more}), "person", split) for unit, split, *more in rows]


def test_a_set_keeps_its_own_split_and_its_test_people_are_not_touched():
    dealt = deal(owners(("a", "train"), ("b", "validation"), ("c", "test"), ("a", "train")), 0, "set")
    assert (dealt.train, dealt.validation) == ([0, 3], [1])


def test_images_that_show_people_of_both_parts_are_left_out_and_told():
    dealt = deal(
        owners(("a", "train", "b"), ("a", "train", "x"), ("b", "validation", "a"), ("b", "validation")), 0, "set"
    )
    assert (dealt.train, dealt.validation) == ([1], [3]) and "2 images show people of both parts" in dealt.notes[0]


@pytest.mark.parametrize("split", ["", "train"])
def test_people_are_dealt_whole_and_the_seed_decides(split):
    rows = owners(*((f"p{k % 12}", split) for k in range(60)))
    dealt = deal(rows, 0, "set")
    train, validation = ({rows[k].unit for k in part} for part in (dealt.train, dealt.validation))
    assert train and validation and not train & validation
    assert dealt.train == deal(rows, 0, "set").train
    assert any(dealt.validation_units != deal(rows, seed, "set").validation_units for seed in range(1, 6))
    assert len(train | validation) == (12 if split else 10)  # without a split two are kept for a test


REFUSED = {
    "in both": (owners(("a", "train"), ("a", "validation")), "person a is in train and in validation"),
    "one person, all for training": (owners(("a", "train")), "has 1 person of class person to learn from"),
    "two people and no split": (owners(("a", ""), ("b", "")), "has 2 people"),
}


@pytest.mark.parametrize(("rows", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_dealt_is_refused(rows, said):
    with pytest.raises(InputError, match=said):
        deal(rows, 0, "set")


def test_a_name_in_two_sets_is_never_on_both_sides():
    """Whoever chooses in one set teaches in none, seen in passing or not; others keep their parts."""
    sets = [
        owners(("a", "train"), ("b", "train", "c"), ("d", "train"), ("e", "validation", "f")),
        owners(("a", "validation"), ("c", "validation"), ("f", "train"), ("g", "train")),
    ]
    parts = [deal(of, 0, f"set {k}") for k, of in enumerate(sets)]
    notes = keep_apart(parts, sets)
    assert [(one.train, one.validation) for one in parts] == [([2], []), ([2, 3], [0, 1])]
    assert len(notes) == 1 and "1 people are named in several data sets (a)" in notes[0] and "3 images" in notes[0]
    apart = [owners(("a", "train"), ("b", "validation")), owners(("?0", "train"), ("c", "validation"))]
    assert keep_apart([deal(of, 0, "set") for of in apart], apart) == []


def test_nobody_by_name_is_dealt_by_recording_or_by_image():
    assert owner_unit("p", "clip", "clip/1", 1) == "p"
    assert owner_unit("", "clip", "clip/1", 2) == "?clip/1" and owner_unit("", "clip", "clip/1", 9) == "?clip"
