"""The families against diffusers' own pipelines, and what they promise of packing, texts and targets."""

import re

import pytest
import torch
from flux.tiny import SIZE_PX

from thermvision.flux.families import FLUX1, FLUX2_KLEIN, family_named
from thermvision.flux.load import open_pipeline
from thermvision.flux.text import COMFY_RULE, TextEmbedding, TextRule, batch_texts
from thermvision.types import InputError

PROMPTS = ["a smiling woman with long hair", "a man"]


@pytest.fixture(scope="module")
def opened(flux1_folder, klein_folder):
    return {"flux1": open_pipeline(str(flux1_folder)), "flux2_klein": open_pipeline(str(klein_folder))}


@pytest.mark.parametrize("name", ["flux1", "flux2_klein"])
def test_padded_texts_are_those_of_the_pipeline(opened, name):
    model = opened[name]
    text = model.family.encode_text(model.pipeline, PROMPTS, PROMPTS, TextRule(64, "fixed"))
    if name == "flux1":
        tokens, pooled, ids = model.pipeline.encode_prompt(PROMPTS, max_sequence_length=64)
        torch.testing.assert_close(text.pooled, pooled, atol=1e-6, rtol=1e-5)
    else:
        tokens, ids = model.pipeline.encode_prompt(PROMPTS, max_sequence_length=64)
        ids = ids[0]
    torch.testing.assert_close(text.tokens, tokens, atol=2e-6, rtol=1e-5)
    assert torch.equal(text.ids, ids.float()) and text.mask is None


@pytest.mark.parametrize("name", ["flux1", "flux2_klein"])
def test_a_mask_is_the_same_as_no_padding(opened, name):
    model, stream = opened[name], torch.Generator().manual_seed(1)
    rule = TextRule(512, "truncated")
    alone = [model.family.encode_text(model.pipeline, [one], [one], rule) for one in PROMPTS]
    both = batch_texts(alone)
    assert both.mask is not None and both.mask.sum(dim=1).tolist() == [one.tokens.shape[1] for one in alone]
    rows, columns = model.family.latent_size(model.pipeline, SIZE_PX, SIZE_PX)
    noise = torch.randn(2, model.family.latent_channels(model.pipeline), rows, columns, generator=stream)
    tokens, ids = model.family.pack(noise)
    t = torch.tensor([0.7, 0.7])
    with torch.no_grad():
        together = model.family.predict(model.pipeline.transformer, tokens, t, both, ids, 3.0)
        apart = torch.cat(
            [
                model.family.predict(model.pipeline.transformer, tokens[k : k + 1], t[:1], alone[k], ids, 3.0)
                for k in (0, 1)
            ]
        )
    torch.testing.assert_close(together, apart, atol=2e-6, rtol=1e-4)


@pytest.mark.parametrize("name", ["flux1", "flux2_klein"])
def test_pictures_and_tokens_go_there_and_back(opened, name):
    model = opened[name]
    unit = torch.rand(2, 3, SIZE_PX, 2 * SIZE_PX, generator=torch.Generator().manual_seed(2)) * 2 - 1
    with torch.no_grad():
        latents = model.family.encode_picture(model.pipeline, unit)
        assert latents.shape[2:] == model.family.latent_size(model.pipeline, 2 * SIZE_PX, SIZE_PX)
        assert latents.shape[1] == model.family.latent_channels(model.pipeline)
        tokens, ids = model.family.pack(latents)
        assert tokens.shape[1] == len(ids)
        assert torch.equal(model.family.unpack(tokens, *latents.shape[2:]), latents)
        vae = model.pipeline.vae
        expected = vae.decode(vae.encode(unit).latent_dist.mode()).sample
        torch.testing.assert_close(model.family.decode(model.pipeline, latents), expected, atol=1e-5, rtol=1e-4)
        one, two = (model.family.encode_picture(model.pipeline, unit, torch.Generator().manual_seed(s)) for s in (0, 1))
    assert not torch.equal(one, two) and not torch.equal(one, latents)


