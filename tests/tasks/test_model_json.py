"""model.json: what is written is read back, and what does not fit is told by its field."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermvision.tasks.models import ModelInfo, read_model_info, write_model_info
from thermvision.types import InputError

WORDS = st.lists(st.text(max_size=8), max_size=3).map(tuple)
KINDS = st.sampled_from([("detect", "finder"), ("landmarks", "crop"), ("gender", "gender"), ("detect", "transformers")])
GOOD = {"task": "detect", "kind": "finder", "input_px": [192, 192], "classes": ["face"], "people": {"train": ["a"]}}


@given(KINDS, WORDS, WORDS, WORDS, st.integers(0, 9), st.none() | st.integers(0, 9), st.floats(0.1, 5))
def test_what_is_written_is_read_back(tmp_path_factory, kind, classes, train, data, seed, simulator, room):
    folder = tmp_path_factory.mktemp("run")
    train = tuple(sorted(train))
    info = ModelInfo(*kind, (192, 128), classes, room, train, ("v",), simulator, seed, 7, "0.1", data, {"network": "x"})
    write_model_info(folder, info)
    assert read_model_info(folder) == read_model_info(folder / "model.json") == info
    assert info.seen_people == {*train, "v"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"task": "detcet"}, "task is 'detcet'; expected one of detect, landmarks, gender; did you mean 'detect'"),
        ({"kind": "crop"}, "kind is 'crop'; expected one of finder, transformers"),
        ({"input_px": [192]}, r"input_px is \[192\]; expected width and height"),
        ({"input_px": [0, 5]}, "expected width and height in px"),
        ({"classes": "face"}, "classes is .*expected a list of words"),
        ({"room": -1}, "room is -1; expected more than 0"),
        ({"people": ["a"]}, "people is no object"),
        ({"people": {"train": [1]}}, r"people.train is \[1\]"),
        ({"people": {"simulator": "x"}}, "people.simulator is"),
        ({"format_version": 9}, "format_version is 9; expected 1"),
        ({"kind": None}, "kind is null"),
        ({"steps": True}, "steps is true"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, change, says):
    (tmp_path / "model.json").write_text(json.dumps(GOOD | change))
    with pytest.raises(InputError, match=says):
        read_model_info(tmp_path)


@pytest.mark.parametrize(("text", "says"), [(None, "holds no model.json"), ("{", "cannot be read as JSON"), ("[]", "holds no fields"), ("{}", "task is missing")])  # fmt: skip
def test_files_that_are_none(tmp_path, text, says):
    if text is not None:
        (tmp_path / "model.json").write_text(text)
    with pytest.raises(InputError, match=says):
        read_model_info(tmp_path)
