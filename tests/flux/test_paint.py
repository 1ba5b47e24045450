"""Portraits from tiny models: what lies in the folder, what is the same again, what goes on, and what has no effect."""

import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from thermvision.portraits import paint as painting
from thermvision.portraits.paint import paint
from thermvision.portraits.paint_config import PaintConfig
from thermvision.portraits.paint_files import finished
from thermvision.quality.foreign_read import read_image
from thermvision.thermal.radiometric_files import TLinear, read_tlinear, write_tlinear
from thermvision.types import InputError


def config(model, out, **settings):
    return PaintConfig(
        **{"prompt": "a smiling woman", "model": str(model), "out": out, "size": 64, "steps": 2, **settings}
    )


def grey(path):
    return np.asarray(Image.open(path))


def test_what_a_run_leaves(micro_folder, tmp_path):
    out = tmp_path / "out"
    report = paint(config(micro_folder, out, count=3, seed=1, steps=None))
    assert (report.count, report.new, report.settings.steps, report.settings.true_cfg) == (3, 3, 3, 2.0)
    rows = [json.loads(line) for line in (out / "portraits.jsonl").read_text().splitlines()]
    assert (
        [row["portrait"] for row in rows] == [1, 2, 3]
        and rows[0]["seed"] == 1
        and len({row["seed"] for row in rows}) == 3
    )
    pictures = [grey(out / row["file"]) for row in rows]
    assert all(picture.shape == (64, 64) and picture.dtype == np.uint8 for picture in pictures)
    assert not np.array_equal(pictures[0], pictures[1]) and (out / "grid.png").is_file()
    for row, picture in zip(rows, pictures, strict=True):
        kelvin, meaning = read_tlinear(out / row["temperature_file"])
        assert meaning == TLinear() and row["temperature_source"] == "span"
        expected = 273.15 + 10 + picture / 255 * 32  # the span over all greys
        inside = (picture > 0) & (picture < 255)
        assert np.abs(kelvin - expected)[inside].max() <= 32 / 255 / 2 + 0.006
        seen = read_image(out / row["temperature_file"])
        assert seen.kelvin and np.array_equal(seen.grey, kelvin)
    told = Image.open(out / rows[1]["file"]).text
    assert told["prompt"] == "a smiling woman" and told["seed"] == str(rows[1]["seed"]) and told["sigmas_end"] == "0.0"
    everything = json.loads(told["thermvision"])
    assert everything["weights"] == report.settings.weights and everything["versions"]["torch"].startswith(
        torch.__version__.split("+")[0]
    )
    assert {"model", "steps", "mode", "guidance", "true_cfg", "lora", "span_c", "versions"} <= everything.keys()


def test_same_settings_same_bytes_and_each_portrait_alone(micro_folder, tmp_path):
    paint(config(micro_folder, tmp_path / "a", count=3, seed=5))
    paint(config(micro_folder, tmp_path / "b", count=3, seed=5))
    files = sorted(path.name for path in (tmp_path / "a").glob("*.*") if path.name != ".lock")
    assert len(files) == 3 * 3 + 3
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)
    paint(config(micro_folder, tmp_path / "c", count=2, seed=5, batch=1))  # another count and batch
    rows = finished(tmp_path / "a")
    paint(config(micro_folder, tmp_path / "d", seed=rows[1]["seed"]))  # the second one by its own seed
    for other, name in (("c", "portrait_0002"), ("d", "portrait_0001")):
        one, two = (read_tlinear(folder / f"{n}_temperature.png")[0]
                    for folder, n in ((tmp_path / "a", "portrait_0002"), (tmp_path / other, name)))  # fmt: skip
        assert np.abs(one - two).max() <= 0.0101


def test_going_on_and_other_settings(micro_folder, tmp_path, monkeypatch):
    out = tmp_path / "out"
    paint(config(micro_folder, out, count=2))
    before = {path.name: path.stat().st_mtime_ns for path in out.glob("portrait_0*")}
    again = paint(config(micro_folder, out, count=3))
    assert again.new == 1 and all((out / name).stat().st_mtime_ns == then for name, then in before.items())
    assert paint(config(micro_folder, out, count=3)).new == 0
    with pytest.raises(InputError, match=r"other settings: .*prompt a smiling woman \(now a man\)"):
        paint(config(micro_folder, out, prompt="a man"))
    with pytest.raises(InputError, match="true_cfg"):
        paint(config(micro_folder, out, true_cfg=3.0))
    (out / "portrait_0002.png").unlink()
    (out / "portraits.jsonl").open("a").write('{"portrait": 3, "fi')  # a line torn by a crash
    assert paint(config(micro_folder, out, count=3)).new == 1


