"""The pickle reader: the same as Python's for plain data, in every protocol."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from thermvision.motion.restricted_pickle import MAX_DEPTH, parse_restricted_pickle, read_restricted_pickle
from thermvision.types import InputError

KEYS = st.text(max_size=4) | st.integers(-5, 5) | st.booleans() | st.none() | st.binary(max_size=4)
PLAIN = st.recursive(
    KEYS
    | st.integers(-(2**100), 2**100)
    | st.floats(allow_nan=False)
    | st.text(max_size=300)
    | st.binary(max_size=300),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5) | st.tuples(inner, inner, inner, inner)
    ),
    max_leaves=20,
)
ARRAYS = hnp.arrays(
    st.sampled_from(["<f4", ">f4", "<f8", "<f2", "|i1", "<i4", ">u2", "<u8"]),
    hnp.array_shapes(min_dims=0, max_dims=4, max_side=4),
    elements={"allow_nan": False},
)


@settings(max_examples=300, deadline=None)
@given(PLAIN, st.integers(0, 5))
def test_plain_data_as_python_reads_it(value, protocol):
    back = parse_restricted_pickle(pickle.dumps(value, protocol), "x")
    assert back == value
    assert repr(back) == repr(value)  # True is not 1


@settings(max_examples=200, deadline=None)
@given(ARRAYS, st.integers(0, 5), st.booleans())
def test_arrays_as_numpy_reads_them(array, protocol, fortran):
    stored = np.asfortranarray(array) if fortran else array
    back = parse_restricted_pickle(pickle.dumps({"a": [stored, stored]}, protocol), "x")
    for one in back["a"]:
        assert one.dtype == array.dtype.newbyteorder("=")
        assert one.flags.owndata or one.base.flags.owndata
        np.testing.assert_array_equal(one, array)


@pytest.mark.parametrize("protocol", range(6))
def test_numpy_numbers_become_plain(protocol):
    back = parse_restricted_pickle(pickle.dumps([np.float32(1.5), np.int64(-3)], protocol), "x")
    assert back == [1.5, -3]
    assert [type(one) for one in back] == [float, int]


@pytest.mark.parametrize(
    ("value", "fragment"),
    [
        ({1, 2}, "operation|name"),
        (1j, "name"),
        (np.array([None, 1], dtype=object), "another kind"),
        (np.zeros(2, [("a", "f4")]), "another kind|fields"),
        (np.array(["2020-01-01"], "datetime64[D]"), "another kind"),
        (np.ma.zeros(2), "name"),
        (ValueError("x"), "name"),
        (np.ndarray, "unfinished"),
        ({(1, 2): 3}, "keys"),
    ],
)
def test_what_is_not_plain_is_refused_in_one_sentence(value, fragment):
    for protocol in (0, 2, 4, 5):
        with pytest.raises(InputError, match=fragment) as caught:
            parse_restricted_pickle(pickle.dumps(value, protocol), "x.pkl")
        assert str(caught.value).startswith("x.pkl ")
        assert "\n" not in str(caught.value)


def test_depth_is_bounded():
    def nested(levels):
        value = []
        for _ in range(levels):
            value = [value]
        return pickle.dumps(value)

    parse_restricted_pickle(nested(MAX_DEPTH), "x")
    with pytest.raises(InputError, match=f"{MAX_DEPTH} levels"):
        parse_restricted_pickle(nested(MAX_DEPTH + 1), "x")


def test_an_array_named_many_times_does_not_fill_the_memory():
    # One string of 1 MiB, 400 arrays of it: 400 MiB from a file of one.
    one = pickle.dumps(np.zeros(2**18, np.float32), 4)
    name, state = one.index(b"\x94R\x94(") + 4, one.index(b"t\x94b.")
    again = one[name:state]
    array = b"\x8c\x15numpy.core.multiarray\x8c\x0c_reconstruct\x93\x8c\x05numpy\x8c\x07ndarray\x93K\x00\x85C\x01b\x87R"
    dtype = b"\x8c\x05numpy\x8c\x05dtype\x93\x8c\x02f4\x89\x88\x87R"
    content = b"\x80\x04B" + (2**20).to_bytes(4, "little") + bytes(2**20) + b"q\x000]"
    content += (b"(" + array + b"(K\x01J\x00\x00\x04\x00\x85" + dtype + b"\x89h\x00tbe") * 400 + b"."
    assert len(again) > 2**20  # what numpy writes holds the bytes once for each array
    with pytest.raises(InputError, match="256 MiB"):
        parse_restricted_pickle(content, "x")


def test_a_file_that_is_none(tmp_path):
    for path in (tmp_path, tmp_path / "none.pkl"):
        with pytest.raises(InputError, match="does not exist or is no file"):
            read_restricted_pickle(path)


@pytest.mark.parametrize("name", ["talking", "wink"])
def test_templates_of_the_project_itself(shared_dir, name):
    content = read_restricted_pickle(shared_dir / f"data/motion_templates/{name}.pkl")
    assert content["n_frames"] == len(content["motion"])
    assert set(content["motion"][0]) == {"scale", "R", "exp", "t"}
    assert content["motion"][0]["exp"].shape == (1, 21, 3)
