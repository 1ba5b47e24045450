"""Who of a data set is tested: never anyone whom the model has seen; and that baselines come from other people."""

import dataclasses

import numpy as np
import pytest
from tasks.made_sets import SEED, row, write_set

from thermvision.tasks.evaluate.baselines import baselines_beside
from thermvision.tasks.evaluate.people import check_other_people, people_to_test, set_people
from thermvision.tasks.labelled import labelled_images
from thermvision.tasks.people_names import seen_here
from thermvision.types import InputError

SPLITS = {"a": "train", "b": "validation", "c": "test", "d": "test"}


def test_all_or_the_unseen_of_the_test_split(tmp_path):
    assert people_to_test(SPLITS, [], "all", tmp_path).people == set("abcd")
    only = people_to_test(SPLITS, ["a", "c"], "test", tmp_path)
    assert only.people == {"d"} and only.left_out == ("c",) and only.splits == {"test"}
    whole = people_to_test(dict.fromkeys("abc", ""), ["a"], "test", tmp_path)
    assert whole.people == {"b", "c"} and whole.takes("x", "", known=False)
    assert not only.takes("x", "train", known=False) and only.takes("d", "test", known=True)


@pytest.mark.parametrize(("seen", "choice", "says"), [(["a"], "all", r"has seen 1 of the 4 people.*\(a\).*say --people test"), (["c", "d"], "test", "has seen all 2 people of the test split")])  # fmt: skip
def test_people_whom_the_model_has_seen_are_refused(seen, choice, says, tmp_path):
    with pytest.raises(InputError, match=says):
        people_to_test(SPLITS, seen, choice, tmp_path)


def test_simulated_people_are_told_apart_by_their_seed(portraits):
    assert seen_here(portraits, [f"simulated-{SEED}/F001", "simulated-99/F002", "M003"]) == {"F001", "M003"}
    assert len(set_people(portraits)) == 8
    check_other_people(portraits, 77)
    with pytest.raises(InputError, match=f"people of seed {SEED}"):
        check_other_people(portraits, SEED)


def test_baselines_are_fitted_on_the_rest_or_on_the_other_half(tmp_path):
    people = {name: [row(name, k, (20 + 5 * n, 10, 60 + 5 * n, 50), split="test" if name in "ab" else "train") for k in range(2)] for n, name in enumerate("abcd")}  # fmt: skip
    images = list(labelled_images(write_set(tmp_path / "s", people), pictures=True))
    test, rest = [one for one in images if one.split == "test"], [one for one in images if one.split == "train"]
    (record,), notes = baselines_beside("detect", test, rest, "s")
    assert notes == [] and record.items["found_xyxy_px"][0] == [[32.5, 10, 72.5, 50]]  # between c and d
    (halved,), notes = baselines_beside("detect", test, [], "s")
    assert "each half of the people were fitted on the other half" in notes[0]
    found = dict(zip(halved.person, halved.items["found_xyxy_px"], strict=True))
    assert found == {"a": [[25, 10, 65, 50]], "b": [[20, 10, 60, 50]]}  # each one's box is the other's


def test_hidden_faces_in_one_half_alone(tmp_path):
    images = list(labelled_images(write_set(tmp_path / "s", {name: [row(name, 0)] for name in "ab"}), pictures=True))
    hidden = dataclasses.replace(images[0], hidden_xyxy_px=np.array([[1.0, 2, 9, 12]]))
    (record,), _ = baselines_beside("detect", [hidden, images[1]], [], "s")
    assert {one.person: len(one.ignored_xyxy_px) for one in record.boxes()} == {"a": 1, "b": 0}


def test_people_who_share_images_stay_in_one_half(tmp_path):
    images = list(labelled_images(write_set(tmp_path / "s", {name: [row(name, 0)] for name in "abc"}), pictures=True))
    met = [dataclasses.replace(one, everyone=frozenset({one.person, "a"})) for one in images]
    records, notes = baselines_beside("detect", met, [], "s")
    assert records == [] and "share images with one another" in notes[0]
    stranger = dataclasses.replace(images[0], person="z", everyone=frozenset({"z", "b"}), faces_xyxy_px=np.zeros((1, 4)))  # fmt: skip
    (record,), _ = baselines_beside("detect", images[1:], [images[0], stranger], "s")
    assert record.items["found_xyxy_px"][0] == [[20, 10, 60, 50]]  # the stranger's image shows b, who is tested