def test_ctrl_c_keeps_what_is_finished(micro_folder, tmp_path):
    out = tmp_path / "out"

    def stop(what, done, total):
        if done >= 3:  # of 3 portraits x 2 steps: in the second portrait
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        paint(config(micro_folder, out, count=3, batch=1), stop)
    assert set(finished(out)) == {0} and (out / "grid.png").is_file()
    assert paint(config(micro_folder, out, count=3, batch=1)).new == 2


def test_no_span_no_kelvin_but_by_hand(klein_folder, tmp_path):
    report = paint(config(klein_folder, tmp_path / "a"))
    assert report.settings.span is None and any("only 8-bit" in note for note in report.notes)
    assert not list((tmp_path / "a").glob("*temperature*"))
    assert finished(tmp_path / "a")[0]["temperature_source"] is None
    report = paint(config(klein_folder, tmp_path / "b", span=(15, 40), format="tiff"))
    kelvin, _ = read_tlinear(tmp_path / "b" / "portrait_0001_temperature.tiff")
    assert abs(float(np.median(kelvin)) - 273.15 - 27.5) < 8


def test_a_specification_is_a_sentence(micro_folder, tmp_path):
    one = config(micro_folder, tmp_path, prompt=None, gender="female", expression="happy", eyewear="glasses")
    assert one.text() == "a smiling woman wearing glasses, white-hot thermal image"
    assert (
        config(micro_folder, tmp_path, prompt="at night", gender="male").text()
        == "a man, white-hot thermal image, at night"
    )


def test_from_a_picture(micro_folder, tmp_path):
    rows, columns = np.mgrid[:96, :128].astype(np.float32)
    kelvin = (290 + 8 * np.exp(-((rows - 48) ** 2 + (columns - 64) ** 2) / 600)).astype(np.float32)
    write_tlinear(tmp_path / "warm.png", kelvin, TLinear())
    stays = paint(config(micro_folder, tmp_path / "stays", image=tmp_path / "warm.png", strength=0.0))
    assert any("leaves the picture as it is" in note for note in stays.notes)
    for strength in (0.5, 1.0):
        paint(config(micro_folder, tmp_path / f"s{strength}", image=tmp_path / "warm.png", strength=strength))
    paint(config(micro_folder, tmp_path / "none"))
    a, b, whole, none = (
        grey(tmp_path / name / "portrait_0001.png").astype(int) for name in ("stays", "s0.5", "s1.0", "none")
    )
    assert np.array_equal(whole, none) and not np.array_equal(a, b) and not np.array_equal(b, whole)
    Image.fromarray(np.full((80, 80, 3), (200, 30, 10), np.uint8)).save(tmp_path / "photo.jpg")
    assert paint(config(micro_folder, tmp_path / "photo", image=tmp_path / "photo.jpg")).new == 1


@pytest.mark.parametrize(
    ("model", "settings", "sentence"),
    [
        ("micro", {"guidance": 3.0}, "guidance has no effect: this model embeds none"),
        ("flux1", {"negative_prompt": "watermarks"}, "negative_prompt has no effect: true CFG is off"),
        ("micro", {"negative_prompt": "watermarks", "cfg_start_step": 9}, "true CFG would start at step 9 of 2"),
        ("flux1", {"cfg_start_step": 2}, "cfg_start_step has no effect"),
        ("klein", {"clip_prompt": "a man"}, "clip_prompt has no effect"),
        ("micro", {"strength": 0.5}, "strength has no effect: there is no --image"),
        ("micro", {"lora_strength": 0.5}, "lora_strength has no effect: there is no --lora"),
        ("micro", {"size": 256}, "trained at 64 px"),
        ("micro", {"span": (0, 50)}, "trained with 10 to 42 C"),
        ("flux1", {"steps": 8, "denoise": 0.88}, "denoise 0.88 means 6 of 8 steps"),
        ("micro", {"prompt": " ".join(["woman"] * 600)}, r"prompt is too long for T5; left out \(\d+ words\): woman"),
    ],
)
def test_what_has_no_effect_is_said(model, settings, sentence, request, tmp_path):
    import re

    folder = request.getfixturevalue(f"{model}_folder")
    _, _, notes = painting.prepare(config(folder, tmp_path / "out", **settings))
    assert any(re.search(sentence, note) for note in notes), notes
    _, _, usual = painting.prepare(config(folder, tmp_path / "out"))
    assert not any(re.search(sentence, note) for note in usual)


