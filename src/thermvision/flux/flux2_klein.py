"""FLUX.2 klein: Qwen3 texts, latents patchified and normalised by the VAE's batch statistics, classifier-free guidance."""

from __future__ import annotations

from typing import Any

from thermvision.flux.schedule import flux2_mu
from thermvision.flux.text import TextEmbedding, TextRule, attention_mask, batch_texts, cut_words

TEXT_LAYERS = (9, 18, 27)  # hidden states of the text encoder, side by side
_ATTENTION = r"attn\.(to_q|to_k|to_v|to_out\.0|add_q_proj|add_k_proj|add_v_proj|to_add_out)"
_FEED = r"ff\.linear_(in|out)|ff_context\.linear_(in|out)"
_SINGLE = (
    r"single_transformer_blocks\.\d+\.attn\.(to_qkv_mlp_proj|to_out)"  # q, k, v and the feed-forward are one layer
)


class Flux2Klein:
    """The family of Flux2KleinPipeline; one text per picture, the CLIP text is not used."""

    name = "flux2_klein"
    default_rule = TextRule(512, "fixed")  # the published model was trained with unmasked padding
    lora_targets = {
        "all": rf"(transformer_blocks\.\d+\.({_ATTENTION}|{_FEED}))|({_SINGLE})",
        "diffusers": rf"(transformer_blocks\.\d+\.attn\.(to_q|to_k|to_v|to_out\.0))|({_SINGLE})",
        "attention": rf"(transformer_blocks\.\d+\.{_ATTENTION})|({_SINGLE})",
    }

    def pipeline_class(self) -> Any:
        """The diffusers class that loads it."""
        from diffusers import Flux2KleinPipeline

        return Flux2KleinPipeline

    def encode_text(
        self, pipeline: Any, clip_texts: list[str], t5_texts: list[str], rule: TextRule | None = None
    ) -> TextEmbedding:
        """Encode each of `t5_texts` by itself with the text encoder's chat template."""
        rule = rule or self.default_rule
        return batch_texts([self._encode_one(pipeline, text, rule) for text in t5_texts])

    def _encode_one(self, pipeline: Any, text: str, rule: TextRule) -> TextEmbedding:
        import torch

        cut = {"truncation": True, "max_length": rule.limit} if rule.limit else {}
        real = pipeline.tokenizer(chat_text(pipeline, text), **cut).input_ids
        padding = rule.length(len(real)) - len(real)
        device = pipeline.text_encoder.device
        ids = torch.tensor([real + [pipeline.tokenizer.pad_token_id] * padding], device=device)
        seen = torch.tensor([[1] * len(real) + [0] * padding], device=device)
        with torch.no_grad():
            states = pipeline.text_encoder(
                input_ids=ids, attention_mask=seen, output_hidden_states=True, use_cache=False
            ).hidden_states
        tokens = torch.cat([states[layer] for layer in TEXT_LAYERS], dim=-1)
        places = torch.zeros(tokens.shape[1], 4, device=tokens.device)
        places[:, 3] = torch.arange(tokens.shape[1])
        return TextEmbedding(tokens, None, places)

    def cut_off(self, pipeline: Any, clip_text: str, t5_text: str, rule: TextRule) -> dict[str, str]:
        """What the limit cuts off the text; empty if all is read."""
        words = cut_words(pipeline.tokenizer, chat_text(pipeline, t5_text), rule.limit) if rule.limit else ""
        return {"Qwen3": words} if words else {}

    def encode_picture(self, pipeline: Any, unit: Any, generator: Any = None) -> Any:
        """(B, 3, h, w) in -1..1 to normalised latents (B, 4c, rows, columns): the mean, or with a generator a sample."""
        vae = pipeline.vae
        posterior = vae.encode(unit.to(device=vae.device, dtype=vae.dtype)).latent_dist
        latents = posterior.mode() if generator is None else posterior.sample(generator)
        batch, channels, height, width = latents.shape
        patches = latents.reshape(batch, channels, height // 2, 2, width // 2, 2).permute(0, 1, 3, 5, 2, 4)
        mean, deviation = _statistics(vae)
        return (patches.reshape(batch, channels * 4, height // 2, width // 2) - mean) / deviation

    def decode(self, pipeline: Any, latents: Any) -> Any:
        """Normalised latents to (B, 3, h, w), about -1..1."""
        vae = pipeline.vae
        mean, deviation = _statistics(vae)
        patches = latents.to(device=vae.device, dtype=vae.dtype) * deviation + mean
        batch, channels, height, width = patches.shape
        small = patches.reshape(batch, channels // 4, 2, 2, height, width).permute(0, 1, 4, 2, 5, 3)
        return vae.decode(small.reshape(batch, channels // 4, height * 2, width * 2), return_dict=False)[0]

    def pack(self, latents: Any) -> tuple[Any, Any]:
        """(B, c, h, w) to tokens (B, h * w, c) and their places (n, 4)."""
        import torch

        batch, channels, height, width = latents.shape
        rows, columns = torch.arange(height).float(), torch.arange(width).float()
        ids = torch.cartesian_prod(torch.zeros(1), rows, columns, torch.zeros(1)).to(latents.device)
        return latents.reshape(batch, channels, height * width).permute(0, 2, 1), ids

    def unpack(self, tokens: Any, height_latent: int, width_latent: int) -> Any:
        """The latents (B, c, height_latent, width_latent) of packed tokens."""
        batch, _, channels = tokens.shape
        return tokens.permute(0, 2, 1).reshape(batch, channels, height_latent, width_latent)

    def predict(
        self, transformer: Any, tokens: Any, t: Any, text: TextEmbedding, image_ids: Any, guidance: float | None = None
    ) -> Any:
        """Velocity (noise - picture) of tokens at times t (B,). klein embeds no guidance."""
        config = getattr(transformer, "module", transformer).config
        mask = attention_mask(text, tokens.shape[1])
        return transformer(
            hidden_states=tokens,
            timestep=t,
            guidance=t.new_full(t.shape, 1.0 if guidance is None else guidance) if config.guidance_embeds else None,
            encoder_hidden_states=text.tokens,
            txt_ids=text.ids,
            img_ids=image_ids,
            joint_attention_kwargs=None if mask is None else {"attention_mask": mask},
            return_dict=False,
        )[0]

    def embeds_guidance(self, pipeline: Any) -> bool:
        """Whether the distilled guidance has an effect."""
        return bool(pipeline.transformer.config.guidance_embeds)

    def default_settings(self, pipeline: Any) -> dict[str, Any]:
        """steps, guidance and true_cfg for a folder that does not say: 4 steps for distilled models, else 50 with CFG 4."""
        if pipeline.config.is_distilled:
            return {"steps": 4, "guidance": None, "true_cfg": 1.0}
        return {"steps": 50, "guidance": None, "true_cfg": 4.0}

    def multiple_px(self, pipeline: Any) -> int:
        """What width and height must be multiples of."""
        return 2 * int(pipeline.vae_scale_factor)

    def latent_size(self, pipeline: Any, width_px: int, height_px: int) -> tuple[int, int]:
        """Rows and columns of the latents of a picture."""
        multiple = self.multiple_px(pipeline)
        return height_px // multiple, width_px // multiple

    def latent_channels(self, pipeline: Any) -> int:
        """Channels of the unpacked latents."""
        return int(pipeline.transformer.config.in_channels)

    def shift(self, pipeline: Any, image_tokens: int, steps: int) -> float:
        """mu, by which the schedule is shifted towards noise."""
        return flux2_mu(image_tokens, steps)


def chat_text(pipeline: Any, text: str) -> str:
    """The text as a user's turn of a chat, with thinking off, as the pipeline sends it."""
    return str(
        pipeline.tokenizer.apply_chat_template(
            [{"role": "user", "content": text}], tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
    )


def _statistics(vae: Any) -> tuple[Any, Any]:
    mean = vae.bn.running_mean.view(1, -1, 1, 1)
    deviation = (vae.bn.running_var.view(1, -1, 1, 1) + vae.config.batch_norm_eps).sqrt()
    return mean, deviation
