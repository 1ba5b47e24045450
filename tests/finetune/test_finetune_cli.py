"""The verb as a user meets it: killed and started again, on several processes, dry runs, and mistakes."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import torch
import yaml
from safetensors.torch import load_file

from thermvision.cli import main
from thermvision.finetune.checkpoint import checkpoints


def command(images, model, cache, out, *more, launcher=()):
    """Arguments of a real process."""
    settings = out.parent / f"{out.name}.yaml"
    settings.write_text(yaml.safe_dump({"cache": str(cache), "device": "cpu", "ema_decay": 0.9, "validate_every": 4}))
    verb = ["finetune", "--images", str(images), "--model", str(model), "--out", str(out), "--config", str(settings)]
    return [sys.executable, *(launcher or ["-m"]), "thermvision.cli", *verb, "--rank", "4", *more]


def environment():
    return {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}


def test_killed_and_started_again_equals_uninterrupted(images, micro_folder, cache, tmp_path):
    """kill -9 in the middle of a real run; afterwards every bit is what it would have been."""
    options = ["--steps", "60", "--save-every", "5", "--sample-every", "20", "--optimizer", "came", "--batch-size", "2"]
    whole, killed = (command(images, micro_folder, cache, tmp_path / name, *options) for name in ("whole", "killed"))
    running = subprocess.Popen(killed, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 300
    while len(checkpoints(tmp_path / "killed/checkpoints")) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    stopped_at = json.loads((checkpoints(tmp_path / "killed/checkpoints")[-1] / "state.json").read_text())["step"]
    assert 10 <= stopped_at < 60
    done = subprocess.run(killed, env=environment(), capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr
    assert main(whole[3:]) == 0
    assert f"going on after step {stopped_at}" in (tmp_path / "killed/log.txt").read_text()
    compare(tmp_path / "whole", tmp_path / "killed", 60)


def compare(one, other, step):
    a, b = (load_file(run / f"checkpoints/step-{step:06d}/state.safetensors") for run in (one, other))
    assert a.keys() == b.keys() and len(a) > 100
    for name in a:
        assert a[name].dtype == b[name].dtype and torch.equal(a[name], b[name]), name
    names = ["loss.csv", "validation.csv", "samples/step-000060.png", f"checkpoints/step-{step:06d}/state.json"]
    for name in names:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    finals = [load_file(run / "lora.safetensors") for run in (one, other)]
    assert all(torch.equal(finals[0][key], finals[1][key]) for key in finals[0])


def test_two_processes_do_the_work_of_one_with_two_batches(images, micro_folder, cache, tmp_path):
    """Two processes, started as `accelerate launch` starts them on GPUs, are gradient accumulation over two batches, to rounding."""
    launch = ["-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_port", "29611", "-m"]
    options = ["--steps", "3", "--sample-every", "0", "--base", "fp32"]
    two = command(images, micro_folder, cache, tmp_path / "two", *options, launcher=launch)
    done = subprocess.run(two, env=environment(), capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr
    one = tmp_path / "one.yaml"
    one.write_text(yaml.safe_dump({"cache": str(cache), "device": "cpu", "ema_decay": 0.9, "gradient_accumulation": 2}))
    told = [
        "--images",
        str(images),
        "--model",
        str(micro_folder),
        "--out",
        str(tmp_path / "one"),
        "--config",
        str(one),
        "--rank",
        "4",
    ]
    assert main(["finetune", *told, *options]) == 0
    a, b = (load_file(tmp_path / name / "lora.safetensors") for name in ("one", "two"))
    assert all(torch.allclose(a[key], b[key], atol=1e-3, rtol=1e-2) for key in a)
    lines = [(tmp_path / name / "loss.csv").read_text().splitlines() for name in ("one", "two")]
    losses = [[float(line.split(",")[1]) for line in table[1:]] for table in lines]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_the_dry_run_states_full_size_and_writes_nothing(images, micro_folder, tmp_path, capsys):
    arguments = ["--images", str(images), "--model", str(micro_folder), "--out", str(tmp_path / "run"), "--dry-run"]
    assert main(["finetune", *arguments]) == 0
    said = capsys.readouterr().out
    assert "12 pictures of 5 people" in said and "64x64: 12" in said
    assert "11,901,408,320 parameters" in said and "494 modules" in said
    assert main(["finetune", *arguments, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["full_size"]["lora_parameters"] == 85_917_696  # rank 16, as counted elsewhere
    assert facts["data"]["batches_per_epoch"] == 10 or facts["data"]["held_out_people"] == 1
    fits = {gb: [one["flags"] for one in found] for gb, found in facts["full_size"]["fits"].items()}
    assert any("--base fp8 --gradient-checkpointing --resolution 1024" in flags for flags in fits["24"])
    assert any("--base nf4" in flags for flags in fits["12"]) and not any("bf16" in flags for flags in fits["24"])
    assert not (tmp_path / "run").exists()


def test_flags_win_over_yaml_over_workflow(images, micro_folder, tmp_path, shared_dir, capsys):
    graph = shared_dir / "data/comfyui/flux_lora_train_thermal.json"
    settings = tmp_path / "a.yaml"
    settings.write_text(yaml.safe_dump({"rank": 7, "steps": 11}))
    from thermvision.verb_finetune import _settings

    told = ["--images", str(images), "--out", str(tmp_path / "run"), "--steps", "5", "--comfy-workflow", str(graph)]
    config, notes = _settings(told, str(settings))
    assert (config.steps, config.rank, config.alpha, config.optimizer) == (5, 7, 1.0, "came")
    assert config.resolution == (512, 768, 1024) and config.discrete_flow_shift == pytest.approx(3.1582)
    assert config.timestep_sampling == "shift" and config.base == "fp8" and config.sample_seed == 42
    assert any("min_snr_gamma 5 has no effect" in note for note in notes)
    assert any("weighting_scheme" in note and "no effect" in note for note in notes)
    assert any("UploadToHuggingFace" in note and "muted" in note for note in notes)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--rank", "0"], "--rank is 0; expected a whole number from 1 to 1024"),
        (["--span", "42", "10"], "span is 42 to 10 C"),
        (["--span", "30"], "--span"),
        (["--guidance", "3"], "guidance is a setting of --config FILE"),
        (["--optimizer", "adamw8bit"], "needs a CUDA GPU"),
        (["--base", "nf4"], "base nf4 needs a CUDA GPU"),
        (["--model", "nowhere/at/all"], "does not exist"),
        (["--model", "someone/something"], "are not on this machine and HF_HUB_OFFLINE is set"),
        (["--resolution", "8"], "resolution is 8"),
        (["--comfy-workflow", "nothing.json"], "does not exist"),
        (["--stepz", "3"], "did you mean --steps"),
    ],
)
def test_mistakes_are_one_sentence_and_exit_2(images, micro_folder, tmp_path, arguments, says, capsys):
    model = [] if "--model" in arguments else ["--model", str(micro_folder)]
    assert main(["finetune", "--images", str(images), "--out", str(tmp_path / "run"), *model, *arguments]) == 2
    said = capsys.readouterr().err
    assert says in said and len([line for line in said.splitlines() if "error" in line]) == 1


def test_yaml_mistakes(tmp_path, images, capsys):
    wrong = tmp_path / "wrong.yaml"
    for text, says in (
        ("lerning_rate: 1", "did you mean 'learning_rate'"),
        ("ema_decay: 2", "ema_decay is 2"),
        ("log_with: [nothing]", "log_with"),
    ):
        wrong.write_text(text)
        assert main(["finetune", "--images", str(images), "--out", str(tmp_path / "run"), "--config", str(wrong)]) == 2
        assert says in capsys.readouterr().err


def test_a_logger_that_is_not_installed_is_named(make_config):
    from thermvision.finetune.loggers import check_loggers
    from thermvision.types import InputError

    with pytest.raises(InputError, match="pip install no_such_logger"):
        check_loggers(("no_such_logger",))


def test_the_page_lists_every_setting_that_the_help_does_not():
    from pathlib import Path

    from thermvision.verb_finetune import _yaml_only

    page = (Path(__file__).parents[2] / "docs/finetune.md").read_text()
    assert all(f"| `{flag.removeprefix('--').replace('-', '_')}` |" in page for flag in _yaml_only())
