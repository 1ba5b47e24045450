"""Tiny pipelines with random weights and tokenizers made here, saved as plain diffusers folders; nothing is fetched.

FLUX.1: 2 heads x 16, 1 double and 2 single blocks, VAE 8x: 64 px are 16 tokens. FLUX.2 klein: the same with AutoencoderKLFlux2
and a Qwen3 text encoder of 28 thin layers, because the pipeline reads layers 9, 18 and 27.
"""

from __future__ import annotations

import json
from pathlib import Path

WORDS = (
    "a an the of in on with man woman person smiling sad surprised angry happy young old long short hair bald glasses sunglasses "
    "cap beanie thermal image infrared portrait face white hot black frontal view turned left right mouth open closed eyes beard "
    "moustache cold warm room wearing artefact watermarks quality male and female data looking at camera"
).split()
SIZE_PX = 64
CHAT_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% if enable_thinking is defined and enable_thinking is false %}"
    "<think>\n\n</think>\n\n{% endif %}{% endif %}"
)


def tiny_flux1(folder: Path, *, guidance_embeds: bool = True, seed: int = 0, about: dict | None = None) -> Path:
    """A FluxPipeline folder; `about` becomes its thermvision.json."""
    import torch
    from diffusers import AutoencoderKL, FluxPipeline, FluxTransformer2DModel
    from transformers import CLIPTextConfig, CLIPTextModel, T5Config, T5EncoderModel

    torch.manual_seed(seed)
    clip_tok, t5_tok = _clip_tokenizer(), _t5_tokenizer()
    transformer = FluxTransformer2DModel(
        patch_size=1, in_channels=64, num_layers=1, num_single_layers=2, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=32, pooled_projection_dim=32, guidance_embeds=guidance_embeds, axes_dims_rope=(4, 6, 6),
    )  # fmt: skip
    vae = AutoencoderKL(
        in_channels=3, out_channels=3, latent_channels=16, block_out_channels=(8, 8, 8, 16), layers_per_block=1,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4, norm_num_groups=4,
        use_quant_conv=False, use_post_quant_conv=False, mid_block_add_attention=False, scaling_factor=0.3611, shift_factor=0.1159,
    )  # fmt: skip
    clip = CLIPTextModel(CLIPTextConfig(
        vocab_size=len(clip_tok), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, max_position_embeddings=77,
        bos_token_id=clip_tok.bos_token_id, eos_token_id=clip_tok.eos_token_id, pad_token_id=clip_tok.pad_token_id))  # fmt: skip
    t5 = T5EncoderModel(T5Config(vocab_size=len(t5_tok), d_model=32, d_kv=16, d_ff=64, num_layers=2, num_heads=2, dropout_rate=0.0,
                                 feed_forward_proj="gated-gelu", is_encoder_decoder=False, use_cache=False, pad_token_id=0, eos_token_id=1))  # fmt: skip
    pipeline = FluxPipeline(_scheduler(), vae, clip, clip_tok, t5, t5_tok, transformer)
    return _save(pipeline, folder, about)


def tiny_klein(folder: Path, *, is_distilled: bool = False, seed: int = 0, about: dict | None = None) -> Path:
    """A Flux2KleinPipeline folder; `about` becomes its thermvision.json."""
    import torch
    from diffusers import AutoencoderKLFlux2, Flux2KleinPipeline, Flux2Transformer2DModel
    from transformers import Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(seed)
    tokenizer = _qwen_tokenizer()
    transformer = Flux2Transformer2DModel(
        patch_size=1, in_channels=32, num_layers=1, num_single_layers=2, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=3 * 16, timestep_guidance_channels=32, axes_dims_rope=(4, 4, 4, 4), guidance_embeds=False,
    )  # fmt: skip
    vae = AutoencoderKLFlux2(
        latent_channels=8, block_out_channels=(8, 8, 8, 16), layers_per_block=1, norm_num_groups=4, mid_block_add_attention=False,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
    )  # fmt: skip
    with torch.no_grad():  # statistics that a test can tell from none
        vae.bn.running_mean.copy_(0.1 * torch.randn(32))
        vae.bn.running_var.copy_(0.5 + torch.rand(32))
    encoder = Qwen3ForCausalLM(Qwen3Config(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=32, num_hidden_layers=28, num_attention_heads=2, num_key_value_heads=1,
        head_dim=8, max_position_embeddings=1024, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id))  # fmt: skip
    pipeline = Flux2KleinPipeline(_scheduler(), vae, encoder, tokenizer, transformer, is_distilled=is_distilled)
    return _save(pipeline, folder, about)


def _save(pipeline, folder: Path, about: dict | None) -> Path:
    pipeline.save_pretrained(folder)
    if about is not None:
        (folder / "thermvision.json").write_text(json.dumps(about))
    return folder


def _scheduler():
    from diffusers import FlowMatchEulerDiscreteScheduler

    return FlowMatchEulerDiscreteScheduler(
        use_dynamic_shifting=True,
        base_shift=0.5,
        max_shift=1.15,
        base_image_seq_len=256,
        max_image_seq_len=4096,
        shift=3.0,
    )


def _t5_tokenizer():
    from transformers import T5TokenizerFast

    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), (",", -3.0), ("▁", -4.0)]
    pieces += [(f"▁{word}", -5.0) for word in WORDS]
    pieces += [(chr(code), -14.0) for code in range(33, 127) if chr(code) != ","]
    return T5TokenizerFast(vocab=pieces, extra_ids=0, model_max_length=512)


def _clip_tokenizer():
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import CLIPTokenizer

    empty = CLIPTokenizer()._tokenizer
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = empty.normalizer, empty.pre_tokenizer
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=900, end_of_word_suffix="</w>", initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(WORDS, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    vocabulary = dict(model["vocab"])
    for symbol in [*(byte + "</w>" for byte in alphabet), "<|startoftext|>", "<|endoftext|>"]:
        vocabulary.setdefault(symbol, len(vocabulary))
    merges = [tuple(pair) if isinstance(pair, list) else tuple(pair.split(" ")) for pair in model["merges"]]
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=77)


def _qwen_tokenizer():
    from tokenizers import pre_tokenizers
    from transformers import Qwen2TokenizerFast

    vocabulary = {symbol: k for k, symbol in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    vocabulary["<|endoftext|>"] = len(vocabulary)
    tokenizer = Qwen2TokenizerFast(vocab=vocabulary, merges=[], model_max_length=1024)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer
