"""Motion files: the same bytes for the same motion, and clear words for anything else."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermvision.motion.formats import load_motion, save_motion
from thermvision.motion.programs import make_program
from thermvision.rng import rng
from thermvision.types import InputError

MOTION = make_program("talking", rng(0), 60)


def test_there_and_back_and_the_same_bytes(tmp_path):
    first, second = save_motion(tmp_path / "a.npz", MOTION), save_motion(tmp_path / "b.npz", MOTION)
    assert first.read_bytes() == second.read_bytes()
    back = load_motion(first)
    for field in dataclasses.fields(MOTION):
        assert np.array_equal(np.asarray(getattr(back, field.name)), np.asarray(getattr(MOTION, field.name))), (
            field.name
        )
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("content", "fragment"),
    [(b"", "damaged"), (b"hello", "damaged"), (b"PK\x03\x04" + b"\0" * 40, "damaged")],
)
def test_files_that_are_none(tmp_path, content, fragment):
    path = tmp_path / "x.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=fragment):
        load_motion(path)


def test_missing_file_names_the_command(tmp_path):
    with pytest.raises(InputError, match="thermvision track"):
        load_motion(tmp_path / "none.npz")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 255), st.integers(1, 400))
def test_damaged_files_never_crash(tmp_path_factory, place, value, cut):
    path = tmp_path_factory.mktemp("damaged") / "x.npz"
    content = bytearray(save_motion(path, MOTION).read_bytes())
    content[place % len(content)] = value
    path.write_bytes(bytes(content[:-cut]))
    with pytest.raises(InputError):
        load_motion(path)


def test_not_a_number_is_refused(tmp_path):
    broken = dataclasses.replace(MOTION, gaze_deg=np.full_like(MOTION.gaze_deg, np.nan))
    with pytest.raises(InputError, match="gaze_deg"):
        load_motion(save_motion(tmp_path / "x.npz", broken))
