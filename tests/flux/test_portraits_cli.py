"""The real command on tiny folders, and one sentence for every mistake."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from thermvision.cli import main

WORKFLOW = {
    "nodes": [
        {"id": 1, "type": "UNETLoader", "mode": 0, "outputs": [{"type": "MODEL"}], "widgets_values": ["flux1-dev-fp8.safetensors", "fp8_e4m3fn"]},
        {"id": 2, "type": "DualCLIPLoader", "mode": 0, "outputs": [{"type": "CLIP"}], "widgets_values": ["clip_l", "t5", "flux"]},
        {"id": 3, "type": "CLIPTextEncodeFlux", "mode": 0, "inputs": [{"name": "clip", "type": "CLIP", "link": 2}],
         "outputs": [{"type": "CONDITIONING"}], "widgets_values": ["thermal face data", "surprised face", 4.5]},
        {"id": 4, "type": "CLIPTextEncodeFlux", "mode": 0, "inputs": [{"name": "clip", "type": "CLIP", "link": 2}],
         "outputs": [{"type": "CONDITIONING"}], "widgets_values": ["artefact", "", 4]},
        {"id": 5, "type": "EmptyLatentImage", "mode": 0, "outputs": [{"type": "LATENT"}], "widgets_values": [64, 64, 2]},
        {"id": 6, "type": "XlabsSampler", "mode": 0,
         "inputs": [{"name": "model", "type": "MODEL", "link": 1}, {"name": "conditioning", "type": "CONDITIONING", "link": 3},
                    {"name": "neg_conditioning", "type": "CONDITIONING", "link": 4}, {"name": "latent_image", "type": "LATENT", "link": 5}],
         "outputs": [{"type": "LATENT"}], "widgets_values": [7, "fixed", 4, 1, 3.5, 0, 0.88]},
        {"id": 7, "type": "VAEDecode", "mode": 0, "inputs": [{"name": "samples", "type": "LATENT", "link": 6}], "outputs": [{"type": "IMAGE"}]},
        {"id": 8, "type": "SaveImage", "mode": 0, "inputs": [{"name": "images", "type": "IMAGE", "link": 7}], "widgets_values": ["ComfyUI"]},
    ],
    "links": [[1, 1, 0, 6, 0, "MODEL"], [2, 2, 0, 3, 0, "CLIP"], [3, 3, 0, 6, 1, "CONDITIONING"], [4, 4, 0, 6, 2, "CONDITIONING"],
              [5, 5, 0, 6, 3, "LATENT"], [6, 6, 0, 7, 0, "LATENT"], [7, 7, 0, 8, 0, "IMAGE"]],
}  # fmt: skip


def call(*arguments, cwd=None):
    command = [sys.executable, "-m", "thermvision.cli", "portraits", *map(str, arguments)]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, timeout=300, check=False)


def refused(capsys, *arguments):
    """The one sentence that main says."""
    assert main(["portraits", *map(str, arguments)]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    errors = [line for line in lines if line.startswith("thermvision: error: ")]
    assert len(errors) == 1 and not any("Traceback" in line for line in lines), lines
    return errors[0]


def test_the_command_paints(micro_folder, tmp_path):
    result = call(
        "--model", micro_folder, "--prompt", "a smiling woman", "--count", "2", "--out", "out", "--json", cwd=tmp_path
    )
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    assert told["kelvin"] is True and told["new"] == 2 and told["settings"]["steps"] == 3 and result.stderr == ""
    from thermvision.quality.check import check_images

    report = check_images(sorted((tmp_path / "out").glob("*_temperature.png")), None)
    assert report.findings  # read as kelvin; whether noise is plausible is not asked here


@pytest.mark.parametrize("words", [("--negative-prompt", ""), ("--negative-prompt=",)])
def test_nothing_said_may_be_kept_away_from(micro_folder, tmp_path, words):
    out = tmp_path / "out"
    assert main(["portraits", "--model", str(micro_folder), "--prompt", "a man", "--out", str(out), "--true-cfg", "3", *words]) == 0  # fmt: skip
    with Image.open(out / "portrait_0001.png") as picture:
        assert (picture.info["negative_prompt"], picture.info["true_cfg"]) == ("", "3.0")


def test_a_negative_prompt_left_out_is_refused(tmp_path, capsys):
    said = refused(capsys, "--prompt", "a man", "--negative-prompt", "--out", tmp_path / "out")
    assert "--negative-prompt has no value" in said


def test_the_command_runs_a_workflow(flux1_folder, tmp_path):
    (tmp_path / "w.json").write_text(json.dumps(WORKFLOW))
    result = call("--comfy-workflow", "w.json", "--model", flux1_folder, "--out", "out", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    told = json.loads(Image.open(tmp_path / "out" / "portrait_0002.png").text["thermvision"])
    for name, value in {"prompt": "surprised face", "clip_prompt": "thermal face data", "negative_clip_prompt": "artefact", "guidance": 4.5,
                        "true_cfg": 3.5, "cfg_start_step": 1, "steps": 4, "denoise": 0.88, "mode": "comfy-compat", "seed": 7}.items():  # fmt: skip
        assert told[name] == value, name
    assert "3 of 4 steps" in result.stderr and "guidance 4 has no effect" in result.stderr


def test_dry_run_makes_nothing(micro_folder, tmp_path, capsys):
    assert (
        main(
            ["portraits", "--model", str(micro_folder), "--gender", "male", "--out", str(tmp_path / "out"), "--dry-run"]
        )
        == 0
    )
    assert "a man" in capsys.readouterr().out and not (tmp_path / "out").exists()


def broken(folder, tmp_path, change):
    copy = tmp_path / "broken"
    shutil.copytree(folder, copy)
    change(copy)
    return copy


def pointer(folder):
    (folder / "vae" / "diffusion_pytorch_model.safetensors").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"
    )


def truncated(folder):
    file = folder / "transformer" / "diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])


def other_shape(folder):
    path = folder / "transformer" / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "num_attention_heads": 3}))


def pickled(folder):
    file = folder / "text_encoder_2" / "model.safetensors"
    file.rename(file.with_name("pytorch_model.bin"))


def about(text):
    return lambda folder: (folder / "thermvision.json").write_text(text)


@pytest.mark.parametrize(
    ("change", "fragments"),
    [
        (lambda f: shutil.rmtree(f / "vae"), ["lacks its vae", "fetch or save it again"]),
        (lambda f: (f / "vae" / "diffusion_pytorch_model.safetensors").unlink(), ["no weights", "vae"]),
        (lambda f: (f / "transformer" / "config.json").unlink(), ["lacks transformer/config.json"]),
        (lambda f: shutil.rmtree(f / "tokenizer_2"), ["lacks its tokenizer_2"]),
        (lambda f: [one.unlink() for one in (f / "tokenizer").iterdir()], ["files of its tokenizer"]),
        (lambda f: (f / "model_index.json").unlink(), ["has no model_index.json", "save_pretrained"]),
        (lambda f: (f / "model_index.json").write_text("{"), ["cannot be understood"]),
        (lambda f: (f / "model_index.json").write_text('{"_class_name": "Flux2Pipeline"}'), ["Flux2Pipeline", "expected FluxPipeline"]),
        (pointer, ["Git LFS pointer", "git lfs pull"]),
        (truncated, ["cannot be loaded", "fetch or save it again"]),
        (other_shape, ["cannot be loaded"]),
        (pickled, ["pickles", "text_encoder_2"]),
        (about("{"), ["thermvision.json", "cannot be understood"]),
        (about('{"span_c": [42, 10]}'), ["thermvision.json", "span is 42 to 10"]),
        (about('{"text_tokens": 40, "text_padding": "some"}'), ["text_padding is 'some'"]),
        (about('{"steps": "many"}'), ["steps is 'many'"]),
        (about('{"family": "flux2_klein"}'), ["says family flux2_klein"]),
    ],
)  # fmt: skip
def test_broken_model_folders(micro_folder, tmp_path, capsys, change, fragments):
    folder = broken(micro_folder, tmp_path, change)
    sentence = refused(capsys, "--model", folder, "--prompt", "a man", "--out", tmp_path / "out", "--size", 64)
    assert all(fragment in sentence for fragment in fragments), sentence
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (["--out", "o"], ["prompt is missing", "--gender"]),
        (["--prompt", "a"], ["--out", "missing"]),
        (["--out", "o", "--prompt", "a", "--gender", "woman"], ["gender is 'woman'", "female, male"]),
        (["--out", "o", "--prompt", "a", "--count", "0"], ["--count is 0", "from 1 to 100000"]),
        (["--out", "o", "--prompt", "a", "--promt", "b"], ["--promt", "did you mean --prompt"]),
        (["--out", "o", "--prompt", "a", "--span", "42", "10"], ["span is 42 to 10", "--span 10 42"]),
        (["--out", "o", "--prompt", "a", "--width", "64"], ["width and height"]),
        (["--out", "o", "--prompt", "a", "--size", "64", "--width", "64", "--height", "64"], ["either --size"]),
        (["--out", "o", "--prompt", "a", "--denoise", "0"], ["--denoise", "0.01"]),
        (["--out", "o", "--prompt", "a", "--mode", "comfy"], ["--mode is 'comfy'"]),
        (["--out", "o", "--prompt", "a", "--model", "nowhere"], ["model nowhere does not exist", "black-forest-labs"]),
        (["--out", "o", "--prompt", "a", "--model", "x.safetensors"], ["model x.safetensors does not exist"]),
        (["--out", "o", "--prompt", "a", "--lora", "x.safetensors"], ["lora x.safetensors does not exist", "--lora none"]),
        (["--out", "o", "--prompt", "a", "--image", "x.png"], ["image x.png does not exist"]),
        (["--out", "o", "--comfy-workflow", "x.json"], ["workflow x.json does not exist"]),
    ],
)  # fmt: skip
def test_mistakes(tmp_path, monkeypatch, capsys, arguments, fragments):
    monkeypatch.chdir(tmp_path)
    sentence = refused(capsys, *arguments)
    assert all(fragment in sentence for fragment in fragments), sentence
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (["--size", "66"], ["size is 66", "multiple of 16", "64"]),
        (["--width", "64", "--height", "72"], ["height is 72", "multiple of 16"]),
        (["--steps", "2", "--denoise", "0.3"], ["none is left"]),
        (["--image", "noise.png"], ["nothing says what the values", "noise.png.json"]),
        (["--image", "text.png"], ["cannot be read"]),
        (["--image", "cold.png"], ["lies outside the span", "10 to 42"]),
        (["--device", "toaster"], ["device", "toaster"]),
        (["--lora", "text.png"], ["text.png"]),
    ],
)
def test_mistakes_that_the_model_tells(micro_folder, tmp_path, monkeypatch, capsys, arguments, fragments):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.arange(96 * 96, dtype=np.uint16).reshape(96, 96)).save("noise.png")
    Image.fromarray(np.full((96, 96), 26000, np.uint16)).save("cold.png")  # 260 K
    Path("text.png").write_text("no picture")
    sentence = refused(capsys, "--model", micro_folder, "--prompt", "a man", "--out", "o", *arguments)
    assert all(fragment in sentence for fragment in fragments), sentence


def test_temperatures_to_start_from_need_a_span(flux1_folder, tmp_path, capsys):
    Image.fromarray(np.full((96, 96), 30000, np.uint16)).save(tmp_path / "warm.png")
    settings = (
        "--prompt",
        "a man",
        "--size",
        64,
        "--steps",
        2,
        "--out",
        tmp_path / "o",
        "--image",
        tmp_path / "warm.png",
    )
    assert "--span LOW HIGH" in refused(capsys, "--model", flux1_folder, *settings)


def test_foreign_folders_are_left_alone(micro_folder, tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    told = ("--model", micro_folder, "--prompt", "a man")
    assert "holds no portraits of ours" in refused(capsys, *told, "--out", tmp_path / "mine")
    assert "is a file" in refused(capsys, *told, "--out", tmp_path / "mine" / "letter.txt")


def hub_error(name):
    from huggingface_hub import errors

    kind = getattr(errors, name)
    return kind.__new__(kind, "no")  # without the response that it would ask for


@pytest.mark.parametrize(
    ("name", "fragments"),
    [
        ("GatedRepoError", ["licence of model black-forest-labs/FLUX.1-dev is not accepted", "https://huggingface.co/black-forest-labs/FLUX.1-dev", "HF_TOKEN"]),
        ("RepositoryNotFoundError", ["neither a folder here nor a repository"]),
        ("LocalEntryNotFoundError", ["are not on this machine", "hf download", "--model micro"]),
        ("OfflineModeIsEnabled", ["are not on this machine"]),
        ("HfHubHTTPError", ["the hub refused"]),
    ],
)  # fmt: skip
def test_what_the_hub_says(tmp_path, monkeypatch, capsys, name, fragments):
    import huggingface_hub

    def fail(*_, **__):
        raise hub_error(name)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    sentence = refused(capsys, "--model", "black-forest-labs/FLUX.1-dev", "--prompt", "a man", "--out", tmp_path / "o")
    assert all(fragment in sentence for fragment in fragments), sentence


def test_a_missing_package_is_named(tmp_path, micro_folder, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "diffusers", None)
    sentence = refused(capsys, "--model", micro_folder, "--prompt", "a man", "--out", tmp_path / "o")
    assert 'pip install "thermvision[flux]"' in sentence and "diffusers" in sentence
