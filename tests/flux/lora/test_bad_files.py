"""Files that cannot be used: one sentence with the remedy; and nothing half written."""

import errno
import os
import pickle

import pytest
import torch
from flux.lora.weights import adapter_metadata, block_sizes, peft_tensors, random_pairs
from safetensors.torch import load_file, save_file

from thermvision.flux.lora import read_lora, write_lora
from thermvision.types import InputError

OUT = "transformer_blocks.0.attn.to_out.0"


def tensors():
    return peft_tensors(random_pairs(block_sizes(8, 1, 1)))


def with_change(**changes):
    """Tensors with some replaced, added, or (None) removed."""
    merged = tensors() | {key.replace("__", "."): value for key, value in changes.items()}
    return {key: value for key, value in merged.items() if value is not None}


def key(end, name=OUT):
    return f"transformer.{name}.{end}".replace(".", "__")


NAN = torch.full((8, 4), torch.nan)
CASES = {
    "no down": (with_change(**{key("lora_A.weight"): None}), "is incomplete: .*to_out.0.lora_B.weight has no down weight"),
    "no up": (with_change(**{key("lora_B.weight"): None}), "is incomplete: .*has no up weight"),
    "NaN": (with_change(**{key("lora_B.weight"): NAN}), "not finite in 1 of 20 modules, such as transformer_blocks.0.attn.to_out.0"),
    "infinite alpha": (with_change(**{key("alpha"): torch.tensor(torch.inf)}), "not finite in 1 of 20"),
    "ranks": (with_change(**{key("lora_B.weight"): torch.ones(8, 3)}), "rank 4 and .* rank 3; they should agree"),
    "three axes": (with_change(**{key("lora_B.weight"): torch.ones(8, 4, 1)}), r"has the shape \(8, 4, 1\)"),
    "alpha of many": (with_change(**{key("alpha"): torch.ones(3)}), "should be one number and holds 3"),
    "DoRA": (with_change(**{key("dora_scale"): torch.ones(8, 1)}), "is a DoRA file"),
    "DoRA of peft": (with_change(**{key("lora_magnitude_vector"): torch.ones(8)}), "is a DoRA file"),
    "twice": (with_change(**{f"{OUT}.lora_A.weight".replace(".", "__"): torch.ones(4, 8)}), "holds both .* the same weights"),
    "two layouts for one": (
        tensors() | {"lora_unet_double_blocks_0_img_attn_proj.lora_down.weight": torch.ones(4, 8), "lora_unet_double_blocks_0_img_attn_proj.lora_up.weight": torch.ones(8, 4)},
        "two sets of weights for transformer_blocks.0.attn.to_out.0",
    ),
    "LoKr": ({f"lycoris_{OUT.replace('.', '_')}.lokr_w1": torch.ones(2, 2)}, "no LoRA weights of a FLUX transformer.*LoKr"),
    "Stable Diffusion": (
        {f"lora_unet_down_blocks_0_attentions_0_proj_in.{end}": torch.ones(4, 4) for end in ("lora_down.weight", "lora_up.weight")},
        "no LoRA weights of a FLUX transformer.*Stable Diffusion",
    ),
    "only a text encoder": ({"lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_down.weight": torch.ones(4, 4)}, "no LoRA weights of a FLUX"),
    "empty": ({}, "no LoRA weights of a FLUX transformer, it is empty"),
    "unknown keys": (with_change(foo__bar=torch.ones(1), **{key("diff_b"): torch.ones(8)}), "2 of 42 keys that belong to no layer of FLUX.1: foo.bar, .*whole weight differences"),
    "control LoRA": (with_change(transformer__x__query_norm__scale=torch.ones(1)), "norms of a control LoRA"),
    "fused rows": (
        {"lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight": torch.ones(4, 8), "lora_unet_double_blocks_0_img_attn_qkv.lora_up.weight": torch.ones(20, 4)},
        "has 20 rows; with 8 inputs it should have 24",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_content(tmp_path, case):
    content, words = CASES[case]
    save_file(content, tmp_path / "a.safetensors")
    with pytest.raises(InputError, match=words) as refused:
        read_lora(tmp_path / "a.safetensors")
    assert "a.safetensors" in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "metadata", ["{", "[1]", '{"transformer.lora_alpha": "much"}', '{"transformer.alpha_pattern": 3}', "null"]
)
def test_damaged_adapter_metadata(tmp_path, metadata):
    save_file(tensors(), tmp_path / "a.safetensors", {"lora_adapter_metadata": metadata})
    with pytest.raises(InputError, match="lora_adapter_metadata is no JSON object"):
        read_lora(tmp_path / "a.safetensors")


def test_dora_in_the_metadata(tmp_path):
    save_file(tensors(), tmp_path / "a.safetensors", adapter_metadata(4, 4, use_dora=True))
    with pytest.raises(InputError, match="is a DoRA file"):
        read_lora(tmp_path / "a.safetensors")


def whole(tmp_path):
    save_file(tensors(), tmp_path / "whole.safetensors")
    return (tmp_path / "whole.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("name", "spoil", "words"),
    [
        ("a.safetensors", lambda raw: raw[: len(raw) // 2], "no whole safetensors file .*copy or download it again"),
        ("a.safetensors", lambda raw: raw[:20], "no whole safetensors file"),
        ("a.safetensors", lambda raw: b"", "no whole safetensors file"),
        ("a.safetensors", lambda raw: raw + b"more", "no whole safetensors file"),
        ("a.safetensors", lambda raw: b"\xff" * 8 + raw[8:], "no whole safetensors file"),
        ("a.safetensors", lambda raw: b"<!DOCTYPE html><html>not found</html>", "no whole safetensors file"),
        ("a.safetensors", lambda raw: b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS pointer"),
        ("a.safetensors", lambda raw: pickle.dumps({"a": 1}), "is a pickle"),
        ("a.pt", lambda raw: pickle.dumps({"a": 1}), "is a pickle"),
        ("a.ckpt", lambda raw: b"PK\x03\x04", r"is a pickle.*take the \.safetensors file"),
    ],
)
def test_damaged_files(tmp_path, name, spoil, words):
    (tmp_path / name).write_bytes(spoil(whole(tmp_path)))
    with pytest.raises(InputError, match=words):
        read_lora(tmp_path / name)


def test_no_file(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_lora(tmp_path / "a.safetensors")
    whole(tmp_path)
    with pytest.raises(InputError, match=r"is a folder; give a LoRA file, such as .*whole.safetensors"):
        read_lora(tmp_path)


def test_text_encoders_are_kept_apart(tmp_path):
    more = {
        "lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_down.weight": torch.ones(4, 4),
        "text_encoder.text_model.encoder.layers.0.mlp.fc1.lora_A.weight": torch.ones(4, 4),
        "lora_te2_encoder_block_0_layer_0_SelfAttention_q.alpha": torch.ones(()),
    }
    save_file(tensors() | more, tmp_path / "a.safetensors")
    file = read_lora(tmp_path / "a.safetensors")
    assert set(file.text_encoder) == more.keys() and len(file.modules) == 20
    assert any("3 keys change text encoders" in note and "not used" in note for note in file.notes)


def test_unknown_keys_are_listed_when_asked(tmp_path):
    save_file(with_change(foo__bar=torch.ones(1)), tmp_path / "a.safetensors")
    assert read_lora(tmp_path / "a.safetensors", strict=False).unknown == ("foo.bar",)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p: (p, {"thermvision.span_c": [10, 42]}, {}), "metadata thermvision.span_c is .* as a string"),
        (lambda p: (p | {"down_blocks.0.attn": p[OUT]}, {}, {}), "1 modules are no layers of a FLUX transformer, such as down_blocks"),
        (lambda p: (p | {"transformer_blocks.0.ff.linear_in": p[OUT]}, {}, {}), r"FLUX\.1 and of FLUX\.2 cannot be in one"),
        (lambda p: ({}, {}, {}), "without modules"),
        (lambda p: (p | {OUT: (torch.ones(4, 8), torch.ones(8, 3))}, {}, {}), "expected .rank, inputs. and .outputs, rank."),
        (lambda p: (p | {OUT: (torch.ones(4, 8), torch.full((8, 4), torch.nan))}, {}, {}), "not finite"),
        (lambda p: (p | {OUT: (torch.ones(4, 8), torch.full((8, 4), 1e38))}, {}, {"dtype": "float16"}), "not finite in torch.float16; save it as float32"),
        (lambda p: (p, {}, {"layout": "kohja"}), "layout is 'kohja'.*did you mean 'kohya'"),
        (lambda p: (p, {}, {"dtype": "bf16"}), "dtype is 'bf16'; expected one of float32"),
        (lambda p: (p | {"single_transformer_blocks.0.attn.to_q": (torch.ones(4, 8), torch.ones(9, 4))}, {}, {"layout": "kohya"}), "expected 8 to 8"),
    ],
)  # fmt: skip
def test_what_cannot_be_written(tmp_path, change, words):
    pairs, metadata, more = change(random_pairs(block_sizes(8, 1, 1)))
    with pytest.raises(InputError, match=words):
        write_lora(tmp_path / "a.safetensors", pairs, metadata, **more)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "disk of .* is full"), (errno.EDQUOT, "is full"), (errno.EROFS, "read-only file system")],
)
def test_a_disk_that_refuses_leaves_the_old_file(tmp_path, monkeypatch, number, words):
    path = write_lora(tmp_path / "a.safetensors", random_pairs(block_sizes(8)), {})
    before = path.read_bytes()

    def refuse(self, content):
        with open(self, "wb") as file:  # some bytes get through
            file.write(content[:100])
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("pathlib.Path.write_bytes", refuse)
    with pytest.raises(InputError, match=words):
        write_lora(path, random_pairs(block_sizes(8), seed=1), {})
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_folders_and_names(tmp_path):
    pairs = random_pairs(block_sizes(8))
    with pytest.raises(InputError, match=r"end its name in .safetensors"):
        write_lora(tmp_path / "a.pt", pairs, {})
    with pytest.raises(InputError, match=r"cannot be written .no such file or directory.; choose a file in a folder"):
        write_lora(tmp_path / "none" / "a.safetensors", pairs, {})
    (tmp_path / "b.safetensors").mkdir()
    with pytest.raises(InputError, match=r"cannot be written .is a directory"):
        write_lora(tmp_path / "b.safetensors", pairs, {})


def test_parameters_of_a_model_can_be_written(tmp_path):
    """As the training hands them over: with gradients, transposed views, and tensors that share memory."""
    shared = torch.nn.Parameter(torch.randn(8, 4))
    pairs = {f"transformer_blocks.{i}.attn.to_out.0": (shared.T, shared) for i in range(2)}
    saved = load_file(write_lora(tmp_path / "a.safetensors", pairs, {}))
    assert torch.equal(saved[f"transformer.{OUT}.lora_A.weight"], shared.T)


@pytest.mark.parametrize(
    ("arguments", "said"), [('{"split_qkv": "True"}', True), ('{"split_qkv": "False"}', False), ("", False)]
)
def test_split_training_of_sd_scripts_is_told(tmp_path, arguments, said):
    path = write_lora(tmp_path / "a.safetensors", random_pairs(block_sizes(8)), {"ss_network_args": arguments}, "kohya")
    assert any("split_qkv" in note for note in read_lora(path).notes) == said
