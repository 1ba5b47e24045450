"""Pictures as temperatures: what a file says, what the user says, what has to be assumed, and what is refused."""

import json

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from thermal.flir_file import flir_jpeg

from thermvision.flux.span import Span
from thermvision.portraits.given_picture import read_given_picture
from thermvision.thermal.radiometric_files import TLinear, write_tlinear
from thermvision.types import InputError

GREY = np.linspace(10, 240, 64 * 96).reshape(64, 96).round().astype(np.uint8)
KELVIN = np.linspace(294, 309, 64 * 96).reshape(64, 96).astype(np.float32)


def png(path, told=None, values=GREY, mode=None):
    info = PngInfo()
    if told is not None:
        info.add_itxt("thermvision", json.dumps(told))
    Image.fromarray(values, mode).save(path, "PNG", pnginfo=info)
    return path


def test_kelvin_files_are_measured(tmp_path):
    write_tlinear(tmp_path / "a.png", KELVIN, TLinear())
    Image.fromarray((KELVIN * 10).round().astype(np.uint16)).save(tmp_path / "tenths.tiff")
    Image.fromarray(KELVIN - np.float32(273.15)).save(tmp_path / "celsius.tiff")
    for name, exact in (("a.png", 0.006), ("tenths.tiff", 0.06), ("celsius.tiff", 1e-3)):
        read = read_given_picture(tmp_path / name, None)
        assert (read.temperature_source, read.kelvin, read.note) == ("measured", True, "")
        assert np.abs(read.temperature_k - KELVIN).max() < exact


def test_a_radiometric_jpeg_is_measured(tmp_path):
    flir_jpeg(tmp_path / "a.jpg", np.full((32, 40), 13500, np.uint16) + np.arange(40, dtype=np.uint16))
    read = read_given_picture(tmp_path / "a.jpg", None)
    assert read.temperature_source == "measured" and read.temperature_k.shape == (32, 40)


@pytest.mark.parametrize(
    ("told", "span", "source", "low_c", "high_c"),
    [
        (None, None, "assumed", 20.0, 38.0),
        (None, Span(15, 35), "span", 15.0, 35.0),
        ({"span_c": [10.0, 42.0]}, None, "span", 10.0, 42.0),
        ({"span_c": [10.0, 42.0]}, Span(15, 35), "span", 15.0, 35.0),  # the user knows better
        ({"span_c": None}, None, "assumed", 20.0, 38.0),
    ],
)
def test_what_greys_mean(tmp_path, told, span, source, low_c, high_c):
    read = read_given_picture(png(tmp_path / "a.png", told), span)
    expected_k = low_c + 273.15 + GREY / 255 * (high_c - low_c)
    assert read.temperature_source == source and np.abs(read.temperature_k - expected_k).max() < 1e-3
    assert bool(read.note) == (source == "assumed") and ("20 C" in read.note) == (source == "assumed")


def test_dark_may_be_warm(tmp_path):
    path = png(tmp_path / "a.png")
    white, black = (read_given_picture(path, Span(15, 35), polarity) for polarity in ("white-hot", "black-hot"))
    assert np.abs(white.temperature_k + black.temperature_k - 2 * 273.15 - 50).max() < 1e-3
    assert black.inverted and not white.inverted
    again = black.other_way_round()
    assert not again.inverted and np.abs(again.temperature_k - white.temperature_k).max() < 1e-3


@pytest.mark.parametrize(
    ("prompt", "gender"),
    [("a smiling Woman, thermal", "female"), ("thermal image of a man", "male"), ("a man and a woman", None),
     ("a person in Germany", None), ("", None)],
)  # fmt: skip
def test_the_prompt_tells_the_gender(tmp_path, prompt, gender):
    assert read_given_picture(png(tmp_path / "a.png", {"prompt": prompt}), None).gender == gender


def test_temperatures_that_were_painted_rest_on_a_span(tmp_path):
    write_tlinear(tmp_path / "portrait_0001_temperature.png", KELVIN, TLinear())
    row = {"file": "portrait_0001.png", "temperature_file": "portrait_0001_temperature.png", "temperature_source": "span", "prompt": "a woman"}  # fmt: skip
    (tmp_path / "portraits.jsonl").write_text("torn{\n" + json.dumps(row) + "\n")
    read = read_given_picture(tmp_path / "portrait_0001_temperature.png", None)
    assert (read.temperature_source, read.kelvin, read.gender) == ("span", True, "female")


def test_sides_become_multiples_of_4(tmp_path):
    assert read_given_picture(png(tmp_path / "a.png", values=GREY[:63, :95]), None).temperature_k.shape == (60, 92)


def test_palettes_and_grey_in_three_channels(tmp_path):
    grey = read_given_picture(png(tmp_path / "a.png", values=np.repeat(GREY[..., None], 3, axis=2)), Span(15, 35))
    assert np.abs(grey.temperature_k - 288.15 - GREY / 255 * 20).max() < 1e-3
    iron = np.stack([GREY, GREY // 4, 255 - GREY], axis=2)
    with pytest.raises(InputError, match="in colours: a photo in visible light, or a thermal picture in a palette"):
        read_given_picture(png(tmp_path / "b.png", values=iron), None)


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("none.png", lambda path: None, "does not exist"),
        ("folder", lambda path: path.mkdir(), "is a folder"),
        ("text.png", lambda path: path.write_text("no picture"), "cannot be read as an image"),
        ("white.png", lambda path: png(path, values=np.full((64, 64), 255, np.uint8)), "saturated: 100%"),
        ("raw.png", lambda path: Image.fromarray(np.linspace(100, 60000, 4096).reshape(64, 64).astype(np.uint16)).save(path), "nothing says what the values"),
        ("nan.tiff", lambda path: Image.fromarray(np.full((64, 64), np.nan, np.float32)).save(path), "not finite"),
        ("tiny.png", lambda path: png(path, values=GREY[:3, :3]), "3x3 px"),
    ],
)  # fmt: skip
def test_what_is_no_portrait(tmp_path, name, make, words):
    make(tmp_path / name)
    with pytest.raises(InputError, match=words):
        read_given_picture(tmp_path / name, None)
