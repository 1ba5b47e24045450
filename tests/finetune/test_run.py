"""Whole runs on tiny models: what lies in the folder, that it is reproducible, and what stops a run leaves behind."""

import json

import numpy as np
import pytest
import torch
import yaml
from PIL import Image
from safetensors.torch import load_file

from thermvision.finetune.checkpoint import checkpoints
from thermvision.finetune.run import finetune
from thermvision.flux.load import open_pipeline
from thermvision.flux.lora import apply_lora, read_lora
from thermvision.types import InputError


def weights(path):
    return load_file(path)


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_a_run_s_folder(make_config):
    config = make_config(sample_every=2, ema_decay=0.9, alpha=2.0, validate_every=2, batch_size=2)
    seen = []
    lora = finetune(config, lambda *told: seen.append(told))
    assert lora == config.out / "lora.safetensors"
    told = yaml.safe_load((config.out / "config.yaml").read_text())
    assert len(told["hash"]) == 12 and told["settings"]["rank"] == 4 and told["content"]["data"]
    rows = (config.out / "loss.csv").read_text().splitlines()
    assert rows[0].startswith("step,loss,grad_norm") and [row.split(",")[0] for row in rows[1:]] == ["1", "2", "3", "4"]
    assert len((config.out / "validation.csv").read_text().splitlines()) == 1 + 3  # before, at 2, at 4
    with Image.open(config.out / "loss.png") as plot, Image.open(config.out / "samples/step-000004.png") as row:
        assert plot.size == (900, 540) and row.height == 64
    assert [path.name for path in checkpoints(config.out / "checkpoints")] == ["step-000002", "step-000004"]
    assert any((config.out / "tensorboard").iterdir())
    card = (config.out / "README.md").read_text()
    assert "10 to 42 C are black to white" in card and 'instance_prompt: "thermal face"' in card
    read = read_lora(lora)
    assert read.rank == 4 and read.metadata["thermvision.span_low_c"] == "10"
    assert read.metadata["thermvision.text_padding"] == "fixed" and read.metadata["thermvision.alpha"] == "2"
    assert (
        seen[-1][:3] == ("steps", 4, 4) and "s/step" in seen[-1][3] and "loss" in seen[-1][3] and "left" in seen[-1][3]
    )


@pytest.mark.parametrize("kind", ["flux1", "klein"])
def test_other_families(make_config, kind, flux1_folder, klein_folder):
    folder = {"flux1": flux1_folder, "klein": klein_folder}[kind]
    config = make_config(
        model=str(folder), resolution=(64,), span=(15, 40), steps=2, text_tokens=40, text_padding="truncated"
    )
    lora = finetune(config)
    opened = open_pipeline(str(folder), device="cpu")
    applied = apply_lora(opened.pipeline, lora)
    assert applied is not None and read_lora(lora).metadata["thermvision.span_high_c"] == "40"


def test_the_file_is_what_was_trained(make_config):
    """alpha / rank is folded in: the file's product times 1 is the trained adapter's product times alpha / rank."""
    config = make_config(alpha=1.0, save_dtype="fp32", learning_rate=1e-2)
    modules = read_lora(finetune(config)).modules
    state = load_file(checkpoints(config.out / "checkpoints")[-1] / "state.safetensors")
    name = "transformer_blocks.0.attn.to_q"
    down, up = (state[f"weight.{name}.lora_{part}.default.weight"] for part in "AB")
    assert up.abs().max() > 0
    assert torch.allclose(modules[name][1] @ modules[name][0], 0.25 * up @ down, atol=1e-7)


def test_plain_diffusers_predicts_the_same_as_the_trained_adapter(make_config):
    """The file in FluxPipeline.load_lora_weights, strength 1, against the checkpoint's own matrices times alpha / rank."""
    from diffusers import FluxPipeline

    config = make_config(alpha=1.0, base="fp32", save_dtype="fp32", learning_rate=1e-2, optimizer="came")
    lora = finetune(config)
    plain = FluxPipeline.from_pretrained(config.model, local_files_only=True)
    plain.load_lora_weights(str(lora.parent), weight_name=lora.name)
    own = open_pipeline(config.model, dtype="float32", device="cpu")
    state = load_file(checkpoints(config.out / "checkpoints")[-1] / "state.safetensors")
    with torch.no_grad():
        for name, module in own.pipeline.transformer.named_modules():
            if f"weight.{name}.lora_A.default.weight" in state:
                down, up = (state[f"weight.{name}.lora_{part}.default.weight"] for part in "AB")
                module.weight += 0.25 * up @ down
    text = own.family.encode_text(own.pipeline, ["a man"], ["a man"], own.text_rule)
    tokens, ids = own.family.pack(torch.randn(1, 16, 8, 8, generator=torch.Generator().manual_seed(0)))
    with torch.no_grad():
        a, b, base = (
            own.family.predict(one, tokens, torch.tensor([0.5]), text, ids)
            for one in (
                plain.transformer,
                own.pipeline.transformer,
                open_pipeline(config.model, device="cpu").pipeline.transformer,
            )
        )
    assert (a - b).abs().max() < 1e-5 < 1e-3 < (a - base).abs().max()


