"""Applying changes the transformer by exactly strength times up @ down, or not at all."""

import dataclasses
import math

import pytest
import torch
from flux.lora.weights import in_blocks, model_sizes, random_pairs

from thermvision.flux.lora import apply_lora, read_lora, write_lora
from thermvision.flux.lora.verify import forward
from thermvision.types import InputError


def tiny(width_heads=2, double=1, single=2, **more):
    from diffusers import FluxTransformer2DModel

    torch.manual_seed(0)
    return FluxTransformer2DModel(
        patch_size=1, in_channels=64, num_layers=double, num_single_layers=single, attention_head_dim=16, num_attention_heads=width_heads,
        joint_attention_dim=32, pooled_projection_dim=32, guidance_embeds=False, axes_dims_rope=(4, 6, 6), **more,
    ).eval()  # fmt: skip


@pytest.fixture(scope="module")
def transformer():
    return tiny()


@pytest.fixture
def file(transformer, tmp_path):
    return write_lora(tmp_path / "a.safetensors", random_pairs(model_sizes(transformer, in_blocks)), {})


def state(transformer):
    return {name: one.clone() for name, one in transformer.state_dict().items()}


def unchanged(transformer, before):
    now = transformer.state_dict()
    return now.keys() == before.keys() and all(torch.equal(now[name], one) for name, one in before.items())


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0, -1.0, 2.5])
def test_strength(transformer, file, strength):
    before, base = state(transformer), forward(transformer)
    applied = apply_lora(transformer, file, strength)
    with_it = forward(transformer)
    applied.remove()
    assert unchanged(transformer, before) and not getattr(transformer, "peft_config", {})
    merged = tiny()
    for name, (down, up) in read_lora(file).modules.items():
        merged.get_submodule(name).weight.data += strength * (up @ down)
    assert (with_it - forward(merged)).abs().max() <= 1e-5
    assert (strength == 0) == torch.equal(with_it, base)


def test_strength_can_be_changed_and_needs_no_gradient(transformer, file):
    applied = apply_lora(transformer, file, 0.3)
    assert not any(one.requires_grad for name, one in transformer.named_parameters() if "lora_" in name)
    low = forward(transformer)
    applied.set_strength(1.0)
    assert not torch.equal(low, forward(transformer)) and applied.strength == 1.0
    applied.set_strength(0.3)
    assert torch.equal(low, forward(transformer))
    for wrong in (math.nan, math.inf):
        with pytest.raises(InputError, match="strength is"):
            applied.set_strength(wrong)
    applied.remove()


def test_two_at_once_and_one_in_training(transformer, file, tmp_path):
    """A LoRA is added beside an adapter in training, which goes on to need its gradients."""
    from peft import LoraConfig

    transformer.add_adapter(LoraConfig(r=2, target_modules=["to_q", "to_k"], init_lora_weights=False), "in_training")
    training = {name for name, one in transformer.named_parameters() if one.requires_grad and "lora_" in name}
    alone = forward(transformer)
    applied = apply_lora(transformer, file, 0.7)
    other = write_lora(
        tmp_path / "b.safetensors", random_pairs(model_sizes(tiny(), lambda n: n.endswith("to_v")), seed=5), {}
    )
    both = forward(transformer)
    second = apply_lora(transformer, other, adapter="second")
    assert not torch.equal(both, forward(transformer))
    with pytest.raises(InputError, match="'second' is at work already"):
        apply_lora(transformer, other, adapter="second")
    second.remove()
    assert torch.equal(both, forward(transformer)) and not torch.equal(both, alone)
    applied.remove()
    assert torch.equal(alone, forward(transformer))
    assert training == {name for name, one in transformer.named_parameters() if one.requires_grad and "lora_" in name}
    transformer.unload_lora()


def test_an_adapter_that_is_off_stays_off(transformer, file):
    from peft import LoraConfig

    transformer.add_adapter(LoraConfig(r=2, target_modules=["to_q"], init_lora_weights=False), "off")
    transformer.set_adapter([])
    base = forward(transformer)
    applied = apply_lora(transformer, file, 0.5)
    with_it = forward(transformer)
    applied.remove()
    assert torch.equal(base, forward(transformer)) and not torch.equal(base, with_it)
    transformer.unload_lora()
    assert torch.equal(base, forward(transformer))
    applied = apply_lora(transformer, file, 0.5)
    assert torch.equal(with_it, forward(transformer))
    applied.remove()


