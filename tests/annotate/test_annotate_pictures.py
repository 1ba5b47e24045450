"""Every kind of file is read as kelvin or as grey levels of the right polarity, or told as unread."""

import numpy as np
import pytest
from annotate.files import grey_of, write_grey, write_palette, write_photograph, write_video
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from thermal.flir_file import flir_jpeg

from thermvision.annotate.inputs import sources
from thermvision.annotate.pictures import COLOURS, ThermalPicture, Unread, read_picture, read_source
from thermvision.thermal.radiometric_files import TLinear, write_tlinear


def like(picture, kelvin):
    return float(np.corrcoef(picture.values.ravel(), kelvin.ravel())[0, 1])


def read_all(path):
    return [item for source in sources([path]) for item in read_source(source)]


@pytest.mark.parametrize(("ending", "digits"), [("png", 0.006), ("tiff", 0.006)])
def test_tlinear(woman, tmp_path, ending, digits):
    path = tmp_path / f"a.{ending}"
    write_tlinear(path, woman, TLinear())
    picture = read_picture(path, "a")
    assert picture.kelvin and picture.source == "measured" and picture.shown is None
    assert np.abs(picture.values - woman).max() < digits


def test_floats_are_kelvin_or_celsius(woman, tmp_path):
    Image.fromarray((woman - 273.15).astype(np.float32)).save(tmp_path / "c.tiff")
    picture = read_picture(tmp_path / "c.tiff", "c")
    assert picture.kelvin
    assert np.abs(picture.values - woman).max() < 0.01


def test_counts_without_a_meaning_are_grey_levels_with_a_warning(woman, tmp_path):
    counts = (40 * (woman - 290) + 5000).astype(np.uint16)
    Image.fromarray(counts).save(tmp_path / "raw.png")
    picture = read_picture(tmp_path / "raw.png", "raw.png")
    assert not picture.kelvin and picture.source == ""
    assert len(picture.warnings) == 1 and "grey levels" in picture.warnings[0]
    assert like(picture, woman) > 0.999


def test_flir_jpeg(tmp_path):
    path = flir_jpeg(tmp_path / "a.jpg", np.tile(np.linspace(14000, 17000, 80).astype(np.uint16), (60, 1)))
    picture = read_picture(path, "a.jpg")
    assert picture.kelvin and picture.values.shape == (60, 80)
    with Image.open(path) as view:
        same = view.size == (80, 60)
    assert same == (picture.warnings == ())
    assert (np.diff(picture.values[0]) > 0).all()


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "1"])
def test_greys_in_every_mode(woman, tmp_path, mode):
    Image.fromarray(grey_of(woman)).convert(mode).save(tmp_path / "a.png")
    picture = read_picture(tmp_path / "a.png", "a.png")
    assert not picture.kelvin and picture.palette == "" and picture.warnings == ()
    assert like(picture, woman) > (0.5 if mode == "1" else 0.999)


@pytest.mark.parametrize("indexed", [False, True])
@pytest.mark.parametrize("name", ["iron", "rainbow", "lava", "arctic", "glow", "sepia"])
def test_our_palettes_become_the_greys_they_were_made_of(woman, tmp_path, name, indexed):
    picture = read_picture(write_palette(tmp_path / "a.png", woman, name, indexed=indexed), "a.png")
    assert picture.palette == name and picture.warnings == ()
    assert np.abs(picture.values - grey_of(woman)).max() <= 1


@pytest.mark.parametrize("name", ["iron", "rainbow"])
def test_a_palette_behind_jpeg_is_still_undone(woman, tmp_path, name):
    picture = read_picture(write_palette(tmp_path / "a.jpg", woman, name), "a.jpg")
    assert picture.palette == name
    assert like(picture, woman) > 0.98


def test_a_photograph_is_taken_with_a_warning(tmp_path):
    picture = read_picture(write_photograph(tmp_path / "a.png"), "a.png")
    assert picture.warnings == (COLOURS,)


def test_frames_of_a_video(woman, man, tmp_path):
    frames = read_all(write_video(tmp_path / "walk.mp4", [woman, man, woman]))
    assert [(frame.name, frame.frame) for frame in frames] == [("walk.mp4", 0), ("walk.mp4", 1), ("walk.mp4", 2)]
    assert frames[1].time_s == pytest.approx(1 / 9)
    assert like(frames[1], man) > 0.99 and not frames[1].kelvin


def test_a_video_of_16_bits_keeps_its_kelvin(woman, man, tmp_path):
    frames = read_all(write_video(tmp_path / "deep.mkv", [woman, man], "ffv1"))
    assert all(frame.kelvin for frame in frames)
    assert np.abs(frames[1].values - man).max() < 0.006


def test_a_video_that_breaks_off_is_used_as_far_as_it_goes(woman, man, tmp_path):
    path = write_video(tmp_path / "deep.mkv", [woman, man] * 4, "ffv1")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    items = read_all(path)
    shown = [item for item in items if isinstance(item, ThermalPicture)]
    assert 1 <= len(shown) < 8
    assert np.abs(shown[0].values - woman).max() < 0.006


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", b""), ("a.png", b"\x89PNG\r\n\x1a\n and no more"), ("a.jpg", b"\xff\xd8\xff\xe1\x00"), ("a.tiff", b"II*\x00" + bytes(9)),
        ("a.mp4", b"no video"), ("a.gif", b""), ("a.bmp", b"BM" + bytes(60)),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_told_and_not_raised(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    (item,) = read_all(tmp_path / name)
    assert isinstance(item, Unread) and item.name == name
    assert name in item.reason and "\n" not in item.reason


@pytest.fixture(scope="module")
def whole_files(woman, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    small = woman[::2, ::2]
    for ending in ("png", "jpg", "tiff", "bmp", "gif"):
        write_grey(folder / f"a.{ending}", small)
    write_tlinear(folder / "deep.png", small, TLinear())
    flir_jpeg(folder / "flir.jpg", np.full((60, 80), 15000, np.uint16))
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".json"}


@settings(max_examples=80, deadline=None)
@given(data=st.data())
@pytest.mark.filterwarnings("ignore")
def test_whatever_is_damaged_is_read_or_told(whole_files, tmp_path_factory, data):
    name = data.draw(st.sampled_from(sorted(whole_files)))
    content = bytearray(whole_files[name])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, min(len(content) - 1, 400)))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / f"damaged_{name}"
    path.write_bytes(bytes(content[: data.draw(st.integers(1, len(content)))]))
    items = read_all(path)
    assert items
    for item in items:
        assert isinstance(item, Unread) or np.isfinite(item.values).all()


def test_a_truncated_picture_is_told(woman, tmp_path):
    path = write_grey(tmp_path / "a.png", woman)
    path.write_bytes(path.read_bytes()[:2000])
    (item,) = read_all(path)
    assert isinstance(item, Unread)


def test_values_that_are_not_finite_are_told(woman, tmp_path):
    holed = woman.copy()
    holed[3, 3] = np.nan
    Image.fromarray(holed).save(tmp_path / "a.tiff")
    (item,) = read_all(tmp_path / "a.tiff")
    assert isinstance(item, Unread) and "not finite" in item.reason
