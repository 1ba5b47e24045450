"""Train the two readers of latents that lead the transformer to what was asked (`obey.py`).

They see latents of simulator stills only, from clean to a third of noise, so that their gradient is smooth; never a painted picture.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from linear_encoder import shift_and_scale
from pictures import Stills, chance_of
from readers import FIELDS, LatentReader, PixelReader
from torch import nn

from thermvision.flux.appearance import VALUES, appearance_of

BATCH, RATE, STEPS = 64, 2e-3, 2500
MOST_NOISE, CLEAN = 0.35, 0.3  # of training latents; share without any
GAIN_SPREAD = 0.08  # of the logarithm: painted latents have a little less contrast
SMOOTHING = 0.05  # what is seen clearly enough is not driven further
WEIGHTS = (0.5, 1.0, 0.5) + (0.15,) * (len(FIELDS) - 3)
NAMED_OFTENER = 3.0  # expressions that have a name and are not neutral
WIDEST_DEG = 45.0


def targets(appearances):
    """(n, fields) classes, -1 where nothing is said; behind a mask no expression shows."""
    return torch.tensor([
        [-1 if (value := getattr(one, name)) is None or (name == "expression" and one.face_mask == "mask") else VALUES[name].index(value)
         for name in FIELDS]
        for one in appearances
    ])  # fmt: skip


def field_loss(seen, wanted, reduction="mean"):
    """Cross entropy of the fields' logits against classes (b, fields), -1 where nothing is known."""
    parts = zip(WEIGHTS, seen, wanted.unbind(1), strict=True)
    return sum(
        weight * nn.functional.cross_entropy(logits.float(), classes, ignore_index=-1, label_smoothing=SMOOTHING, reduction=reduction)
        for weight, logits, classes in parts
        if (classes >= 0).any()
    )  # fmt: skip


def spoilt(z, generator):
    """Latents with another contrast and, most of them, noise."""
    count = (len(z), 1, 1, 1)
    t = MOST_NOISE * torch.rand(count, generator=generator) ** 1.5 * (torch.rand(count, generator=generator) > CLEAN)
    gain = torch.exp(GAIN_SPREAD * torch.randn(count, generator=generator))
    return (1 - t) * gain * z + t * torch.randn(z.shape, generator=generator)


def train(reader, stills, latents, shift: float, scale: float, out: Path, steps: int, dtype=torch.float32):
    """Writes the reader's weights and prints what it tells of held-out people."""
    appearances = [appearance_of(row) for row in stills.rows]
    wanted, usable = targets(appearances), np.array([abs(row["yaw_deg"]) < WIDEST_DEG for row in stills.rows])
    training, held_out = np.flatnonzero(~stills.held_out & usable), np.flatnonzero(stills.held_out & usable)
    named = [1.0 if appearances[i].expression in (None, "neutral") else NAMED_OFTENER for i in training]
    chance = chance_of([appearances[i] for i in training]) * named
    reader.fit((torch.from_numpy(np.asarray(latents[::37], np.float32)) - shift) * scale)
    optimizer = torch.optim.AdamW(reader.parameters(), lr=RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.15)
    stream, generator = np.random.default_rng(7), torch.Generator().manual_seed(7)
    began, history = time.time(), []
    for step in range(steps):
        chosen = stream.choice(training, BATCH, p=chance / chance.sum())
        z = (torch.from_numpy(np.asarray(latents[chosen], np.float32)) - shift) * scale
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype is torch.bfloat16):
            seen = reader(spoilt(z, generator))
        loss = field_loss(seen, wanted[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        history.append(loss.item())
        if (step + 1) % 100 == 0:
            each = (time.time() - began) / (step + 1)
            print(f"{out.stem} {step + 1} loss {np.mean(history[-100:]):.3f} {each:.3f} s/step", flush=True)
    reader.eval()
    with torch.no_grad():
        parts = (np.asarray(latents[part], np.float32) for part in np.array_split(held_out, 20))
        logits = [reader((torch.from_numpy(part) - shift) * scale) for part in parts]
    for k, field in enumerate(FIELDS):
        right = torch.cat([one[k] for one in logits]).argmax(1) == wanted[held_out, k]
        known = wanted[held_out, k] >= 0
        print(f"{out.stem}, held-out people, {field}: {right[known].float().mean():.3f} of {int(known.sum())}", flush=True)  # fmt: skip
    torch.save(reader.state_dict(), out)


def new_readers(basis, shift: float, scale: float):
    """Both, untrained, by the names of their files."""
    return {
        "latent_reader": LatentReader(),
        "pixel_reader": PixelReader(basis["mean"], basis["directions"], shift, scale),
    }


def readers_of(runs: Path, steps: int = STEPS, dtype=torch.float32):
    """Both readers of a run folder with stills, latents and components, trained where their files are missing; for reading only."""
    torch.manual_seed(0)
    latents = np.load(runs / "latents.npy", mmap_mode="r")
    shift, scale = shift_and_scale(latents)
    every = new_readers(np.load(runs / "components.npz"), shift, scale)
    for name, reader in every.items():
        path = runs / f"{name}.pt"
        if not path.exists():
            train(reader, Stills(runs / "stills", mirrored=True), latents, shift, scale, path, steps, dtype)
        reader.load_state_dict(torch.load(path, weights_only=True))
        reader.eval().requires_grad_(False)
    return list(every.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, help="run folder of train_micro.py, with stills and latents")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--bfloat16", action="store_true")
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    readers_of(args.runs, args.steps, torch.bfloat16 if args.bfloat16 else torch.float32)


if __name__ == "__main__":
    main()
