"""`thermvision lora` as a process of its own."""

import json
import os
import subprocess
import sys

import pytest
import torch
from flux.lora.weights import block_sizes, in_blocks, largest_difference, model_sizes, peft_tensors, random_pairs
from safetensors.torch import save_file

from thermvision.flux.lora import read_lora, write_lora
from thermvision.flux.lora.verify import open_transformer
from thermvision.types import InputError

KEPT = {"thermvision.span_c": "[10.0, 42.0]", "ss_steps": "3000", "ss_tag_frequency": "x" * 300}


def call(*arguments):
    command = [sys.executable, "-m", "thermvision.cli", "lora", *map(str, arguments)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        timeout=300,
        check=False,
    )


def refused(result, *fragments):
    assert result.returncode == 2, result.stdout + result.stderr
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("thermvision: error: "), result.stderr
    assert all(fragment in lines[0] for fragment in fragments), lines[0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, flux1_folder):
    from diffusers import FluxTransformer2DModel

    made = tmp_path_factory.mktemp("lora")
    transformer = FluxTransformer2DModel.from_pretrained(flux1_folder, subfolder="transformer")
    pairs = random_pairs(model_sizes(transformer, in_blocks))
    write_lora(made / "good.safetensors", pairs, KEPT)
    write_lora(made / "wide.safetensors", random_pairs(block_sizes(64)), {})
    zero = {name: (down, torch.zeros_like(up)) for name, (down, up) in pairs.items()}
    write_lora(made / "zero.safetensors", zero, {})
    save_file(peft_tensors(pairs) | {"foo.bar": torch.ones(1)}, made / "unknown.safetensors")
    (made / "cut.safetensors").write_bytes((made / "good.safetensors").read_bytes()[:999])
    return made


def test_inspect(folder):
    result = call("inspect", folder / "good.safetensors")
    assert result.returncode == 0, result.stderr
    for words in (
        "layout: diffusers", "FLUX.1, width 32, at least 1 double and 2 single blocks", "rank 4, alpha 4, scale 1 in 26 modules",
        "4 double blocks, attention of the image", "thermvision.span_c: [10.0, 42.0]", "x...",
    ):  # fmt: skip
        assert words in result.stdout, result.stdout
    told = json.loads(call("inspect", folder / "good.safetensors", "--json").stdout)
    assert told["width"] == 32 and told["modules"] == 26 and KEPT.items() <= told["metadata"].items()
    assert told["size_bytes"] == (folder / "good.safetensors").stat().st_size
    told = call("inspect", folder / "unknown.safetensors")
    assert told.returncode == 0 and "1 keys are no LoRA weights" in told.stdout and "no alpha is given" in told.stdout


def test_convert_there_and_back(folder, tmp_path):
    source = folder / "good.safetensors"
    for layout in ("kohya", "bfl", "diffusers"):
        out = tmp_path / f"{layout}.safetensors"
        result = call("convert", source, "--to", layout, "--out", out)
        assert result.returncode == 0 and str(out) in result.stdout, result.stderr
        assert read_lora(out).layout == layout and KEPT.items() <= read_lora(out).metadata.items()
        source = out
    assert largest_difference(read_lora(folder / "good.safetensors").modules, read_lora(source).modules) <= 1e-9
    told = json.loads(
        call(
            "convert", source, "--to", "kohya", "--out", tmp_path / "j.safetensors", "--dtype", "bfloat16", "--json"
        ).stdout
    )
    assert told["dtype"] == "bfloat16" == read_lora(tmp_path / "j.safetensors").dtype
    assert any("width 3072 only" in note for note in told["notes"])


def test_dry_runs_write_nothing(folder, tmp_path):
    out = tmp_path / "a.safetensors"
    result = call("convert", folder / "good.safetensors", "--to", "kohya", "--out", out, "--dry-run")
    assert result.returncode == 0 and "would be written as kohya" in result.stdout and not out.exists()
    assert "would be verified" in call("verify", folder / "good.safetensors", "--dry-run").stdout


