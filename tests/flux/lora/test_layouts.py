"""Every layout gives the change of the weights that was written, in this package, in diffusers and the way ComfyUI adds it."""

import copy

import pytest
import torch
from flux.lora.weights import (
    adapter_metadata,
    add_as_comfyui,
    block_sizes,
    deltas,
    in_blocks,
    largest_difference,
    model_sizes,
    peft_tensors,
    random_pairs,
)
from safetensors.torch import load_file, save_file

from thermvision.flux.lora import apply_lora, read_lora, write_lora
from thermvision.flux.lora.convert import convert
from thermvision.flux.lora.verify import forward
from thermvision.types import InputError

KEPT = {
    "thermvision.span_c": "[10.0, 42.0]",
    "thermvision.text_rule": "truncated",
    "modelspec.architecture": "flux-1-dev/lora",
    "ss_network_dim": "16",
}


def attention(name):
    return any(f".{x}" in name for x in ("to_", "add_")) or (name.startswith("single") and name.endswith("proj_out"))


def sizes_of(names, transformer):
    keep = {
        "all": lambda n: True,
        "blocks": in_blocks,
        "attention": lambda n: in_blocks(n) and attention(n),
        "two of qkv": lambda n: n.endswith((".to_q", ".to_v", ".add_k_proj")),
        "feed-forward of single blocks": lambda n: n.endswith("proj_mlp"),
        "ends": lambda n: not in_blocks(n),
    }[names]
    return model_sizes(transformer, keep)


@pytest.fixture(scope="module")
def transformer(flux1_folder):
    from diffusers import FluxTransformer2DModel

    return FluxTransformer2DModel.from_pretrained(flux1_folder, subfolder="transformer").eval()


@pytest.mark.parametrize("layout", ["diffusers", "kohya", "bfl", "xlabs"])
@pytest.mark.parametrize("names", ["all", "blocks", "attention", "two of qkv", "feed-forward of single blocks", "ends"])
@pytest.mark.parametrize("rank", [1, 4, lambda name: 2 + len(name) % 5], ids=["1", "4", "uneven"])
def test_what_is_written_is_read(tmp_path, transformer, layout, names, rank):
    pairs = random_pairs(sizes_of(names, transformer), rank)
    path = tmp_path / "a.safetensors"
    if layout == "xlabs" and names not in ("attention", "two of qkv"):
        with pytest.raises(InputError, match=r"attention layers only.*choose kohya, bfl or diffusers"):
            write_lora(path, pairs, KEPT, layout)
        assert not list(tmp_path.iterdir())
        return
    write_lora(path, pairs, KEPT, layout)
    file = read_lora(path)
    assert file.layout == layout and file.family == "flux1"
    assert KEPT.items() <= file.metadata.items() and not file.notes
    assert largest_difference(pairs, file.modules) == 0.0
    if names not in ("ends",):
        assert file.width == 32


@pytest.mark.parametrize("layout", ["diffusers", "kohya", "bfl"])
@pytest.mark.parametrize("names", ["all", "two of qkv"])
def test_comfyui_adds_the_same(tmp_path, transformer, layout, names):
    """Stated apart from the package: fused weights, row slices, the scale from .alpha alone."""
    pairs = random_pairs(sizes_of(names, transformer), 4)
    file = write_lora(tmp_path / "a.safetensors", pairs, {}, layout)
    theirs = copy.deepcopy(transformer)
    assert add_as_comfyui(theirs, load_file(file), strength=0.9) == set()
    applied = apply_lora(transformer, file, strength=0.9)
    ours = forward(transformer)
    applied.remove()
    assert (ours - forward(theirs)).abs().max() <= 1e-5
    assert (ours - forward(transformer)).abs().max() > 1e-2


def test_the_order_of_the_last_modulation_matters(transformer, tmp_path):
    """Guards the test above: without exchanging the halves the result is another."""
    pairs = random_pairs(model_sizes(transformer, lambda n: n == "norm_out.linear"))
    tensors = load_file(write_lora(tmp_path / "a.safetensors", pairs, {}, "kohya"))
    assert not torch.equal(
        tensors["lora_unet_final_layer_adaLN_modulation_1.lora_up.weight"], pairs["norm_out.linear"][1]
    )


