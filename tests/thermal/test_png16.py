"""PNG files that any reader opens, and the trap around 16 bits."""

import io
import re
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

import thermvision
from thermvision.thermal.png16 import decode_centikelvin, encode_png8, encode_png16
from thermvision.types import InputError

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=70)


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(np.uint16, SHAPES))
def test_sixteen_bits_come_back(counts):
    png = encode_png16(counts)
    assert np.array_equal(decode_centikelvin(png), counts)
    assert encode_png16(counts.copy()) == png


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(np.bool_, SHAPES), hnp.arrays(np.uint8, SHAPES))
def test_masks_and_views_come_back(mask, view):
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(encode_png8(mask)))) > 0, mask)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(encode_png8(view)))), view)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40))
def test_every_chunk_has_its_checksum(height, width):
    png = encode_png16(np.arange(height * width, dtype=np.uint16).reshape(height, width))
    place = 8
    while place < len(png):
        length = int.from_bytes(png[place : place + 4], "big")
        body = png[place + 4 : place + 8 + length]
        assert zlib.crc32(body) == int.from_bytes(png[place + 8 + length : place + 12 + length], "big")
        place += 12 + length
    assert png.endswith(b"IEND\xaeB`\x82")


@pytest.mark.parametrize(
    "image", [np.zeros((4, 4)), np.zeros((4, 4, 3), np.uint16), np.zeros((0, 4), np.uint16), np.zeros((4, 4), np.int32)]
)
def test_other_arrays_are_refused(image):
    with pytest.raises(InputError, match="uint16"):
        encode_png16(image)


def test_an_8_bit_image_holds_no_temperatures():
    with pytest.raises(InputError, match="16-bit"):
        decode_centikelvin(encode_png8(np.zeros((4, 4), np.uint8)))


def test_pillows_convert_saturates_so_we_never_call_it():
    """The trap: 16-bit pixels above 255 all become 255 in `.convert("L")`. No file of ours may convert images so."""
    warm = Image.open(io.BytesIO(encode_png16(np.full((2, 2), 30715, np.uint16))))
    assert set(np.asarray(warm.convert("L")).ravel().tolist()) == {255}
    sources = Path(thermvision.__file__).parent.rglob("*.py")
    code = {path.name: re.sub(r"`[^`]*`", "", path.read_text()) for path in sources}
    assert not [name for name, text in code.items() if re.search(r"\.convert\(", text)]
