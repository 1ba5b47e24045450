"""Fusing and splitting never change what a LoRA does to the weights, for any width, ranks, scale and set of modules."""

import tempfile
from pathlib import Path

import torch
from flux.lora.weights import block_sizes, largest_difference, random_pairs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from thermvision.flux.lora import read_lora, write_lora
from thermvision.flux.lora.convert import convert
from thermvision.flux.lora.fused import fuse, split

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def loras(draw, keep=lambda name: True):
    width = draw(st.integers(1, 9)) * 2
    names = [name for name in block_sizes(width, 2, 2) if keep(name)]
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    ranks = {name: draw(st.integers(1, 5)) for name in chosen}
    sizes = block_sizes(width, 2, 2)
    pairs = random_pairs({name: sizes[name] for name in chosen}, ranks.__getitem__, seed=draw(st.integers(0, 999)))
    for name in chosen:  # zeros are what makes a block-diagonal hard to tell
        if draw(st.booleans()):
            pairs[name][1][:, draw(st.integers(0, ranks[name] - 1))] = 0.0
    return pairs


@FEW
@given(loras(), st.sampled_from(["kohya", "bfl"]))
def test_there_and_back(pairs, layout):
    with tempfile.TemporaryDirectory() as folder:
        one, two, three = (Path(folder) / f"{name}.safetensors" for name in "abc")
        write_lora(one, pairs, {"thermvision.span_c": "[10, 42]"})
        convert(one, two, layout)
        convert(two, three, "diffusers")
        file = read_lora(three)
    assert largest_difference(pairs, file.modules) <= 1e-9
    assert file.metadata["thermvision.span_c"] == "[10, 42]"


@FEW
@given(loras(keep=lambda name: ".attn." in name))
def test_there_and_back_by_xlabs(pairs):
    with tempfile.TemporaryDirectory() as folder:
        file = read_lora(write_lora(Path(folder) / "a.safetensors", pairs, {}, "xlabs"))
    assert largest_difference(pairs, file.modules) <= 1e-9


@FEW
@given(
    rows=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    ranks=st.lists(st.integers(0, 4), min_size=4, max_size=4),  # 0: the part is absent
    width=st.integers(1, 5),
    seed=st.integers(0, 999),
)
def test_splitting_undoes_fusing(rows, ranks, width, seed):
    draw = torch.Generator().manual_seed(seed)
    parts = [
        (torch.randn(r, width, generator=draw), torch.randn(n, r, generator=draw)) if r else None
        for n, r in zip(rows, ranks, strict=False)
    ]
    if not any(parts):
        return
    down, up = fuse(parts, rows)
    again = split(down, up, rows)
    for part, other, count in zip(parts, again, rows, strict=True):
        whole = part[1] @ part[0] if part else torch.zeros(count, width)
        assert torch.allclose(other[1] @ other[0] if other else torch.zeros(count, width), whole, atol=1e-6)
        if part and other and len([p for p in parts if p]) > 1:
            assert other[0].shape[0] <= down.shape[0]


@FEW
@given(rank=st.integers(1, 6), width=st.integers(1, 5), seed=st.integers(0, 999), sparse=st.booleans())
def test_slices_of_any_fused_pair(rank, width, seed, sparse):
    draw = torch.Generator().manual_seed(seed)
    down, up = torch.randn(rank, width, generator=draw), torch.randn(7 * width, rank, generator=draw)
    if sparse:
        up *= torch.rand(up.shape, generator=draw) < 0.2
    rows = [width, width, width, 4 * width]
    start = 0
    for pair, count in zip(split(down, up, rows), rows, strict=True):
        want = (up @ down)[start : start + count]
        assert torch.allclose(pair[1] @ pair[0] if pair else torch.zeros_like(want), want, atol=1e-6)
        start += count
