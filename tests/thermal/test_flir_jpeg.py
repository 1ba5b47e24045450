"""FLIR's radiometric JPEG: counts and constants are found, and become the temperatures that the camera's formula gives."""

import math

import numpy as np
import pytest
from thermal.flir_file import CONSTANTS, flir_jpeg

from thermvision.thermal.flir_jpeg import is_flir_jpeg, read_flir_jpeg
from thermvision.types import InputError


def counts_of(kelvin, told):
    """What a camera told so writes for an object of that temperature: the published formula, forwards."""

    def black(t):
        return told["r1"] / (told["r2"] * (math.exp(told["b"] / t) - told["f"])) - told["o"]

    air_c = told["air_k"] - 273.15
    water = told["humidity"] * math.exp(1.5587 + 0.06939 * air_c - 0.00027816 * air_c**2 + 0.00000068455 * air_c**3)
    far, wet = math.sqrt(told["distance_m"]), math.sqrt(water)
    through = told["x"] * math.exp(-far * (told["alpha1"] + told["beta1"] * wet)) + (1 - told["x"]) * math.exp(
        -far * (told["alpha2"] + told["beta2"] * wet)
    )
    return (
        told["emissivity"] * through * black(kelvin)
        + (1 - told["emissivity"]) * through * black(told["reflected_k"])
        + (1 - through) * black(told["air_k"])
    )


@pytest.mark.parametrize("as_png", [False, True])
@pytest.mark.parametrize("big_endian_header", [False, True])
def test_a_file_gives_the_temperatures_it_was_made_of(tmp_path, as_png, big_endian_header):
    true = np.linspace(285, 311, 60 * 80).reshape(60, 80)
    counts = np.array([[round(counts_of(t, CONSTANTS)) for t in row] for row in true], np.uint16)
    path = flir_jpeg(tmp_path / "a.jpg", counts, as_png=as_png, big_endian_header=big_endian_header)
    assert is_flir_jpeg(path)
    kelvin, camera = read_flir_jpeg(path)
    assert np.abs(kelvin - true).max() < 0.03  # half a count
    assert camera.emissivity == pytest.approx(0.98) and camera.o == -342


def test_other_files_are_not_taken_for_one(tmp_path):
    from PIL import Image

    Image.new("L", (60, 60)).save(tmp_path / "plain.jpg")
    (tmp_path / "text.jpg").write_text("no picture")
    assert not is_flir_jpeg(tmp_path / "plain.jpg") and not is_flir_jpeg(tmp_path / "text.jpg")


@pytest.mark.parametrize("lost", [40, 400, 4000])
def test_a_damaged_file_is_named(tmp_path, lost):
    path = flir_jpeg(tmp_path / "a.jpg", np.full((60, 80), 15000, np.uint16), segment_bytes=60000)
    data = bytearray(path.read_bytes())
    data[20 + 0x14 : 20 + 0x14 + lost] = bytes(lost)
    path.write_bytes(bytes(data))
    if is_flir_jpeg(path):
        with pytest.raises(InputError, match=r"cannot be read|no temperatures"):
            read_flir_jpeg(path)