def picture(pipeline):
    return pipeline(
        prompt="a smiling woman", prompt_2="a woman", width=64, height=64, num_inference_steps=2, guidance_scale=3.5,
        generator=torch.Generator().manual_seed(3), output_type="pt", max_sequence_length=16,
    ).images  # fmt: skip


@pytest.fixture(scope="module")
def pipeline(flux1_folder):
    from diffusers import FluxPipeline

    pipe = FluxPipeline.from_pretrained(flux1_folder)
    pipe.set_progress_bar_config(disable=True)
    return pipe


@pytest.mark.parametrize("metadata", [True, False])
@pytest.mark.parametrize("rank", [4, lambda name: 2 + len(name) % 5], ids=["one rank", "uneven ranks"])
def test_plain_diffusers_gives_the_same_picture(tmp_path, pipeline, rank, metadata):
    """Outermost and inner proj_out with ranks of their own too; with and without the adapter's metadata."""
    pairs = random_pairs(model_sizes(pipeline.transformer), rank)
    saved = write_lora(tmp_path / "a.safetensors", pairs, KEPT)
    kohya = convert(saved, tmp_path / "k.safetensors", "kohya").out
    back = convert(kohya, tmp_path / "b.safetensors", "diffusers").out
    without = picture(pipeline)
    pictures = []
    for file in (saved, kohya):
        applied = apply_lora(pipeline, file)
        pictures.append(picture(pipeline))
        applied.remove()
    for file in (saved, back):
        if not metadata:
            save_file(load_file(file), file)
        pipeline.load_lora_weights(file, adapter_name="plain")
        assert pipeline.get_list_adapters() == {"transformer": ["plain"]}
        pictures.append(picture(pipeline))
        pipeline.unload_lora_weights()
    assert all((one - pictures[0]).abs().max() <= 1e-5 for one in pictures)
    assert (without - pictures[0]).abs().max() > 1e-3
    assert torch.equal(without, picture(pipeline))


@pytest.mark.parametrize("layout", ["kohya", "bfl", "xlabs"])
def test_diffusers_own_converters_agree_at_the_width_they_know(tmp_path, layout):
    from diffusers import FluxPipeline

    sizes = block_sizes(3072, 1, 1)
    if layout == "xlabs":
        sizes = {name: size for name, size in sizes.items() if attention(name)}
    pairs = random_pairs(sizes, 2)
    file = write_lora(tmp_path / "a.safetensors", pairs, {}, layout)
    theirs = FluxPipeline.lora_state_dict(file)
    named = {
        name.removeprefix("transformer.").removesuffix(".lora_A.weight"): (
            down,
            theirs[name.replace("lora_A", "lora_B")],
        )
        for name, down in theirs.items()
        if "lora_A" in name
    }
    assert named.keys() == pairs.keys()
    for name, (down, up) in pairs.items():  # seen on eight vectors, because the products are large
        seen = torch.randn(down.shape[1], 8)
        assert torch.allclose(up @ (down @ seen), named[name][1] @ (named[name][0] @ seen), atol=1e-4), name


def one_module(alpha=None, metadata=None, rank=4):
    pairs = random_pairs({"transformer_blocks.0.attn.to_out.0": (8, 8)}, rank)
    tensors = peft_tensors(pairs)
    if alpha is not None:
        tensors["transformer.transformer_blocks.0.attn.to_out.0.alpha"] = torch.tensor(float(alpha))
    return pairs, tensors, metadata or {}


