"""The shipped model: whole, small, loaded by plain diffusers without a network, and true to kelvin."""

import hashlib
import json

import numpy as np
import pytest

from thermvision.flux.load import open_pipeline
from thermvision.flux.model_folder import shipped_micro
from thermvision.flux.span import MICRO_SPAN
from thermvision.portraits.painted import PaintWith, make_portrait
from thermvision.portraits.simulator import draw_session, draw_subject
from thermvision.portraits.simulator import make_portrait as simulate
from thermvision.portraits.still import frontal_still

PROMPT = "a smiling woman with long hair, white-hot thermal image"


@pytest.fixture(scope="module")
def opened():
    return open_pipeline("micro", dtype="float32", device="cpu")


@pytest.fixture(scope="module")
def person():
    subject = draw_subject(5, 0, "female")
    return subject, draw_session(5, subject, 0)


def test_the_folder_is_small_and_its_weights_are_those_of_its_card():
    folder = shipped_micro()
    assert sum(path.stat().st_size for path in folder.rglob("*")) < 45e6
    told = json.loads((folder / "thermvision.json").read_text())
    for name, digest in told["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert told["span_c"] == [MICRO_SPAN.low_c, MICRO_SPAN.high_c]
    assert (folder / "README.md").is_file()


def test_it_is_flux_of_64_tokens(opened):
    rows, columns = opened.family.latent_size(opened.pipeline, 256, 256)
    assert (rows // 2) * (columns // 2) == 64
    assert 8e6 < sum(p.numel() for p in opened.pipeline.transformer.parameters()) < 12e6


def test_plain_diffusers_loads_it_offline_and_paints_what_our_loop_paints(monkeypatch, tmp_path, opened):
    import torch
    from diffusers import FluxPipeline

    from thermvision.portraits.paint import Painter, prepare
    from thermvision.portraits.paint_config import PaintConfig

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    config = PaintConfig(out=tmp_path / "x", prompt=PROMPT, steps=3, seed=4, dtype="float32", batch=1)
    ours_opened, settings, _ = prepare(config)
    painter = Painter(ours_opened, settings, config)
    (ours,) = painter.portraits([0])
    pipeline = FluxPipeline.from_pretrained(shipped_micro(), dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    tokens, _ = ours_opened.family.pack(painter._noise([0]))
    picture = pipeline(
        PROMPT, negative_prompt=[settings.negative_prompt], negative_prompt_2=[settings.negative_clip_prompt], true_cfg_scale=settings.true_cfg, height=256, width=256, num_inference_steps=3,
        latents=tokens, max_sequence_length=ours_opened.about.text.tokens, output_type="pt",
    ).images  # fmt: skip
    unit = 2 * picture[0].mean(dim=0).numpy() - 1
    np.testing.assert_allclose(np.clip(ours.unit, -1, 1), unit, atol=2e-5)


@pytest.mark.parametrize(("polarity", "within_k"), [(1, 0.25), (-1, 0.5)])
def test_the_autoencoder_keeps_temperatures(opened, person, polarity, within_k):
    """Black-hot pictures too: who teaches another look does not want to teach a decoder."""
    import torch

    still = frontal_still(simulate(*person, 5).head, 256).temperature_k
    unit = polarity * torch.from_numpy(MICRO_SPAN.to_unit(still))[None, None].expand(1, 3, -1, -1)
    with torch.no_grad():
        latents = opened.family.encode_picture(opened.pipeline, unit)
        back = opened.family.decode(opened.pipeline, latents).mean(dim=1)[0].numpy()
    error_k = np.abs(MICRO_SPAN.to_kelvin(back) - MICRO_SPAN.to_kelvin(unit[0, 0].numpy()))
    assert np.median(error_k[60:190, 80:176]) < within_k  # the face


def test_a_subject_is_painted_and_the_same_again(person):
    subject, session = person
    first = make_portrait(subject, session, 5, paint_with=PaintWith(strength=0.2))
    assert first.temperature_source == "span"
    plain = simulate(subject, session, 5)
    changed = np.abs(first.head.texture[0] - plain.head.texture[0])
    assert changed.max() > 0.05
    assert np.median(changed) < 1.0
    again = make_portrait(subject, session, 5, paint_with=PaintWith(strength=0.2))
    assert np.array_equal(first.head.texture, again.head.texture)