def test_runs_repeat_themselves_and_seeds_differ(make_config, tmp_path):
    files = [finetune(make_config(out=tmp_path / name, seed=seed)) for name, seed in (("a", 0), ("b", 0), ("c", 1))]
    torch.rand(5)  # the global stream plays no part
    one, again, other = map(weights, files)
    assert same(one, again) and not same(one, other)
    assert (tmp_path / "a/loss.csv").read_bytes() == (tmp_path / "b/loss.csv").read_bytes()


@pytest.mark.parametrize(
    "changed",
    [
        {"optimizer": "came", "lora_dtype": "bf16", "ema_decay": 0.95},
        {"base": "fp8", "gradient_checkpointing": True, "schedule": "cosine", "warmup_steps": 2, "gradient_accumulation": 2},
        {"base": "fp32", "optimizer": "came", "targets": "attention"},
    ],
)  # fmt: skip
def test_a_run_in_two_parts_is_the_run_in_one(make_config, tmp_path, changed, monkeypatch):
    """Bit for bit: weights, optimiser state, averages, tables. The first part is stopped as by Ctrl-C."""
    whole = make_config(out=tmp_path / "whole", steps=5, sample_every=3, validate_every=2, **changed)
    parts = whole.model_copy(update={"out": tmp_path / "parts"})
    finetune(whole)
    stop_after(monkeypatch, 3)
    with pytest.raises(InputError, match="stopped after step 3 of 5, which is saved"):
        finetune(parts)
    monkeypatch.undo()
    finetune(parts)
    compare(whole.out, parts.out, step=5)


def stop_after(monkeypatch, steps):
    """Send this process Ctrl-C during a step."""
    import os
    import signal

    from thermvision.finetune import loop

    step = loop.Trainer._step

    def stopping(self, number):
        if number == steps - 1:
            os.kill(os.getpid(), signal.SIGINT)
        return step(self, number)

    monkeypatch.setattr(loop.Trainer, "_step", stopping)


def compare(one, other, step):
    """All that two runs leave, but for times of writing."""
    a, b = (load_file(run / f"checkpoints/step-{step:06d}/state.safetensors") for run in (one, other))
    assert a.keys() == b.keys()
    for name in a:
        assert a[name].dtype == b[name].dtype and torch.equal(a[name], b[name]), name
    facts = [json.loads((run / f"checkpoints/step-{step:06d}/state.json").read_text()) for run in (one, other)]
    assert facts[0] == facts[1]
    assert same(weights(one / "lora.safetensors"), weights(other / "lora.safetensors"))
    for table in ("loss.csv", "validation.csv"):
        assert (one / table).read_bytes() == (other / table).read_bytes()
    pictures = sorted(path.name for path in (one / "samples").glob("*.png"))
    for name in pictures:
        with Image.open(one / "samples" / name) as x, Image.open(other / "samples" / name) as y:
            assert np.array_equal(np.asarray(x), np.asarray(y))