@pytest.mark.parametrize(
    ("told", "given", "used"),
    [(None, None, ""), ("blurry face", None, "blurry face"), ("blurry face", "hat", "hat"), ("blurry face", "", "")],
)
def test_what_a_model_keeps_away_from_counts_where_nobody_says(told, given, used, micro_folder, tmp_path):
    folder = shutil.copytree(micro_folder, tmp_path / "micro")
    about = json.loads((folder / "thermvision.json").read_text())
    (folder / "thermvision.json").write_text(json.dumps({**about, "negative_prompt": told}))
    _, settings, _ = painting.prepare(config(folder, tmp_path / "out", negative_prompt=given))
    assert (settings.negative_prompt, settings.negative_clip_prompt) == (used, used)


def test_a_model_that_keeps_away_from_no_text_is_refused(micro_folder, tmp_path):
    folder = shutil.copytree(micro_folder, tmp_path / "micro")
    about = json.loads((folder / "thermvision.json").read_text())
    (folder / "thermvision.json").write_text(json.dumps({**about, "negative_prompt": 3}))
    with pytest.raises(InputError, match="negative_prompt is 3"):
        painting.prepare(config(folder, tmp_path / "out"))


def test_compat_draws_all_noise_at_once_and_keeps_the_grain(flux1_folder, tmp_path):
    settings = {
        "mode": "comfy-compat",
        "count": 2,
        "seed": 3,
        "steps": 8,
        "denoise": 0.7,
        "true_cfg": 2.0,
        "cfg_start_step": 2,
    }
    paint(config(flux1_folder, tmp_path / "a", **settings))
    paint(config(flux1_folder, tmp_path / "b", **{**settings, "batch": 1}))
    for name in ("portrait_0001.png", "portrait_0002.png"):
        assert np.abs(grey(tmp_path / "a" / name).astype(int) - grey(tmp_path / "b" / name)).max() <= 1
    told = json.loads(Image.open(tmp_path / "a" / "portrait_0001.png").text["thermvision"])
    assert told["text_padding"] == "minimum" and told["text_tokens"] == 256 and told["sigmas_end"] > 0.2
    with pytest.raises(InputError, match="batch_draw"):
        paint(config(flux1_folder, tmp_path / "a", **{**settings, "count": 3}))


def test_bf16_paints_too(flux1_folder, tmp_path):
    report = paint(config(flux1_folder, tmp_path / "out", dtype="bfloat16", mode="comfy-compat", span=(10, 42)))
    assert report.settings.dtype == "bfloat16" and (tmp_path / "out" / "portrait_0001_temperature.png").is_file()


def test_the_json_of_a_lora_span_wins(micro_folder, tmp_path):
    opened, _, _ = painting.prepare(config(micro_folder, tmp_path / "out"))
    from thermvision.portraits.paint_settings import LORA_SPAN, resolve

    asked = config(micro_folder, tmp_path / "out", lora=str(micro_folder / "model_index.json"))
    assert resolve(asked, opened, {LORA_SPAN: "[20.0, 40.0]"})[0].span_c == (20.0, 40.0)
    assert resolve(asked, opened, {})[0].span_c == (10.0, 42.0)
    with pytest.raises(InputError, match=r"thermvision\.span_c is 'warm'"):
        resolve(asked, opened, {LORA_SPAN: "warm"})


def test_a_lora_changes_the_portrait_by_its_strength(micro_folder, tmp_path):
    from thermvision.flux.lora import write_lora

    stream = torch.Generator().manual_seed(0)
    modules = {
        f"transformer_blocks.0.attn.{name}": (
            torch.randn(2, 32, generator=stream),
            torch.randn(32, 2, generator=stream),
        )
        for name in ("to_q", "to_v")
    }
    file = tmp_path / "look.safetensors"
    write_lora(file, modules, {"thermvision.span_c": "[20.0, 40.0]"})
    reports = {
        strength: paint(config(micro_folder, tmp_path / f"s{strength}", lora=str(file), lora_strength=strength))
        for strength in (0.0, 1.0)
    }
    paint(config(micro_folder, tmp_path / "without"))
    none, whole, without = (grey(tmp_path / name / "portrait_0001.png") for name in ("s0.0", "s1.0", "without"))
    assert np.array_equal(none, without) and not np.array_equal(whole, without)
    assert reports[1.0].settings.span_c == (20.0, 40.0) and finished(tmp_path / "s1.0")[0]["lora"] == "look.safetensors"
    with pytest.raises(InputError, match="look"):
        write_lora(
            tmp_path / "look2.safetensors",
            {"transformer_blocks.0.attn.to_q": (torch.randn(2, 64), torch.randn(64, 2))},
            {},
        )
        paint(config(micro_folder, tmp_path / "other", lora=str(tmp_path / "look2.safetensors")))
