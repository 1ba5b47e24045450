"""Kelvin to file to kelvin."""

import numpy as np
import pytest
from PIL import Image

from thermvision.rng import rng
from thermvision.thermal.radiometric_files import TLinear, read_tlinear, sidecar_of, write_tlinear
from thermvision.types import InputError

ENDINGS = (".png", ".tif", ".tiff")
FACE = rng(0).uniform(285, 311, (37, 50)).astype(np.float32)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(("resolution_k", "tolerance_k"), [(0.01, 0.00503), (0.1, 0.05003)])  # half a count and float32
def test_round_trip(tmp_path, ending, resolution_k, tolerance_k):
    meaning = TLinear(resolution_k, emissivity=0.95, reflected_k=295.0)
    write_tlinear(tmp_path / f"face{ending}", FACE, meaning)
    back, told = read_tlinear(tmp_path / f"face{ending}")
    assert told == meaning and back.dtype == np.float32
    assert np.abs(back.astype(np.float64) - FACE).max() <= tolerance_k


@pytest.mark.parametrize("ending", ENDINGS)
def test_other_readers_see_the_counts(tmp_path, ending):
    write_tlinear(tmp_path / f"face{ending}", np.full((4, 6), 303.15, np.float32), TLinear())
    assert (np.asarray(Image.open(tmp_path / f"face{ending}")) == 30315).all()


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_image_gives_the_same_bytes(tmp_path, ending):
    for name in ("a", "b"):
        write_tlinear(tmp_path / f"{name}{ending}", FACE, TLinear())
    assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()


def test_a_tiff_tells_its_meaning_without_the_sidecar_and_a_png_does_not(tmp_path):
    for ending in (".tif", ".png"):
        write_tlinear(tmp_path / f"face{ending}", FACE, TLinear(0.1))
        sidecar_of(tmp_path / f"face{ending}").unlink()
    assert read_tlinear(tmp_path / "face.tif")[1] == TLinear(0.1)
    with pytest.raises(InputError, match=r"face\.png\.json"):
        read_tlinear(tmp_path / "face.png")
    assert np.abs(read_tlinear(tmp_path / "face.png", TLinear(0.1))[0] - FACE).max() <= 0.051


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0, 656.0])
def test_what_16_bits_cannot_hold_is_refused(tmp_path, bad):
    image = FACE.copy()
    image[1, 1] = bad
    with pytest.raises(InputError, match="temperature_k"):
        write_tlinear(tmp_path / "face.png", image, TLinear())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "settings", [{"resolution_k": 0.5}, {"emissivity": 0.0}, {"emissivity": 1.1}, {"reflected_k": -3.0}]
)
def test_settings_are_checked(settings):
    with pytest.raises(InputError, match=next(iter(settings))):
        TLinear(**settings)


def test_files_that_hold_no_temperatures_are_refused(tmp_path):
    with pytest.raises(InputError, match="ending"):
        write_tlinear(tmp_path / "face.jpg", FACE, TLinear())
    with pytest.raises(InputError, match="not there"):
        read_tlinear(tmp_path / "none.png")
    (tmp_path / "text.png").write_text("no image")
    with pytest.raises(InputError, match="no image"):
        read_tlinear(tmp_path / "text.png")
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(tmp_path / "grey.png")
    with pytest.raises(InputError, match="16-bit"):
        read_tlinear(tmp_path / "grey.png", TLinear())