def test_weights_that_are_elsewhere(file):
    with pytest.raises(InputError, match="add it before offloading"):
        apply_lora(tiny().to("meta"), file)


def test_only_the_named_layers_are_changed(transformer, tmp_path):
    """The outermost proj_out without the blocks' proj_out, and the other way round."""
    for keep in (
        lambda n: n == "proj_out",
        lambda n: n.endswith(".proj_out"),
        lambda n: n == "transformer_blocks.0.norm1.linear",
    ):
        sizes = model_sizes(transformer, keep)
        path = write_lora(tmp_path / "a.safetensors", random_pairs(sizes), {})
        applied = apply_lora(transformer, path)
        touched = {name for name, one in transformer.named_modules() if hasattr(one, "lora_A")}
        applied.remove()
        assert touched == sizes.keys()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: tiny(width_heads=4), "made for a transformer of width 64, this one has 32"),
        (lambda: tiny(double=3, single=2), "at least 3 double and 2 single blocks, this one has 1 and 2"),
        (lambda: tiny(double=1, single=4), "at least 1 double and 4 single blocks, this one has 1 and 2"),
    ],
)
def test_a_lora_of_another_model_changes_nothing(transformer, tmp_path, make, words):
    path = write_lora(tmp_path / "a.safetensors", random_pairs(model_sizes(make(), in_blocks)), {})
    before = state(transformer)
    with pytest.raises(InputError, match=words) as refused:
        apply_lora(transformer, path)
    assert "modules do not match (" in str(refused.value) and "\n" not in str(refused.value)
    assert unchanged(transformer, before)


def test_other_families_and_models(transformer, klein_folder, tmp_path, file):
    from diffusers import Flux2Transformer2DModel

    klein = Flux2Transformer2DModel.from_pretrained(klein_folder, subfolder="transformer").eval()
    theirs = write_lora(tmp_path / "b.safetensors", random_pairs(model_sizes(klein)), {})
    with pytest.raises(InputError, match=r"made for FLUX\.2, this is FLUX\.1"):
        apply_lora(transformer, theirs)
    with pytest.raises(InputError, match=r"made for FLUX\.1, this is FLUX\.2"):
        apply_lora(klein, file)
    with pytest.raises(InputError, match=r"family is 'flux2_klein' and the model is FLUX.1"):
        apply_lora(transformer, file, family="flux2_klein")
    with pytest.raises(InputError, match="the model is a Linear"):
        apply_lora(torch.nn.Linear(2, 2), file)
    apply_lora(transformer, file, family="flux1").remove()


def test_one_layer_of_another_shape(transformer, tmp_path):
    """The width agrees but the text tokens of the other model are wider."""
    sizes = model_sizes(transformer, lambda n: n == "context_embedder") | {"context_embedder": (48, 32)}
    path = write_lora(tmp_path / "a.safetensors", random_pairs(sizes), {})
    with pytest.raises(
        InputError, match="made for context_embedder with 48 inputs and 32 outputs, here it has 32 and 32"
    ):
        apply_lora(transformer, path)


def test_a_partial_match_is_refused_whole(transformer, file):
    read = read_lora(file)
    more = read.modules | {"time_text_embed.guidance_embedder.linear_1": (torch.ones(1, 256), torch.ones(32, 1))}
    with pytest.raises(InputError, match=r"1 of 27 modules do not match .*guidance_embedder"):
        apply_lora(transformer, dataclasses.replace(read, modules=more))
    assert not getattr(transformer, "peft_config", {})


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_bases_of_half_precision(transformer, file, dtype):
    half = tiny().to(dtype)
    applied = apply_lora(half, file)
    assert {one.dtype for name, one in half.named_parameters() if "lora_" in name} == {dtype}
    if dtype == torch.bfloat16:  # float16 has few kernels on the CPU
        assert torch.isfinite(forward(half).float()).all()
    applied.remove()


def test_an_eight_bit_base(file):
    base = tiny().to(torch.bfloat16)
    base.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=torch.bfloat16)
    without = forward(base)
    applied = apply_lora(base, file)
    change = forward(base) - without
    assert torch.isfinite(change.float()).all() and change.abs().max() > 1e-2
    lora = [one for name, one in base.named_parameters() if "lora_" in name]
    assert lora and all(one.element_size() > 1 for one in lora)
    applied.remove()
    assert torch.equal(without, forward(base))
