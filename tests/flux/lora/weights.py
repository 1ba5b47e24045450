"""Random LoRA weights for any width, and statements of their effect that use nothing of the package."""

import json

import torch

DOUBLE = {  # module: (inputs, outputs) in multiples of the width
    "attn.to_q": (1, 1), "attn.to_k": (1, 1), "attn.to_v": (1, 1), "attn.to_out.0": (1, 1),
    "attn.add_q_proj": (1, 1), "attn.add_k_proj": (1, 1), "attn.add_v_proj": (1, 1), "attn.to_add_out": (1, 1),
    "ff.net.0.proj": (1, 4), "ff.net.2": (4, 1), "ff_context.net.0.proj": (1, 4), "ff_context.net.2": (4, 1),
    "norm1.linear": (1, 6), "norm1_context.linear": (1, 6),
}  # fmt: skip
SINGLE = {
    "attn.to_q": (1, 1), "attn.to_k": (1, 1), "attn.to_v": (1, 1), "proj_mlp": (1, 4), "proj_out": (5, 1), "norm.linear": (1, 3),
}  # fmt: skip


def block_sizes(width, double=1, single=2):
    """Name -> (inputs, outputs) of every linear layer in the blocks of FLUX.1."""
    sizes = {}
    for blocks, table, stem in ((double, DOUBLE, ""), (single, SINGLE, "single_")):
        for i in range(blocks):
            for name, (into, out) in table.items():
                sizes[f"{stem}transformer_blocks.{i}.{name}"] = (into * width, out * width)
    return sizes


def model_sizes(transformer, keep=lambda name: True):
    """Name -> (inputs, outputs) of the linear layers of a model."""
    return {
        n: (m.in_features, m.out_features)
        for n, m in transformer.named_modules()
        if isinstance(m, torch.nn.Linear) and keep(n)
    }


def in_blocks(name):
    return "transformer_blocks." in name


def random_pairs(sizes, rank=4, seed=0, scale=0.2, dtype=torch.float32):
    """Name -> (down, up); `rank` is a number or a function of the name."""
    draw = torch.Generator().manual_seed(seed)
    pairs = {}
    for name, (into, out) in sizes.items():
        r = rank(name) if callable(rank) else rank
        down = torch.randn(r, into, generator=draw) * scale
        pairs[name] = (down.to(dtype), (torch.randn(out, r, generator=draw) * scale).to(dtype))
    return pairs


def deltas(pairs):
    return {name: up.double() @ down.double() for name, (down, up) in pairs.items()}


def largest_difference(pairs, others):
    """Between the changes of two sets; a module that is absent changes nothing."""
    a, b = deltas(pairs), deltas(others)
    worst = 0.0
    for name in a.keys() | b.keys():
        one = a.get(name, torch.zeros(()))
        worst = max(worst, float((one - b.get(name, torch.zeros(()))).abs().max()))
    return worst


def peft_tensors(pairs, prefix="transformer."):
    tensors = {}
    for name, (down, up) in pairs.items():
        tensors[f"{prefix}{name}.lora_A.weight"] = down.clone()
        tensors[f"{prefix}{name}.lora_B.weight"] = up.clone()
    return tensors


def adapter_metadata(rank, alpha, **more):
    values = {"r": rank, "lora_alpha": alpha, **more}
    return {"lora_adapter_metadata": json.dumps({f"transformer.{key}": value for key, value in values.items()})}


