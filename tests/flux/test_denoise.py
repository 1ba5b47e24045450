"""The loop against an independent statement of the workflow's sampler, against diffusers' pipelines, and its own promises."""

import math

import numpy as np
import pytest
import torch

from thermvision.flux.denoise import Guide, denoise
from thermvision.flux.load import open_pipeline
from thermvision.flux.noise import noise_of_batch, noise_of_each, portrait_seed
from thermvision.flux.schedule import cut_end, sigmas, start_later
from thermvision.flux.text import COMFY_RULE, TextRule
from thermvision.types import InputError


@pytest.fixture(scope="module")
def dev(flux1_folder):
    return open_pipeline(str(flux1_folder))


def workflow_times(steps, width, height, denoise_strength):
    """The schedule as the published node works it out, in plain Python."""
    tokens = (width // 8) * (height // 8) // 4
    mu = 0.5 + (1.15 - 0.5) * (tokens - 256) / (4096 - 256)
    times = []
    for k in range(steps + 1):
        u = 1 - k / steps
        times.append(0.0 if u == 0 else math.exp(mu) / (math.exp(mu) + (1 / u - 1)))
    return times[: int((steps + 1) * denoise_strength)] if denoise_strength <= 0.99 else times


def workflow_sampler(
    pipeline, seed, count, texts, negatives, *, width, height, steps, guidance, start_cfg, scale, denoise_strength
):
    """XlabsSampler, said anew: one pass for each text, einops-free packing, nothing of ours. Returns unpacked latents and the passes."""
    generator = torch.Generator().manual_seed(seed)
    rows, columns = 2 * math.ceil(height / 16), 2 * math.ceil(width / 16)
    noise = torch.randn(count, 16, rows, columns, generator=generator)
    packed = torch.empty(count, rows // 2 * (columns // 2), 64)
    places = torch.zeros(rows // 2 * (columns // 2), 3)
    for row in range(rows // 2):
        for column in range(columns // 2):
            n = row * (columns // 2) + column
            places[n] = torch.tensor([0.0, row, column])
            packed[:, n] = noise[:, :, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2].reshape(count, 64)

    def prepared(pair):
        clip = pipeline.tokenizer(
            [pair[0]], padding="max_length", max_length=77, truncation=True, return_tensors="pt"
        ).input_ids
        ids = pipeline.tokenizer_2([pair[1]]).input_ids[0]
        ids = torch.tensor([ids + [0] * max(0, 256 - len(ids))])
        pooled = pipeline.text_encoder(clip).pooler_output
        return (
            pipeline.text_encoder_2(ids)[0].repeat(count, 1, 1),
            pooled.repeat(count, 1),
            torch.zeros(ids.shape[1], 3),
        )

    passes = 0

    def model(x, t, pair):
        nonlocal passes
        passes += 1
        tokens, pooled, ids = pair
        return pipeline.transformer(
            hidden_states=x, timestep=torch.full((count,), t), guidance=torch.full((count,), guidance), pooled_projections=pooled,
            encoder_hidden_states=tokens, txt_ids=ids, img_ids=places, return_dict=False,
        )[0]  # fmt: skip

    with torch.no_grad():
        positive, negative = prepared(texts), prepared(negatives)
        times = workflow_times(steps, width, height, denoise_strength)
        x = packed
        for i in range(len(times) - 1):
            v = model(x, times[i], positive)
            if i >= start_cfg:
                n = model(x, times[i], negative)
                v = n + scale * (v - n)
            x = x + (times[i + 1] - times[i]) * v
        latents = torch.empty_like(noise)
        for row in range(rows // 2):
            for column in range(columns // 2):
                block = x[:, row * (columns // 2) + column].reshape(count, 16, 2, 2)
                latents[:, :, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2] = block
    return latents, passes


def test_the_workflow_sampler(dev):
    """40 steps, CFG 3.5 from step 3, guidance 4.5, denoise 0.88: schedule to 1e-6, 67 model calls, result to 1e-5."""
    texts, negatives = ("hihh quality thermal data", "surprice face "), ("artefact, watermarks", "")
    times = cut_end(sigmas(40, 16), 0.88)
    np.testing.assert_allclose(times, workflow_times(40, 64, 64, 0.88), atol=1e-6)
    assert len(times) == 36
    expected, calls = workflow_sampler(
        dev.pipeline, 749840386044620, 2, texts, negatives, width=64, height=64, steps=40, guidance=4.5, start_cfg=3, scale=3.5,
        denoise_strength=0.88,
    )  # fmt: skip
    assert calls == 67
    noise = noise_of_batch(749840386044620, 2, (16, 8, 8), dtype=torch.float32, device="cpu")
    tokens, ids = dev.family.pack(noise)
    positive, negative = (
        dev.family.encode_text(dev.pipeline, [c], [t], COMFY_RULE).pick([0, 0]) for c, t in (texts, negatives)
    )
    done = denoise(
        dev.family,
        dev.pipeline.transformer,
        tokens,
        ids,
        times,
        positive,
        negative,
        Guide(4.5, 3.5, 3),
        return_x0=False,
    )
    assert done.passes == 67 and done.time == pytest.approx(times[-1])
    ours = dev.family.unpack(done.tokens, 8, 8)
    assert float((ours - expected).abs().max()) <= 1e-5 * max(1.0, float(expected.abs().max()))


def test_schedule_of_the_workflow_at_its_own_size():
    np.testing.assert_allclose(cut_end(sigmas(40, 1024), 0.88), workflow_times(40, 512, 512, 0.88), atol=1e-6)


def start(model, count=1, size=64):
    rows, columns = model.family.latent_size(model.pipeline, size, size)
    noise = noise_of_each(
        [portrait_seed(5, k) for k in range(count)], (model.family.latent_channels(model.pipeline), rows, columns)
    )
    return noise, *model.family.pack(noise)


@pytest.mark.parametrize("name", ["flux1", "micro", "klein"])
def test_latents_are_those_of_diffusers_own_pipeline(name, request):
    """Both texts, CFG, and the model's own schedule."""
    model = open_pipeline(str(request.getfixturevalue(f"{name}_folder")))
    noise, tokens, ids = start(model, 2)
    rule = TextRule(64, "fixed")
    text, negative = (model.family.encode_text(model.pipeline, [p] * 2, [p] * 2, rule) for p in ("a man", ""))
    times = sigmas(3, tokens.shape[1], mu=model.family.shift(model.pipeline, tokens.shape[1], 3))
    guide = Guide(3.0 if name == "flux1" else None, 2.5)
    ours = denoise(model.family, model.pipeline.transformer, tokens, ids, times, text, negative, guide)
    settings = {
        "prompt": ["a man"] * 2,
        "height": 64,
        "width": 64,
        "num_inference_steps": 3,
        "max_sequence_length": 64,
        "output_type": "pt",
    }
    if name == "klein":
        theirs = model.pipeline(**settings, latents=noise, guidance_scale=2.5).images
    else:
        theirs = model.pipeline(
            **settings, latents=tokens, guidance_scale=3.0, negative_prompt=["", ""], true_cfg_scale=2.5
        ).images
    rows, columns = noise.shape[2:]
    with torch.no_grad():
        unit = model.family.decode(model.pipeline, model.family.unpack(ours.tokens, rows, columns))
    torch.testing.assert_close(((unit + 1) / 2).clamp(0, 1), theirs, atol=2e-5, rtol=0)


def test_x0_of_an_early_stop_is_the_estimate_of_the_last_step(dev):
    _, tokens, ids = start(dev)
    text = dev.family.encode_text(dev.pipeline, ["a man"], ["a man"])
    times = cut_end(sigmas(8, 16), 0.7)
    before = denoise(dev.family, dev.pipeline.transformer, tokens, ids, times[:-1], text, return_x0=False).tokens
    with torch.no_grad():
        v = dev.family.predict(dev.pipeline.transformer, before, torch.tensor([times[-2]]).float(), text, ids)
    x0 = denoise(dev.family, dev.pipeline.transformer, tokens, ids, times, text).tokens
    torch.testing.assert_close(x0, before - times[-2] * v, atol=1e-5, rtol=1e-5)
    whole = [
        denoise(dev.family, dev.pipeline.transformer, tokens, ids, sigmas(4, 16), text, return_x0=r).tokens
        for r in (True, False)
    ]
    torch.testing.assert_close(*whole, atol=1e-5, rtol=1e-5)  # at the end of the whole schedule both are the picture


def test_a_portrait_does_not_depend_on_its_batch(dev):
    times, text = sigmas(3, 16), dev.family.encode_text(dev.pipeline, ["a man"], ["a man"])
    _, three, ids = start(dev, 3)
    _, one, _ = start(dev, 1)
    assert torch.equal(three[:1], one)
    together = denoise(dev.family, dev.pipeline.transformer, three, ids, times, text.pick([0, 0, 0])).tokens
    alone = denoise(dev.family, dev.pipeline.transformer, one, ids, times, text).tokens
    torch.testing.assert_close(together[:1], alone, atol=1e-5, rtol=1e-5)


def test_no_steps_give_the_picture_back(dev):
    _, tokens, ids = start(dev)
    text = dev.family.encode_text(dev.pipeline, ["a man"], ["a man"])
    done = denoise(dev.family, dev.pipeline.transformer, tokens, ids, start_later(sigmas(4, 16), 0.0), text)
    assert torch.equal(done.tokens, tokens) and done.passes == 0


def test_cancelling_stops_at_once(dev):
    _, tokens, ids = start(dev)
    seen = []

    def stop(done, total):
        seen.append((done, total))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        denoise(dev.family, dev.pipeline.transformer, tokens, ids, sigmas(4, 16),
                dev.family.encode_text(dev.pipeline, ["a man"], ["a man"]), on_step=stop)  # fmt: skip
    assert seen == [(1, 4)]


def test_nan_and_a_missing_negative_are_refused(dev):
    _, tokens, ids = start(dev)
    text = dev.family.encode_text(dev.pipeline, ["a man"], ["a man"])
    with pytest.raises(InputError, match="not finite"):
        denoise(dev.family, dev.pipeline.transformer, tokens * float("nan"), ids, sigmas(1, 16), text)
    with pytest.raises(InputError, match="no negative text"):
        denoise(dev.family, dev.pipeline.transformer, tokens, ids, sigmas(1, 16), text, guide=Guide(true_cfg=2.0))


def test_seeds_of_portraits():
    assert portrait_seed(7, 0) == 7
    many = [portrait_seed(seed, index) for seed in range(20) for index in range(50)]
    assert len(set(many)) == len(many) and max(many) < 2**48