@pytest.mark.parametrize(
    ("alpha", "metadata", "scale", "note"),
    [
        (None, None, 1.0, "no alpha is given"),
        (1, None, 0.25, ""),
        (8, None, 2.0, ""),
        (None, adapter_metadata(4, 1), 0.25, ""),
        (None, adapter_metadata(4, 1, alpha_pattern={"attn.to_out.0": 2}), 0.5, ""),
        (None, adapter_metadata(4, 1, alpha_pattern={"to_q": 2}), 0.25, ""),
        (None, adapter_metadata(4, 6, use_rslora=True), 3.0, ""),
        (2, adapter_metadata(4, 1), 0.5, "the tensors are used"),
    ],
)
def test_alpha_is_found_where_it_stands(tmp_path, alpha, metadata, scale, note):
    pairs, tensors, metadata = one_module(alpha, metadata)
    save_file(tensors, tmp_path / "a.safetensors", metadata)
    file = read_lora(tmp_path / "a.safetensors")
    ((name, (down, up)),) = file.modules.items()
    assert torch.allclose(up @ down, scale * (pairs[name][1] @ pairs[name][0]), atol=1e-7)
    assert file.alpha == pytest.approx(4 * scale) and file.rank == 4
    assert note in " ".join(file.notes) and bool(note) == bool(file.notes)
    write_lora(tmp_path / "b.safetensors", file.modules, file.metadata)  # the scale is folded, once
    again = read_lora(tmp_path / "b.safetensors")
    assert again.alpha == again.rank == 4 and largest_difference(file.modules, again.modules) == 0.0


@pytest.mark.parametrize("prefix", ["", "transformer.", "base_model.model.", "base_model.model.transformer."])
def test_diffusers_names_with_and_without_prefix(tmp_path, prefix):
    pairs = random_pairs(block_sizes(8))
    save_file(peft_tensors(pairs, prefix), tmp_path / "a.safetensors")
    file = read_lora(tmp_path / "a.safetensors")
    assert file.layout == "diffusers" and largest_difference(pairs, file.modules) == 0.0


def test_other_spellings(tmp_path):
    """Black Forest Labs' names with either pair of suffixes and other prefixes; diffusers' names with underscores."""
    pairs = random_pairs(block_sizes(8))
    theirs = load_file(write_lora(tmp_path / "a.safetensors", pairs, {}, "bfl"))
    for old, new in (
        ("lora_down", "lora_A"),
        ("diffusion_model.", "model.diffusion_model."),
        ("diffusion_model.", "base_model.model."),
    ):
        both = {old: new, **({"lora_up": "lora_B"} if new == "lora_A" else {})}
        renamed = {}
        for key, tensor in theirs.items():
            name = key
            for a, b in both.items():
                name = name.replace(a, b)
            renamed[name] = tensor
        save_file(renamed, tmp_path / "b.safetensors")
        file = read_lora(tmp_path / "b.safetensors")
        assert file.layout == "bfl" and largest_difference(pairs, file.modules) == 0.0
    underscored = {}
    for name, (down, up) in pairs.items():
        stem = f"lora_transformer_{name.replace('.', '_')}"
        underscored |= {
            f"{stem}.lora_down.weight": down,
            f"{stem}.lora_up.weight": up,
            f"{stem}.alpha": torch.tensor(4.0),
        }
    save_file(underscored, tmp_path / "c.safetensors")
    file = read_lora(tmp_path / "c.safetensors")
    assert file.layout == "kohya" and largest_difference(pairs, file.modules) == 0.0


def test_a_shared_down_stays_shared(tmp_path):
    """What kohya trains: one down for q, k, v; alpha 1. There and back the rank does not grow."""
    draw = torch.Generator().manual_seed(0)
    stem = "lora_unet_single_blocks_0_linear1"
    down, up = torch.randn(4, 8, generator=draw), torch.randn(56, 4, generator=draw)
    save_file(
        {f"{stem}.lora_down.weight": down, f"{stem}.lora_up.weight": up, f"{stem}.alpha": torch.tensor(1.0)},
        tmp_path / "a.safetensors",
        {"ss_network_alpha": "1", "sshs_model_hash": "of this file"},
    )
    convert(tmp_path / "a.safetensors", tmp_path / "b.safetensors", "diffusers")
    convert(tmp_path / "b.safetensors", tmp_path / "c.safetensors", "kohya")
    tensors, file = load_file(tmp_path / "c.safetensors"), read_lora(tmp_path / "c.safetensors")
    assert tensors[f"{stem}.lora_down.weight"].shape == (4, 8)
    scale = float(tensors[f"{stem}.alpha"]) / 4
    assert torch.equal(
        scale * tensors[f"{stem}.lora_up.weight"] @ tensors[f"{stem}.lora_down.weight"], 0.25 * up @ down
    )
    assert file.metadata["ss_network_alpha"] == "1" and "sshs_model_hash" not in file.metadata


