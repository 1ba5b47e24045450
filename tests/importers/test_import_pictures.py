"""Grey levels, palettes, polarity and odd sizes of imported pictures."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from importers.trees import TREES, as_folder, encoded, picture, yolo

from thermvision.dataset.importers.pixels import PictureReader
from thermvision.dataset.importers.source import Unreadable
from thermvision.dataset.read import clip_folders, read_rows, temperature_k
from thermvision.flux.span import ASSUMED_SPAN, Span
from thermvision.thermal.palette_of_picture import guess_palette
from thermvision.thermal.palettes import PALETTES, palette
from thermvision.thermal.png16 import decode_centikelvin

INVERTIBLE = sorted(set(PALETTES) - {"white_hot", "black_hot", "sepia"})


@given(st.integers(0, 255), st.sampled_from([(20.0, 38.0), (10.0, 42.0), (0.0, 100.0)]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_grey_level_comes_back_from_centikelvin(level, span, inverted):
    reader = PictureReader("black-hot" if inverted else "white-hot", Span(*span))
    made = reader.of_rgb(np.full((16, 16, 3), level, np.uint8))
    stored = np.rint(made.temperature_k * 100) / 100
    back = np.rint(255 * (stored - 273.15 - span[0]) / (span[1] - span[0]))
    assert (back == (255 - level if inverted else level)).all() and made.source == "span"


@pytest.mark.parametrize("name", INVERTIBLE)
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_palettes_are_found_and_inverted(name, kind):
    grey = np.clip(np.add.outer(np.linspace(20, 220, 96), np.linspace(-20, 35, 128)), 0, 255).astype(np.uint8)
    made = PictureReader().read("x", encoded(palette(name)[grey], kind))
    back = ASSUMED_SPAN.to_unit(made.temperature_k) * 127.5 + 127.5
    assert made.palette == name
    assert np.median(np.abs(back - grey)) <= (0.01 if kind == "PNG" else 2)


def test_another_makers_iron_keeps_the_order_of_temperatures():
    """Where two tables part, the nearest colour jumps back and forth, which drew rings on cheeks."""
    levels = np.arange(256)
    theirs = palette("iron").astype(np.float64) + 18 * np.sin(levels / 40)[:, None] * np.array([0.5, -0.2, -1])
    grey = np.tile(np.arange(20, 236, dtype=np.uint8), (32, 1))
    made = PictureReader().read("x", encoded(theirs.clip(0, 255).astype(np.uint8)[grey]))
    assert made.palette == "iron" and (np.diff(made.temperature_k[0]) >= 0).all()


def test_real_iron_is_told_from_photographs(shared_dir):
    """Nine thermal crops in a camera's iron and the nine photographs beside them."""
    from PIL import Image

    sheet = np.asarray(Image.open(shared_dir / "data/thermal_samples/speakingfaces_nine_positions.png").convert("RGB"))
    for top in (10, 310, 610):
        for left in (10, 240, 465):
            assert guess_palette(sheet[top : top + 270, left + 5 : left + 190]) is None
        for left in (705, 932, 1160):
            assert guess_palette(sheet[top : top + 270, left : left + 190]) == "iron"


def test_iron_alone_is_inverted(run, tmp_path):
    files = {name: data for name, data in TREES["sf-tl54"]().items() if "/gray/" not in name}
    iron = {
        name: encoded(palette("iron")[picture(7)]) if name.endswith(".png") else data for name, data in files.items()
    }
    assert run("sf-tl54", as_folder(iron, tmp_path / "source"), "--out", tmp_path / "out")[0] == 0
    clip = clip_folders(tmp_path / "out")[0]
    assert json.loads((clip / "clip.json").read_text())["palettes"] == {"iron": 1}
    row = next(read_rows(clip))
    assert (np.rint(255 * (temperature_k(row) - 293.15) / 18) == picture(7)).all()


def test_polarity_is_noted_doubted_and_set(run, tmp_path):
    files = TREES["tufts"]()
    source = as_folder(
        {name: encoded(255 - picture(3), "JPEG") if name.endswith(".jpg") else data for name, data in files.items()},
        tmp_path / "source",
    )
    code, answer, _ = run("tufts", source, "--out", tmp_path / "as_is")
    assert code == 0 and "--polarity black-hot" in answer["notes"][0]
    code, answer, _ = run("tufts", source, "--out", tmp_path / "out", "--polarity", "black-hot", "--span", 22, 36)
    assert code == 0 and not answer["notes"]
    clip = clip_folders(tmp_path / "out")[0]
    told = json.loads((clip / "clip.json").read_text())["imported"]
    assert told == {"format": "tufts", "grey_span_c": [22.0, 36.0], "polarity": "black-hot", "polarity_source": "given"}
    row = next(read_rows(clip))
    assert row["temperature_source"] == "span" and temperature_k(row)[28, 32] > temperature_k(row)[2, 2] + 3
    assert "polarity black-hot (given)" in (tmp_path / "out/README.md").read_text()


def test_sizes_are_kept_and_only_the_preview_is_letterboxed(run, tmp_path):
    import av

    files = {name: data for name, data in yolo().items() if not name.startswith("images")}
    for number, (width, height) in enumerate([(65, 49), (160, 32), (17, 200), (640, 480)]):
        files[f"images/train/P{number}_train.png"] = encoded(picture(number, width, height))
    assert run("yolo", as_folder(files, tmp_path / "source"), "--out", tmp_path / "out")[0] == 0
    (clip,) = clip_folders(tmp_path / "out")
    assert [decode_centikelvin(row["image"]["bytes"]).shape for row in read_rows(clip)] == [
        (49, 65),
        (32, 160),
        (200, 17),
        (480, 640),
    ]
    with av.open(str(clip / "preview.mp4")) as film:
        assert {(shown.width, shown.height) for shown in film.decode(video=0)} == {(66, 50)}
    assert json.loads((clip / "clip.json").read_text())["sizes_px"] == {
        "65x49": 1,
        "160x32": 1,
        "17x200": 1,
        "640x480": 1,
    }


@pytest.mark.parametrize("values", [np.full((48, 64), 9000, np.uint16), np.full((48, 64), np.nan, np.float32)])
def test_counts_without_a_meaning_are_refused(values):
    with pytest.raises(Unreadable, match="no kelvin"):
        PictureReader().read("x", encoded(values, "TIFF"))


@pytest.mark.parametrize(
    ("values", "kelvin"),
    [
        (np.full((48, 64), 30315, np.uint16), 303.15),
        (np.full((48, 64), 3032, np.uint16), 303.2),
        (np.full((48, 64), 30.0, np.float32), 303.15),
    ],
)
def test_kelvin_in_hundredths_tenths_and_celsius(values, kelvin):
    made = PictureReader().read("x", encoded(values, "TIFF"))
    assert made.source == "measured" and made.temperature_k == pytest.approx(kelvin, abs=1e-3)


def test_check_says_what_applies(imported, capsys):
    from thermvision.cli import main

    out = imported("tfw").out
    capsys.readouterr()
    assert main(["check", str(out), "--json"]) == 1  # the same person in three splits
    found = {one["name"]: one for one in json.loads(capsys.readouterr().out)["findings"]}
    assert (
        found["no subject in two splits"]["verdict"] == "fail" and found["boxes inside the image"]["verdict"] == "pass"
    )
    assert found["faces are warm"]["verdict"] == "pass" and found["skin temperature"]["verdict"] == "n/a"
    assert found["noise in time, flicker, blinks"]["verdict"] == "n/a"