def test_a_longer_run_goes_on_and_other_settings_are_refused(make_config):
    finetune(make_config(steps=2))
    finetune(make_config(steps=4))
    rows = (make_config().out / "loss.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["1", "2", "3", "4"]
    with pytest.raises(InputError, match=r"other settings: rank 4 \(now 8\)"):
        finetune(make_config(rank=8))
    with pytest.raises(InputError, match="has 4 already"):
        finetune(make_config(steps=3))


def test_changed_captions_are_noticed(make_config, images, tmp_path):
    import shutil

    copy = tmp_path / "images"
    shutil.copytree(images, copy)
    finetune(make_config(images=copy, steps=2))
    (copy / "p1_1.txt").write_text("a man")
    with pytest.raises(InputError, match="pictures or captions were changed"):
        finetune(make_config(images=copy))


def test_a_damaged_checkpoint_is_passed_over(make_config):
    config = make_config()
    finetune(config)
    before = weights(config.out / "lora.safetensors")
    last = config.out / "checkpoints/step-000004/state.safetensors"
    last.write_bytes(last.read_bytes()[:100])
    finetune(config)
    assert same(before, weights(config.out / "lora.safetensors"))


def test_a_loss_that_is_not_finite_stops_and_leaves_the_last_checkpoint(make_config, monkeypatch):
    from thermvision.finetune import loop

    def broken(*args, **named):
        losses = real(*args, **named)
        broken.calls += 1
        return losses * float("nan") if broken.calls > 3 else losses

    real, broken.calls = loop.flow_loss, 0
    monkeypatch.setattr(loop, "flow_loss", broken)
    config = make_config()
    with pytest.raises(InputError, match=r"the loss of step 4 is nan.*last checkpoint stays.*--learning-rate"):
        finetune(config)
    assert [path.name for path in checkpoints(config.out / "checkpoints")] == ["step-000002"]
    state = load_file(config.out / "checkpoints/step-000002/state.safetensors")
    assert all(torch.isfinite(one).all() for one in state.values())


def test_out_of_memory_names_the_flags_that_help(make_config, monkeypatch):
    from thermvision.finetune import loop

    def full(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(loop, "flow_loss", full)
    with pytest.raises(
        InputError, match=r"out of memory.*--gradient-checkpointing, --base fp8, --batch-size 2 or --sample-every 0"
    ):
        finetune(make_config(batch_size=4, sample_every=100, validate_every=0, validation_share=0))


def test_a_full_disk_leaves_the_checkpoints(make_config, monkeypatch):
    import errno

    from thermvision.finetune import checkpoint

    config = make_config()

    def full(path):
        if "step-000004" in str(path):
            raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(checkpoint, "_to_disk", full)
    with pytest.raises(InputError, match=r"disk of .* is full; the checkpoints before this one stay"):
        finetune(config)
    assert [path.name for path in (config.out / "checkpoints").iterdir()] == ["step-000002"]


def test_one_picture_and_missing_folders(make_config, images, tmp_path):
    folder = tmp_path / "one"
    folder.mkdir()
    (folder / "a.png").write_bytes((images / "p0_0.png").read_bytes())
    with pytest.raises(InputError, match="a single picture"):
        finetune(make_config(images=folder))
    with pytest.raises(InputError, match="does not exist"):
        finetune(make_config(images=tmp_path / "nothing"))
    for number in range(3):
        (folder / f"b{number}.png").write_text("broken")
    with pytest.raises(InputError, match=r"b0.png cannot be read as an image.*2 more of 4"):
        finetune(make_config(images=folder))
    with pytest.raises(InputError, match="smaller than 128 px"):
        finetune(make_config(resolution=(256,), out=tmp_path / "other"))


def test_only_the_last_checkpoints_are_kept(make_config):
    config = make_config(save_every=1, keep_checkpoints=2)
    finetune(config)
    assert [path.name for path in checkpoints(config.out / "checkpoints")] == ["step-000003", "step-000004"]


def test_training_lowers_the_loss_on_held_out_people(make_config):
    config = make_config(steps=40, batch_size=4, learning_rate=3e-3, validate_every=40, save_every=40)
    finetune(config)
    rows = [row.split(",") for row in (config.out / "validation.csv").read_text().splitlines()[1:]]
    assert float(rows[-1][1]) < 0.9 * float(rows[0][1])


def test_our_data_sets_bring_their_captions_and_people(make_config, tmp_path):
    from thermvision.config import make_config as build_config
    from thermvision.finetune.dataset_pictures import is_dataset, pictures_of_dataset
    from thermvision.flux.span import Span
    from thermvision.pipeline import build

    out = tmp_path / "data"
    build(
        build_config(
            {"out": out, "subjects": 2, "frames": 30, "size": 64, "motions": ["expression"], "workers": 1}, "test"
        )
    )
    assert is_dataset(out)
    pictures = pictures_of_dataset(out, Span(10, 42), frames_per_clip=3, captions=3, trigger="xyz", seed=0)
    assert len(pictures) == 6 and len({one.person for one in pictures}) == 2
    assert all(said.startswith("xyz ") for one in pictures for said in one.captions)
    women = [said for one in pictures if one.person.startswith("F") for said in one.captions]
    assert not any(" man" in said for said in women)
    unit = pictures[0].unit()
    assert unit.shape == (64, 64) and -1 <= unit.min() < unit.max() <= 1
    finetune(make_config(images=out, steps=2))
