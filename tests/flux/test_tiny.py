"""The tiny folders are what diffusers loads without a hub."""

import numpy as np
import pytest
import torch


@pytest.mark.parametrize("name", ["flux1", "micro", "klein"])
def test_diffusers_loads_and_paints_offline(name, request, monkeypatch):
    from diffusers import Flux2KleinPipeline, FluxPipeline

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder = request.getfixturevalue(f"{name}_folder")
    pipeline = (Flux2KleinPipeline if name == "klein" else FluxPipeline).from_pretrained(folder)
    pipeline.set_progress_bar_config(disable=True)
    images = pipeline(
        prompt="a smiling woman", height=64, width=64, num_inference_steps=2, max_sequence_length=24 if name != "klein" else 64,
        output_type="np", generator=torch.Generator().manual_seed(0),
    ).images  # fmt: skip
    assert images.shape == (1, 64, 64, 3) and np.isfinite(images).all() and images.std() > 0
