"""Each of our networks learns a small set by heart, and its ONNX file says what it says."""

import numpy as np
import onnxruntime
import pytest
import torch

from thermvision.stopping import Stop
from thermvision.tasks.models import MODEL_ONNX, read_model_info
from thermvision.tasks.training.files.memory import memory_source, owned_samples
from thermvision.tasks.training.learner import start_from_shipped
from thermvision.tasks.training.loop import fit, run_steps
from thermvision.tasks.training.run_folder import write_model
from thermvision.tasks.training.tasks_by_name import task_by_name
from thermvision.types import InputError

LEARNT = {  # task -> settings, figure, what it has to reach
    "gender": ({"steps": 30, "validate_every": 10}, "balanced accuracy", 0.95),
    "landmarks": ({"steps": 90, "validate_every": 30}, "AUC@0.08", 0.8),
}


@pytest.mark.parametrize("task", LEARNT)
def test_a_small_set_is_learnt_by_heart_and_the_file_says_the_same(task, overfitted, settings, tmp_path):
    changed, figure, reached = LEARNT[task]
    learner, source = overfitted(settings(task, **changed))
    assert learner.best.figures[figure] >= reached
    learner.config.out.mkdir()
    write_model(learner, source)
    info = read_model_info(learner.config.out)
    assert info.task == task and info.room > 1 and info.more["onnx_difference"] < 1e-4
    x = np.random.default_rng(0).uniform(-1, 1, (3, 1, 128, 128)).astype(np.float32)
    with torch.no_grad():
        told = learner.network()(torch.from_numpy(x))
    found = onnxruntime.InferenceSession(learner.config.out / MODEL_ONNX).run(None, {"x": x})
    for a, b in zip([told] if task == "gender" else told, found, strict=True):
        assert np.abs(a.numpy() - b).max() < 1e-4
    assert "loss.png" in (learner.config.out / "card.md").read_text()


def test_a_study_trains_in_memory_on_the_people_it_names(portraits, settings):
    config = settings("gender", steps=2, validate_every=1)
    owned = owned_samples(portraits, config)
    women, men = (sorted({one.person for one in owned if one.kind == kind}) for kind in ("female", "male"))
    source = memory_source(owned, [women[0], men[0]], [women[1], men[1]], config)
    drawn = source.draws.draw(0, 40, np.random.default_rng(0))
    assert {person for one in drawn for person in one.people} == {women[0], men[0]}
    assert {person for one in source.validation for person in one.people} == {women[1], men[1]}
    first, again = (fit(task_by_name(config), config, source).network().state_dict() for _ in range(2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    with pytest.raises(InputError, match="only female"):
        memory_source(owned, women[:1], [women[1], men[1]], config)
    with pytest.raises(InputError, match="is in train and in validation"):
        memory_source(owned, women, women, config)


def test_a_loss_that_is_not_finite_stops_before_the_weights(portraits, settings, overfitted):
    with pytest.raises(InputError, match=r"the loss of step \d+ is .* lower --learning-rate"):
        overfitted(settings("gender", steps=60, learning_rate=1.0, max_grad_norm=0.0, weight_decay=9.0, warmup_steps=0))


@pytest.mark.parametrize("task", ["detect", "landmarks"])
def test_the_shipped_network_is_a_start_that_says_what_it_said(task, portraits, settings):
    from importlib import resources

    config = settings(task, start="shipped", learning_rate=1e-7, steps=1, input_px=192)
    owned = owned_samples(portraits, config)
    people = sorted({one.person for one in owned})
    source = memory_source(owned, people[:4], people[4:], config)
    learner = start_from_shipped(config, task_by_name(config), source.draws)
    role, shape = {"detect": ("finder", (2, 1, 96, 128)), "landmarks": ("landmarks", (2, 1, 128, 128))}[task]
    file = resources.files("thermvision") / "assets" / "faces" / f"{role}.onnx"
    x = np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)
    expected = onnxruntime.InferenceSession(file.read_bytes()).run(None, {"x": x})
    with torch.no_grad():
        told = learner.net.eval()(torch.from_numpy(x))
    for a, b in zip([told] if task == "detect" else told, expected, strict=True):
        assert np.abs(a.numpy() - b).max() < 1e-3 * max(1, np.abs(b).max())
    before = learner.look(source.validation)
    run_steps(learner, source, Stop())
    after = learner.best.figures  # a step with the norms of a batch does not throw it back
    assert before[learner.task.judged] == pytest.approx(after[learner.task.judged], abs=0.02)