# ---- Black Forest Labs' naming, stated apart from the package: (their layer, rows) of a diffusers layer; rows in widths.
BFL_DOUBLE = {
    "attn.to_q": ("img_attn.qkv", 0, 1), "attn.to_k": ("img_attn.qkv", 1, 2), "attn.to_v": ("img_attn.qkv", 2, 3),
    "attn.add_q_proj": ("txt_attn.qkv", 0, 1), "attn.add_k_proj": ("txt_attn.qkv", 1, 2), "attn.add_v_proj": ("txt_attn.qkv", 2, 3),
    "attn.to_out.0": ("img_attn.proj", 0, 1), "attn.to_add_out": ("txt_attn.proj", 0, 1),
    "ff.net.0.proj": ("img_mlp.0", 0, 4), "ff.net.2": ("img_mlp.2", 0, 1),
    "ff_context.net.0.proj": ("txt_mlp.0", 0, 4), "ff_context.net.2": ("txt_mlp.2", 0, 1),
    "norm1.linear": ("img_mod.lin", 0, 6), "norm1_context.linear": ("txt_mod.lin", 0, 6),
}  # fmt: skip
BFL_SINGLE = {
    "attn.to_q": ("linear1", 0, 1), "attn.to_k": ("linear1", 1, 2), "attn.to_v": ("linear1", 2, 3), "proj_mlp": ("linear1", 3, 7),
    "proj_out": ("linear2", 0, 1), "norm.linear": ("modulation.lin", 0, 3),
}  # fmt: skip
BFL_ENDS = {
    "x_embedder": "img_in", "context_embedder": "txt_in", "proj_out": "final_layer.linear", "norm_out.linear": "final_layer.adaLN_modulation.1",
    "time_text_embed.timestep_embedder.linear_1": "time_in.in_layer", "time_text_embed.timestep_embedder.linear_2": "time_in.out_layer",
    "time_text_embed.text_embedder.linear_1": "vector_in.in_layer", "time_text_embed.text_embedder.linear_2": "vector_in.out_layer",
    "time_text_embed.guidance_embedder.linear_1": "guidance_in.in_layer", "time_text_embed.guidance_embedder.linear_2": "guidance_in.out_layer",
}  # fmt: skip


def bfl_place(name, width):
    """Their layer and the slice of its rows that a diffusers layer of FLUX.1 is."""
    if name in BFL_ENDS:
        return BFL_ENDS[name], slice(None)
    stem, i, rest = name.split(".", 2)
    layer, first, last = (BFL_SINGLE if stem.startswith("single") else BFL_DOUBLE)[rest]
    theirs = "single_blocks" if stem.startswith("single") else "double_blocks"
    return f"{theirs}.{i}.{layer}", slice(first * width, last * width)


def add_as_comfyui(transformer, tensors, strength=1.0):
    """Change a FLUX.1 transformer's weights in place the way ComfyUI does to its own: every key by its table of names, split layers as
    row slices of the fused weight, the scale from `.alpha` tensors alone. Returns the keys that found no place."""
    width = transformer.inner_dim
    theirs, slices = {}, {}
    for name, module in transformer.named_modules():
        if isinstance(module, torch.nn.Linear):
            layer, rows = bfl_place(name, width)
            slices[name] = (layer, rows)
            theirs.setdefault(layer, []).append((rows.start or 0, module.weight.data))
    fused = {layer: torch.cat([w for _, w in sorted(parts, key=lambda p: p[0])]) for layer, parts in theirs.items()}
    fused = {k: swap(w) if k == "final_layer.adaLN_modulation.1" else w for k, w in fused.items()}
    table = {}
    for layer in fused:
        table[f"diffusion_model.{layer}"] = (layer, slice(None))
        table[f"lora_unet_{layer.replace('.', '_')}"] = (layer, slice(None))
    for name, place in slices.items():
        table[f"transformer.{name}"] = place
    left = set(tensors)
    for stem, (layer, rows) in table.items():
        for up_name, down_name in (("lora_up.weight", "lora_down.weight"), ("lora_B.weight", "lora_A.weight")):
            if f"{stem}.{up_name}" not in tensors:
                continue
            up, down = tensors[f"{stem}.{up_name}"].float(), tensors[f"{stem}.{down_name}"].float()
            alpha = tensors.get(f"{stem}.alpha")
            scale = 1.0 if alpha is None else float(alpha) / down.shape[0]
            change = strength * scale * (up @ down)
            if stem == "transformer.norm_out.linear":  # its table has a function here that exchanges the halves
                change = swap(change)
            fused[layer][rows] += change
            left -= {f"{stem}.{up_name}", f"{stem}.{down_name}", f"{stem}.alpha"}
    for name, module in transformer.named_modules():
        if isinstance(module, torch.nn.Linear) and name in slices:
            layer, rows = slices[name]
            weight = swap(fused[layer]) if layer == "final_layer.adaLN_modulation.1" else fused[layer]
            module.weight.data.copy_(weight[rows])
    return left


def swap(weight):
    half = weight.shape[0] // 2
    return torch.cat([weight[half:], weight[:half]])
