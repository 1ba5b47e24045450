"""Latents as the transformer leaves them: real ones, noised half way and painted back, so that the decoder learns to bear its errors."""

from __future__ import annotations

import numpy as np
import torch
from known import known_numbers, noise_that_knows
from train_transformer import Text, ids, new_transformer, pack, unpack

from thermvision.flux.appearance import appearance_of
from thermvision.flux.captions import training_caption

FROM_TIME, STEPS = 0.4, 4


def painter_of(stills, text_folder, state_path, shift, scale):
    """A function of indices of stills, their latents (b, c, 16, 16) and a generator: the latents that the transformer leaves."""
    saved = torch.load(state_path, weights_only=True, mmap=True)
    model, text = new_transformer(), Text(text_folder)
    model.load_state_dict(saved["ema"])
    known, (image_ids, text_ids) = torch.from_numpy(known_numbers(stills.rows)), ids()
    appearances = [appearance_of(row) for row in stills.rows]
    times = torch.linspace(FROM_TIME, 0, STEPS + 1)

    @torch.no_grad()
    def left(picked, latents, generator):
        stream = np.random.default_rng(int(torch.randint(2**31, (), generator=generator)))
        pooled, words = text([training_caption(appearances[i], stream) for i in picked])
        tokens = pack((latents - shift) * scale)
        noise = noise_that_knows(torch.randn(tokens.shape, generator=generator), known[picked])
        x = (1 - FROM_TIME) * tokens + FROM_TIME * noise
        for now, then in zip(times[:-1], times[1:], strict=True):
            velocity = model(hidden_states=x, timestep=now.expand(len(x)), pooled_projections=pooled, encoder_hidden_states=words,
                             img_ids=image_ids, txt_ids=text_ids, return_dict=False)[0]  # fmt: skip
            x = x + (then - now) * velocity
        return unpack(x) / scale + shift

    return left