def test_verify(folder, flux1_folder):
    result = call("verify", folder / "good.safetensors", "--model", flux1_folder)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "26 of 26 modules match" in result.stdout and "one forward pass changes by" in result.stdout
    assert result.stdout.strip().endswith("ok") and "effective scale: 1 in 26 modules" in result.stdout
    assert call("verify", folder / "good.safetensors").returncode == 0


@pytest.mark.parametrize(
    ("name", "with_model", "words"),
    [
        ("wide", True, "made for a transformer of width 64, this one has 32"),
        ("zero", False, "changes nothing"),
        ("unknown", False, "1 keys are not understood, such as foo.bar"),
    ],
)
def test_verify_fails(folder, flux1_folder, name, with_model, words):
    model = ("--model", flux1_folder) if with_model else ()
    result = call("verify", folder / f"{name}.safetensors", *model, "--json")
    told = json.loads(result.stdout)
    assert result.returncode == 1 and words in " ".join(told["problems"])


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (["inspekt", "{}/good.safetensors"], ["inspekt", "inspect"]),
        (["inspect"], ["is missing"]),
        (["inspect", "{}/none.safetensors"], ["does not exist"]),
        (["inspect", "{}/cut.safetensors"], ["no whole safetensors file", "download it again"]),
        (["inspect", "{}"], ["is a folder", "such as"]),
        (["inspect", "{}/good.safetensors", "--to", "kohya"], ["--to is for lora convert"]),
        (["verify", "{}/good.safetensors", "--out", "x"], ["--out is for lora convert"]),
        (["convert", "{}/good.safetensors", "--out", "{}/x.safetensors"], ["--to is missing"]),
        (["convert", "{}/good.safetensors", "--to", "kohya"], ["--out is missing"]),
        (["convert", "{}/good.safetensors", "--to", "kohja", "--out", "{}/x.safetensors"], ["--to is 'kohja'", "did you mean 'kohya'"]),
        (["convert", "{}/good.safetensors", "--to", "kohya", "--out", "{}/x.pt"], ["should end in .safetensors"]),
        (["convert", "{}/good.safetensors", "--to", "kohya", "--out", "{}/none/x.safetensors"], ["lie in a folder that exists"]),
        (["convert", "{}/good.safetensors", "--to", "kohya", "--out", "{}/good.safetensors"], ["is the file that is read"]),
        (["convert", "{}/good.safetensors", "--to", "xlabs", "--out", "{}/x.safetensors"], ["attention layers only", "choose kohya"]),
        (["convert", "{}/unknown.safetensors", "--to", "kohya", "--out", "{}/x.safetensors"], ["1 of 53 keys", "foo.bar"]),
        (["convert", "{}/good.safetensors", "--to", "kohya", "--out", "{}/x.safetensors", "--dtype", "int8"], ["--dtype is 'int8'", "one of float32"]),
        (["verify", "{}/good.safetensors", "--model", "{}"], ["has no transformer/config.json", "give micro or a folder"]),
        (["verify", "{}/good.safetensors", "--model"], ["--model has no value"]),
    ],
)  # fmt: skip
def test_bad_input(folder, arguments, fragments):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    refused(call(*(str(word).format(folder) for word in arguments)), *fragments)
    assert before == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_damaged_models(tmp_path):
    (tmp_path / "transformer").mkdir()
    (tmp_path / "transformer" / "config.json").write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        open_transformer(str(tmp_path))
    (tmp_path / "transformer" / "config.json").write_text('{"_class_name": "FluxTransformer2DModel"}')
    (tmp_path / "transformer" / "diffusion_pytorch_model.safetensors").write_bytes(b"damaged")
    with pytest.raises(InputError, match="cannot be read"):
        open_transformer(str(tmp_path))