@pytest.mark.parametrize("name", ["flux1", "flux2_klein"])
def test_packing_is_that_of_the_pipeline(opened, name):
    model = opened[name]
    rows, columns = model.family.latent_size(model.pipeline, SIZE_PX, 2 * SIZE_PX)
    latents = torch.randn(2, model.family.latent_channels(model.pipeline), rows, columns)
    tokens, ids = model.family.pack(latents)
    if name == "flux1":
        theirs = model.pipeline._pack_latents(latents, 2, latents.shape[1], rows, columns)
        their_ids = model.pipeline._prepare_latent_image_ids(2, rows // 2, columns // 2, "cpu", torch.float32)
    else:
        theirs, their_ids = (
            model.pipeline._pack_latents(latents),
            model.pipeline._prepare_latent_ids(latents)[0].float(),
        )
    assert torch.equal(tokens, theirs) and torch.equal(ids, their_ids)


def linear_names(model):
    return [name for name, part in model.pipeline.transformer.named_modules() if isinstance(part, torch.nn.Linear)]


@pytest.mark.parametrize(
    ("name", "counts"),
    [("flux1", {"all": 14 + 2 * 6, "diffusers": 12 + 2 * 3, "attention": 8 + 2 * 3}),
     ("flux2_klein", {"all": 12 + 2 * 2, "diffusers": 4 + 2 * 2, "attention": 8 + 2 * 2})],
)  # fmt: skip
def test_lora_targets_hit_the_blocks_only(opened, name, counts):
    model = opened[name]
    for preset, count in counts.items():
        hit = [one for one in linear_names(model) if re.fullmatch(model.family.lora_targets[preset], one)]
        assert len(hit) == count, (preset, hit)
        assert all("transformer_blocks" in one for one in hit)


def test_text_rules():
    assert [COMFY_RULE.length(n) for n in (3, 300)] == [256, 300]
    assert [TextRule(40, "fixed").length(n) for n in (3, 40)] == [40, 40]
    assert [TextRule(40).length(n) for n in (3, 60)] == [3, 40]
    with pytest.raises(InputError, match="text_padding is 'long'"):
        TextRule(40, "long")
    with pytest.raises(InputError, match="text_tokens is 0"):
        TextRule(0)


@pytest.mark.parametrize("name", ["flux1", "flux2_klein"])
def test_what_is_cut_off_is_named(opened, name):
    model = opened[name]
    rule, text = TextRule(40, "fixed"), " ".join(["woman"] * 500 + ["beanie"])
    cut = model.family.cut_off(model.pipeline, text, text, rule)
    assert set(cut) == ({"CLIP", "T5"} if name == "flux1" else {"Qwen3"})
    assert all("beanie" in words for words in cut.values())
    assert model.family.cut_off(model.pipeline, "a man", "a man", TextRule(64)) == {}
    assert model.family.encode_text(model.pipeline, [text], [text], rule).tokens.shape[1] == 40


def test_empty_text_is_empty_for_t5_too(opened):
    model = opened["flux1"]
    text = FLUX1.encode_text(model.pipeline, ["artefact"], [""], TextRule(512))
    assert text.tokens.shape[1] == 1  # the end sign alone; FluxPipeline would have put the CLIP text there


def test_embeddings_pass_a_cache(opened):
    model = opened["flux1"]
    text = FLUX1.encode_text(model.pipeline, PROMPTS, PROMPTS)
    back = TextEmbedding.from_tensors(text.as_tensors())
    assert torch.equal(back.tokens, text.tokens) and torch.equal(back.mask, text.mask)
    twice = text.pick([1, 1, 0])
    assert len(twice) == 3 and torch.equal(twice.tokens[2], text.tokens[0])
    assert text.to(dtype=torch.bfloat16).pooled.dtype == torch.bfloat16


def test_other_pipelines_are_refused():
    assert family_named("Flux2KleinPipeline") is FLUX2_KLEIN
    with pytest.raises(InputError, match="Flux2Pipeline; expected FluxPipeline or Flux2KleinPipeline"):
        family_named("Flux2Pipeline")
