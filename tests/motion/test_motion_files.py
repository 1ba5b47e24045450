"""Motion files: the same bytes for the same motion, and clear words for anything else."""

import dataclasses
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermvision.motion.formats import load_motion, save_motion
from thermvision.motion.npz_arrays import MAX_TOTAL_BYTES, read_arrays, write_arrays
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


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("arkit", np.full((60, 52), 1e300)),
        ("arkit", np.full((60, 52), "x")),
        ("arkit", np.zeros(())),
        ("arkit", np.zeros((0, 52))),
        ("sight_from_head", np.zeros((60, 3, 3))),
        ("sight_from_head", np.tile(np.diag([1.0, 1.0, -1.0]), (60, 1, 1))),
        ("expression", np.full(60, "bored")),
        ("expression", np.zeros(60)),
        ("header", np.array(["1", "x", "tracked", "fast", ""])),
        ("header", np.array(["1", "x", "tracked", "nan", ""])),
        ("header", np.array(["1", "x"])),
    ],
)
def test_values_that_make_no_motion(tmp_path, field, values):
    path = save_motion(tmp_path / "x.npz", MOTION)
    write_arrays(path, read_arrays(path) | {field: values})
    with pytest.raises(InputError, match=r"x\.npz"):
        load_motion(path)


def test_a_file_of_objects_and_one_that_grows_are_refused(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, arkit=np.array([{}], dtype=object))
    with pytest.raises(InputError, match="damaged"):
        load_motion(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("arkit.npy", bytes(MAX_TOTAL_BYTES + 1))
    with pytest.raises(InputError, match="damaged"):
        load_motion(path)


def test_what_numpy_writes_is_read(tmp_path):
    arrays = {"a": np.asfortranarray(np.arange(6.0).reshape(2, 3)), "b": np.array(["x", "yz"]), "c": np.array([True, False]), "d": np.float32(2)}  # fmt: skip
    np.savez_compressed(tmp_path / "x.npz", **arrays)
    back = read_arrays(tmp_path / "x.npz")
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array)
        assert back[name].dtype == array.dtype
