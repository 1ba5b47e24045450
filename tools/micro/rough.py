"""Pictures as an earlier model paints them, called by what they are: so that these words, as negative text, lead away from its faults.

A small model that was not trained for long loses features that are small. Guidance away from a lesser version of oneself brings
them back (Karras et al. 2024, autoguidance; Alemohammad et al. 2024, the lesser one trained on self-made pictures). Here the lesser
version is a caption of the same network, so plain diffusers can do it: true guidance with `WORDS` as the negative prompt.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import torch
from known import noise_that_knows

from thermvision.flux.appearance import Appearance
from thermvision.flux.captions import phrase, thin_out, training_caption

WORDS = "blurry, distorted face"
SHARE, BARE = 0.12, 0.5  # of the training pictures; of these, which are called nothing else
COUNT, BATCH, STEPS = 2048, 64, 12


def said_of(appearance, stream):
    """What is said beside the words: in half of the cases what the picture was asked to show."""
    return Appearance() if stream.random() < BARE else thin_out(appearance, stream)


def caption(said, stream):
    """The words, followed by what else is said."""
    return WORDS if said == Appearance() else f"{WORDS}, {phrase(said, stream)}"


@torch.no_grad()
def paint_rough(model, text, appearances, known, training, path: Path, packing):
    """Rows (n,) whose captions and known numbers were painted, and tokens (n, 64, d) float16 in units of the flow; made once.

    packing: ids of the picture's and the text's tokens.
    """
    if not path.exists():
        stream, generator, began = np.random.default_rng(11), torch.Generator().manual_seed(11), time.time()
        rows, tokens = stream.choice(training, COUNT), []
        image_ids, text_ids = packing
        times = torch.linspace(1, 0, STEPS + 1)
        for first in range(0, COUNT, BATCH):
            chosen = rows[first : first + BATCH]
            pooled, words = text([training_caption(appearances[i], stream) for i in chosen])
            x = torch.randn(len(chosen), len(image_ids), model.config.in_channels, generator=generator)
            x = noise_that_knows(x, known[chosen])
            for now, then in zip(times[:-1], times[1:], strict=True):
                x = x + (then - now) * model(hidden_states=x, timestep=now.expand(len(x)), pooled_projections=pooled, encoder_hidden_states=words,
                                             img_ids=image_ids, txt_ids=text_ids, return_dict=False)[0]  # fmt: skip
            tokens.append(x.half().numpy())
        np.savez(path, rows=rows, tokens=np.concatenate(tokens))
        print(f"{COUNT} rough pictures in {time.time() - began:.0f} s", flush=True)
    saved = np.load(path)
    return saved["rows"], torch.from_numpy(saved["tokens"])
