"""Tiny pipelines, made once a session; the hub is never asked."""

import importlib
import os
import sys
from pathlib import Path

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
for module in ("torch", "diffusers", "transformers", "peft"):
    pytest.importorskip(module, reason='needs the extra: pip install "thermvision[flux]"')

from flux.tiny import SIZE_PX, tiny_flux1, tiny_klein  # noqa: E402

SPAN_C = [10.0, 42.0]
ABOUT_FLUX1 = {
    "name": "tiny", "family": "flux1", "text_tokens": 40, "text_padding": "fixed", "span_c": SPAN_C, "size_px": SIZE_PX, "steps": 3,
    "true_cfg_scale": 2.0, "guidance_scale": None, "sampling": {"timestep_sampling": "flux_shift"},
}  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def recipe():
    """Imports a part of the shipped model's recipe by its name; parts may import others while a test runs."""
    tools = Path(__file__).parents[2] / "tools"
    folders = [str(tools / "micro"), str(tools)]
    sys.path[:0] = folders
    yield importlib.import_module
    for folder in folders:
        sys.path.remove(folder)


@pytest.fixture(scope="session")
def flux1_folder(tmp_path_factory):
    """Random FLUX.1 with guidance embedding (as dev) and no thermvision.json."""
    return tiny_flux1(tmp_path_factory.mktemp("models") / "flux1")


@pytest.fixture(scope="session")
def micro_folder(tmp_path_factory):
    """Random FLUX.1 without guidance embedding and with a thermvision.json, as micro has it."""
    return tiny_flux1(tmp_path_factory.mktemp("models") / "micro", guidance_embeds=False, about=ABOUT_FLUX1)


@pytest.fixture(scope="session")
def klein_folder(tmp_path_factory):
    """Random FLUX.2 klein (base: with CFG) and no thermvision.json."""
    return tiny_klein(tmp_path_factory.mktemp("models") / "klein")
