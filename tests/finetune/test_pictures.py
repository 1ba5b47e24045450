"""Reading training pictures: fixed span, no stretch, deep files as temperatures, and one sentence for what cannot be used."""

import numpy as np
import pytest
from PIL import Image
from thermal.flir_file import flir_jpeg

from thermvision.finetune.pictures import has_colours, pixel_hash
from thermvision.flux.picture_files import read_unit
from thermvision.flux.span import Span
from thermvision.thermal.radiometric_files import TLinear, write_tlinear
from thermvision.types import InputError

SPAN = Span(10.0, 42.0)


def save(path, array, **how):
    Image.fromarray(array).save(path, **how)
    return path


def test_8_bits_are_taken_as_they_are_whatever_their_range(tmp_path):
    dull = np.linspace(100, 140, 64 * 64).reshape(64, 64).astype(np.uint8)
    unit = read_unit(save(tmp_path / "dull.png", dull), None)
    assert np.allclose(unit, dull / 127.5 - 1, atol=1e-6)  # 100 stays 100: no stretch
    inverted = read_unit(save(tmp_path / "black_hot.png", 255 - dull), None)
    assert np.allclose(inverted, -unit, atol=1e-6)


KELVIN = np.linspace(285.0, 312.0, 64 * 64, dtype=np.float32).reshape(64, 64)


@pytest.mark.parametrize(
    "kind", ["centikelvin png", "centikelvin tiff", "decikelvin sidecar", "float celsius", "float kelvin"]
)
def test_deep_files_become_temperatures_in_the_span(tmp_path, kind):
    path = tmp_path / ("a.png" if "png" in kind or "sidecar" in kind else "a.tiff")
    if kind == "decikelvin sidecar":
        write_tlinear(path, KELVIN, TLinear(resolution_k=0.1))
    elif kind == "float celsius":
        save(path, KELVIN - np.float32(273.15))
    elif kind == "float kelvin":
        save(path, KELVIN)
    else:
        save(path, np.rint(KELVIN * 100).astype(np.uint16))
    expected = 2 * (KELVIN - 283.15) / 32 - 1
    assert np.abs(read_unit(path, SPAN) - expected).max() < (0.0035 if "deci" in kind else 0.0005)


def test_a_flir_jpeg_is_read_by_its_counts_not_by_its_view(tmp_path):
    path = flir_jpeg(tmp_path / "a.jpg", np.full((64, 64), 3500, np.uint16))
    unit = read_unit(path, SPAN)
    assert unit.shape == (64, 64) and np.ptp(unit) == 0 and -1 < unit[0, 0] < 1


def grey_noise(low, high):
    return np.random.default_rng(0).integers(low, high, (64, 64))


@pytest.mark.parametrize(
    ("make", "span", "says"),
    [
        (lambda p: save(p, np.full((64, 64), 255, np.uint8)), SPAN, "clipped to 8 bits"),
        (lambda p: p.write_text("no picture"), SPAN, "cannot be read as an image"),
        (lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20)), SPAN, "cannot be read as an image"),
        (lambda p: save(p, np.rint(KELVIN * 100).astype(np.uint16)), None, "give --span LOW HIGH"),
        (lambda p: save(p, np.rint(KELVIN * 100).astype(np.uint16)), Span(60, 90), "outside the span of 60 to 90 C"),
        (lambda p: save(p, grey_noise(0, 256).astype(np.uint16)), SPAN, "nothing says what the values"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named_with_a_remedy(tmp_path, make, span, says):
    make(tmp_path / "bad.png")
    with pytest.raises(InputError, match=says) as caught:
        read_unit(tmp_path / "bad.png", span)
    assert "bad.png" in str(caught.value)


def test_values_that_are_not_finite(tmp_path):
    broken = KELVIN.copy()
    broken[3, 4] = np.nan
    with pytest.raises(InputError, match="not finite"):
        read_unit(save(tmp_path / "a.tiff", broken), SPAN)


def test_16_bit_colours_are_refused(tmp_path):
    """Pillow would read 8 of the 16 bits without a word."""
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\x00" + bytes(64 * 6) for _ in range(64))
    header = struct.pack(">IIBBBBB", 64, 64, 16, 2, 0, 0, 0)
    (tmp_path / "a.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )
    with pytest.raises(InputError, match="16-bit grey"):
        read_unit(tmp_path / "a.png", SPAN)


def test_palettes_keep_their_colours(tmp_path):
    hot = np.stack([grey_noise(200, 256), grey_noise(0, 50), grey_noise(0, 256)], axis=2).astype(np.uint8)
    unit = read_unit(save(tmp_path / "hot.png", hot), SPAN)
    assert has_colours(unit) and np.allclose(unit, hot / 127.5 - 1, atol=1e-6)


def test_the_hash_is_of_content_and_shape():
    a = np.zeros((4, 6), np.float32)
    assert pixel_hash(a) == pixel_hash(a.copy()) != pixel_hash(a.reshape(6, 4))
    assert pixel_hash(a) != pixel_hash(a + np.float32(1e-6))