def test_the_scale_of_stacked_parts_is_exact(tmp_path):
    """Split q, k, v fused: rank and alpha three times as large."""
    pairs = random_pairs(block_sizes(8, 1, 1), 4)
    tensors = load_file(write_lora(tmp_path / "a.safetensors", pairs, {}, "kohya"))
    assert tensors["lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight"].shape[0] == 12
    assert float(tensors["lora_unet_double_blocks_0_img_attn_qkv.alpha"]) == 12.0
    assert float(tensors["lora_unet_single_blocks_0_linear1.alpha"]) == 16.0


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_types_of_weights(tmp_path, dtype):
    pairs = random_pairs(block_sizes(8), scale=1e-4)
    write_lora(tmp_path / "a.safetensors", pairs, {}, dtype=dtype)
    file = read_lora(tmp_path / "a.safetensors")
    assert file.dtype == dtype
    limit = {"float32": 0.0, "bfloat16": 2**-7, "float16": 2**-9}[dtype]
    largest = max(float(delta.abs().max()) for delta in deltas(pairs).values())
    assert largest_difference(pairs, file.modules) <= limit * largest


def test_eight_bit_files_are_read_and_written_in_sixteen(tmp_path):
    pairs = random_pairs(block_sizes(8), dtype=torch.float8_e4m3fn)
    save_file(peft_tensors(pairs), tmp_path / "a.safetensors")
    done = convert(tmp_path / "a.safetensors", tmp_path / "b.safetensors", "kohya")
    assert done.source.dtype == "float8_e4m3fn" and done.dtype == "bfloat16"
    exact = {name: (down.float(), up.float()) for name, (down, up) in pairs.items()}
    assert largest_difference(exact, read_lora(done.out).modules) == 0.0


# ---- FLUX.2 klein


@pytest.fixture(scope="module")
def klein(klein_folder):
    from diffusers import Flux2KleinPipeline

    pipe = Flux2KleinPipeline.from_pretrained(klein_folder)
    pipe.set_progress_bar_config(disable=True)
    return pipe


@pytest.mark.parametrize("layout", ["diffusers", "kohya", "bfl"])
@pytest.mark.parametrize("names", ["blocks", "all"])
def test_flux2_layouts(tmp_path, klein, layout, names):
    pairs = random_pairs(model_sizes(klein.transformer, in_blocks if names == "blocks" else lambda n: True))
    path = write_lora(tmp_path / "a.safetensors", pairs, KEPT, layout)
    file = read_lora(path)
    assert (file.family, file.layout, file.width) == ("flux2", layout, 32)
    assert largest_difference(pairs, file.modules) == 0.0
    applied = apply_lora(klein, path)
    ours = forward(klein.transformer)
    applied.remove()
    if names == "all" and layout != "diffusers":
        return  # diffusers drops or, for the last modulation, does not exchange what lies outside the blocks
    klein.load_lora_weights(path, adapter_name="plain")
    theirs = forward(klein.transformer)
    klein.unload_lora_weights()
    assert (ours - theirs).abs().max() <= 1e-5
    assert (ours - forward(klein.transformer)).abs().max() > 1e-2


def test_flux2_is_told_from_flux1_by_shape(tmp_path, klein, transformer):
    for of, family in ((klein.transformer, "flux2"), (transformer, "flux1")):
        for layer in ("single_blocks", "img_mlp"):
            end = {
                "flux1": {"single_blocks": ("proj_out",), "img_mlp": ("ff.net.2",)},
                "flux2": {"single_blocks": ("attn.to_out",), "img_mlp": ("ff.linear_out",)},
            }[family][layer]
            pairs = random_pairs(
                model_sizes(
                    of,
                    lambda n, end=end, layer=layer: (
                        in_blocks(n) and n.endswith(end) and (n.startswith("single") == (layer == "single_blocks"))
                    ),
                )
            )
            assert read_lora(write_lora(tmp_path / "a.safetensors", pairs, {}, "kohya")).family == family
    with pytest.raises(InputError, match=r"XLabs layout is for FLUX.1 only"):
        write_lora(tmp_path / "b.safetensors", random_pairs(model_sizes(klein.transformer)), {}, "xlabs")
