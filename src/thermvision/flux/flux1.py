"""FLUX.1 (dev, schnell, Krea dev, micro): CLIP and T5 texts, latents packed two by two, shift of time by size."""

from __future__ import annotations

import math
from typing import Any

from thermvision.flux.schedule import shift_mu
from thermvision.flux.text import TextEmbedding, TextRule, attention_mask, batch_texts, cut_words

_ATTENTION = r"attn\.(to_q|to_k|to_v|to_out\.0|add_q_proj|add_k_proj|add_v_proj|to_add_out)"
_FEED = r"ff\.net\.(0\.proj|2)|ff_context\.net\.(0\.proj|2)"
_SINGLE_QKV = r"single_transformer_blocks\.\d+\.attn\.(to_q|to_k|to_v)"


class Flux1:
    """The family of FluxPipeline; all tensors are torch's. `t` runs from 1, noise, to 0, picture."""

    name = "flux1"
    default_rule = TextRule(512, "truncated")
    # Full-match regexes over module names. `all`: every linear layer of the blocks, 304 modules in fused form.
    lora_targets = {
        "all": rf"(transformer_blocks\.\d+\.({_ATTENTION}|{_FEED}|norm1\.linear|norm1_context\.linear))"
        r"|(single_transformer_blocks\.\d+\.(attn\.(to_q|to_k|to_v)|proj_mlp|proj_out|norm\.linear))",
        "diffusers": rf"(transformer_blocks\.\d+\.({_ATTENTION}|{_FEED}))|({_SINGLE_QKV})",
        "attention": rf"(transformer_blocks\.\d+\.{_ATTENTION})|({_SINGLE_QKV})",
    }

    def pipeline_class(self) -> Any:
        """The diffusers class that loads it."""
        from diffusers import FluxPipeline

        return FluxPipeline

    def encode_text(
        self, pipeline: Any, clip_texts: list[str], t5_texts: list[str], rule: TextRule | None = None
    ) -> TextEmbedding:
        """Encode each pair of texts by itself, so that what a text becomes does not depend on its neighbours."""
        rule = rule or self.default_rule
        pairs = zip(clip_texts, t5_texts, strict=True)
        return batch_texts([self._encode_one(pipeline, clip, t5, rule) for clip, t5 in pairs])

    def _encode_one(self, pipeline: Any, clip_text: str, t5_text: str, rule: TextRule) -> TextEmbedding:
        import torch

        clip_limit = pipeline.tokenizer.model_max_length
        clip = pipeline.tokenizer(
            [clip_text], padding="max_length", max_length=clip_limit, truncation=True, return_tensors="pt"
        )
        cut = {"truncation": True, "max_length": rule.limit} if rule.limit else {}
        ids = pipeline.tokenizer_2([t5_text], **cut).input_ids[0]
        ids = ids + [pipeline.tokenizer_2.pad_token_id] * (rule.length(len(ids)) - len(ids))
        with torch.no_grad():
            pooled = pipeline.text_encoder(clip.input_ids.to(pipeline.text_encoder.device)).pooler_output
            tokens = pipeline.text_encoder_2(torch.tensor([ids], device=pipeline.text_encoder_2.device))[0]
        device = tokens.device
        return TextEmbedding(tokens, pooled.to(device), torch.zeros(len(ids), 3, device=device))

    def cut_off(self, pipeline: Any, clip_text: str, t5_text: str, rule: TextRule) -> dict[str, str]:
        """What the limits cut off the texts, by text encoder; empty if all is read."""
        limits = {"CLIP": (pipeline.tokenizer, clip_text, pipeline.tokenizer.model_max_length)}
        if rule.limit:
            limits["T5"] = (pipeline.tokenizer_2, t5_text, rule.limit)
        found = {name: cut_words(*asked) for name, asked in limits.items()}
        return {name: words for name, words in found.items() if words}

    def encode_picture(self, pipeline: Any, unit: Any, generator: Any = None) -> Any:
        """(B, 3, h, w) in -1..1 to normalised latents (B, c, rows, columns): the mean, or with a generator a sample."""
        vae = pipeline.vae
        posterior = vae.encode(unit.to(device=vae.device, dtype=vae.dtype)).latent_dist
        latents = posterior.mode() if generator is None else posterior.sample(generator)
        return (latents - vae.config.shift_factor) * vae.config.scaling_factor

    def decode(self, pipeline: Any, latents: Any) -> Any:
        """Normalised latents to (B, 3, h, w), about -1..1."""
        vae = pipeline.vae
        latents = latents.to(device=vae.device, dtype=vae.dtype)
        return vae.decode(latents / vae.config.scaling_factor + vae.config.shift_factor, return_dict=False)[0]

    def pack(self, latents: Any) -> tuple[Any, Any]:
        """(B, c, h, w) to tokens (B, h/2 * w/2, 4c), channel by channel, and their places (n, 3)."""
        import torch

        batch, channels, height, width = latents.shape
        tokens = latents.reshape(batch, channels, height // 2, 2, width // 2, 2).permute(0, 2, 4, 1, 3, 5)
        rows, columns = torch.arange(height // 2), torch.arange(width // 2)
        ids = torch.cartesian_prod(torch.zeros(1), rows.float(), columns.float()).to(latents.device)
        return tokens.reshape(batch, (height // 2) * (width // 2), channels * 4), ids

    def unpack(self, tokens: Any, height_latent: int, width_latent: int) -> Any:
        """The latents (B, c, height_latent, width_latent) of packed tokens."""
        batch, _, channels = tokens.shape
        latents = tokens.reshape(batch, height_latent // 2, width_latent // 2, channels // 4, 2, 2)
        return latents.permute(0, 3, 1, 4, 2, 5).reshape(batch, channels // 4, height_latent, width_latent)

    def predict(
        self, transformer: Any, tokens: Any, t: Any, text: TextEmbedding, image_ids: Any, guidance: float | None = None
    ) -> Any:
        """Velocity (noise - picture) of tokens at times t (B,). Guidance counts only in models that embed it; None is 1 there."""
        config = getattr(transformer, "module", transformer).config
        mask = attention_mask(text, tokens.shape[1])
        return transformer(
            hidden_states=tokens,
            timestep=t,
            guidance=t.new_full(t.shape, 1.0 if guidance is None else guidance) if config.guidance_embeds else None,
            pooled_projections=text.pooled,
            encoder_hidden_states=text.tokens,
            txt_ids=text.ids,
            img_ids=image_ids,
            joint_attention_kwargs=None if mask is None else {"attention_mask": mask},
            return_dict=False,
        )[0]

    def embeds_guidance(self, pipeline: Any) -> bool:
        """Whether the distilled guidance has an effect (dev and Krea: yes, schnell and micro: no)."""
        return bool(pipeline.transformer.config.guidance_embeds)

    def default_settings(self, pipeline: Any) -> dict[str, Any]:
        """steps, guidance and true_cfg for a folder that does not say: dev's where guidance is embedded, else schnell's."""
        if self.embeds_guidance(pipeline):
            return {"steps": 28, "guidance": 3.0, "true_cfg": 1.0}
        return {"steps": 4, "guidance": None, "true_cfg": 1.0}

    def multiple_px(self, pipeline: Any) -> int:
        """What width and height must be multiples of."""
        return 2 * int(pipeline.vae_scale_factor)

    def latent_size(self, pipeline: Any, width_px: int, height_px: int) -> tuple[int, int]:
        """Rows and columns of the latents of a picture."""
        multiple = self.multiple_px(pipeline)
        return 2 * (height_px // multiple), 2 * (width_px // multiple)

    def latent_channels(self, pipeline: Any) -> int:
        """Channels of the unpacked latents."""
        return int(pipeline.transformer.config.in_channels) // 4

    def shift(self, pipeline: Any, image_tokens: int, steps: int) -> float:
        """mu, by which the schedule is shifted towards noise, as the model's scheduler is set."""
        config = pipeline.scheduler.config
        if not config.use_dynamic_shifting:
            return math.log(config.shift)
        return shift_mu(
            image_tokens,
            base_shift=config.base_shift,
            max_shift=config.max_shift,
            base_tokens=config.base_image_seq_len,
            max_tokens=config.max_image_seq_len,
        )
