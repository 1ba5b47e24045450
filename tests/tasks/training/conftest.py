"""A small data set that the simulator really makes, and settings of short trainings on it."""

import os

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
for module in ("torch", "transformers", "onnx", "onnxruntime", "tensorboard"):
    pytest.importorskip(module, reason='needs the extra: pip install "thermvision[tasks]"')

from thermvision.config import make_config  # noqa: E402
from thermvision.pipeline import build  # noqa: E402
from thermvision.stopping import Stop  # noqa: E402
from thermvision.tasks.training.config import TrainConfig  # noqa: E402
from thermvision.tasks.training.files.memory import MemorySource, owned_samples  # noqa: E402
from thermvision.tasks.training.files.source import TrainingSource  # noqa: E402
from thermvision.tasks.training.learner import start_learner  # noqa: E402
from thermvision.tasks.training.loop import run_steps  # noqa: E402
from thermvision.tasks.training.tasks_by_name import task_by_name  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def portraits(tmp_path_factory):
    """Six people, 30 frames each, 96 px; a split of its own: of each gender one for training, validation and test."""
    out = tmp_path_factory.mktemp("portraits") / "set"
    settings = {"subjects": 6, "motions": ["natural"], "frames": 30, "size": 96, "framing": "portrait", "seed": 5}
    build(make_config({"out": out, "workers": 1, **settings}, "test"))
    return out


@pytest.fixture
def settings(tmp_path):
    """Settings of a short training; keywords change them."""

    def make(task, **changed):
        told = {
            "task": task, "data": ("unused",), "out": tmp_path / "run", "batch_size": 8, "learning_rate": 3e-3, "augmentation": 0.0, "every": 5,
            "threads": 1, "average": 0.9, "input_px": 96, "least_face_px": 6.0,
        }  # fmt: skip
        return TrainConfig(**{**told, **changed}).filled()

    return make


@pytest.fixture
def overfitted(portraits):
    """Train on every sample of the set and look at the same ones: the learner."""

    def train(config):
        owned = owned_samples(portraits, config)
        source = TrainingSource(
            MemorySource(owned), [one.sample for one in owned], {"train": [], "validation": []}, "m"
        )
        learner = start_learner(config, task_by_name(config))
        run_steps(learner, source, Stop())
        return learner, source

    return train
