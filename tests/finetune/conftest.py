"""Tiny models and a folder of thermal pictures; the hub is never asked, caches stay in the test's folder."""

import os

import numpy as np
import pytest
from PIL import Image

os.environ.setdefault("HF_HUB_OFFLINE", "1")
for module in ("torch", "diffusers", "transformers", "peft", "tensorboard"):
    pytest.importorskip(module, reason='needs the extra: pip install "thermvision[flux]"')

from flux.tiny import SIZE_PX, tiny_flux1, tiny_klein  # noqa: E402

from thermvision.finetune.config import FinetuneConfig  # noqa: E402

ABOUT = {
    "name": "tiny", "family": "flux1", "text_tokens": 40, "text_padding": "fixed", "span_c": [10.0, 42.0], "size_px": SIZE_PX, "steps": 2,
    "true_cfg_scale": 2.0, "guidance_scale": None, "sampling": {"timestep_sampling": "flux_shift"},
}  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def micro_folder(tmp_path_factory):
    """Random FLUX.1 with a thermvision.json."""
    return tiny_flux1(tmp_path_factory.mktemp("models") / "micro", guidance_embeds=False, about=ABOUT)


@pytest.fixture(scope="session")
def flux1_folder(tmp_path_factory):
    """Random FLUX.1 with guidance embedding and no thermvision.json."""
    return tiny_flux1(tmp_path_factory.mktemp("models") / "flux1")


@pytest.fixture(scope="session")
def klein_folder(tmp_path_factory):
    """Random FLUX.2 klein."""
    return tiny_klein(tmp_path_factory.mktemp("models") / "klein")


@pytest.fixture(scope="session")
def images(tmp_path_factory):
    """Twelve 8-bit pictures of five people, two shapes, captions beside eight of them."""
    folder, stream = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    for number in range(12):
        height, width = ((80, 96), (72, 72))[number % 2]
        rows, columns = np.mgrid[:height, :width]
        warm = np.exp(-((columns - width / 2) ** 2 + (rows - height / 2) ** 2) / 300)
        grey = (110 + 90 * warm + stream.normal(0, 5, warm.shape)).clip(0, 255).astype(np.uint8)
        path = folder / f"p{number % 5}_{number}.png"
        Image.fromarray(grey).save(path)
        if number % 3:
            path.with_suffix(".txt").write_text(
                "a woman smiling" if number % 2 else "an old man with beard, thermal image"
            )
    return folder


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """One cache for all runs of the session."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def make_config(images, cache, micro_folder, tmp_path):
    """Settings of a short run on the tiny micro; keywords change them."""

    def make(**changed):
        told = {
            "images": images, "out": tmp_path / "run", "model": str(micro_folder), "steps": 4, "rank": 4, "cache": cache,
            "sample_every": 0, "save_every": 2, "device": "cpu", "trigger": "thermal face",
        }  # fmt: skip
        return FinetuneConfig(**{**told, **changed})

    return make
