"""Train the 16x VAE on stills: 256x256 kelvin in a fixed span to 16 channels of 16x16 and back."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

import numpy as np
import torch

from thermvision.flux.span import MICRO_SPAN
from thermvision.types import ZERO_CELSIUS_K

CHANNELS, LATENT_CHANNELS = (8, 16, 32, 64, 128), 16
BATCH, LEARNING_RATE, WARMUP = 4, 1.2e-3, 100
SIZE_WEIGHT, EDGE_WEIGHT, LATENT_NOISE = 5e-4, 1.0, 0.05  # what paints latents is not exact: the decoder bears noise
SAVE_EVERY = 250


def new_vae(channels=CHANNELS, latent_channels=LATENT_CHANNELS):
    from diffusers import AutoencoderKL

    levels = len(channels)
    return AutoencoderKL(
        in_channels=3, out_channels=3, latent_channels=latent_channels, block_out_channels=channels, layers_per_block=1,
        down_block_types=("DownEncoderBlock2D",) * levels, up_block_types=("UpDecoderBlock2D",) * levels, norm_num_groups=1,
        use_quant_conv=False, use_post_quant_conv=False, mid_block_add_attention=False, scaling_factor=1.0, shift_factor=0.0,
    )  # fmt: skip


class Stills:
    """All stills as one memory-mapped list; held-out people are the last 2 %."""

    def __init__(self, folder: Path):
        files = sorted(folder.glob("stills_*.jsonl"))
        self.parts = [np.load(path.with_suffix(".npy"), mmap_mode="r") for path in files]
        self.rows = [json.loads(line) for path in files for line in path.open()]
        self.starts = np.cumsum([0] + [len(part) for part in self.parts])
        people = max(row["person"] for row in self.rows) + 1
        self.held_out = np.array([row["person"] >= 0.98 * people for row in self.rows])

    def unit(self, index):
        part = int(np.searchsorted(self.starts, index, side="right")) - 1
        counts = self.parts[part][index - self.starts[part]]
        return MICRO_SPAN.to_unit(counts.astype(np.float32) * np.float32(0.01))


def as_batch(pictures):
    return torch.from_numpy(np.stack(pictures))[:, None].expand(-1, 3, -1, -1)


def edges(x):
    return x[..., 1:, :] - x[..., :-1, :], x[..., 1:] - x[..., :-1]


def loss_of(vae, x, generator):
    posterior = vae.encode(x).latent_dist
    latent = posterior.mean + LATENT_NOISE * torch.randn(posterior.mean.shape, generator=generator)
    y = vae.decode(latent).sample
    loss = (y - x).abs().mean() + 4 * (y - x).square().mean()
    loss = loss + EDGE_WEIGHT * sum((a - b).abs().mean() for a, b in zip(edges(y), edges(x), strict=True))
    return loss + SIZE_WEIGHT * posterior.mean.square().mean(), y  # the KL divergence of a fixed variance


def errors_k(vae, stills, indices):
    """RMS and median absolute error in the face box, kelvin, grey read as the mean of three channels."""
    half_k = 0.5 * (MICRO_SPAN.high_c - MICRO_SPAN.low_c)
    squares, absolutes = [], []
    with torch.no_grad():
        for i in indices:
            x = as_batch([stills.unit(i)])
            error = ((vae.decode(vae.encode(x).latent_dist.mean).sample - x).mean(dim=1)[0] * half_k).numpy()
            x0, y0, x1, y1 = (int(np.clip(v, 0, 255)) for v in stills.rows[i]["bbox_xyxy_px"])
            squares.append((error[y0:y1, x0:x1] ** 2).mean())
            absolutes.append(np.median(np.abs(error[y0:y1, x0:x1])))
    return float(np.sqrt(np.mean(squares))), float(np.median(absolutes))


def train(folder: Path, out: Path, steps: int):
    stills, vae = Stills(folder), new_vae()
    print(len(stills.rows), "stills", sum(p.numel() for p in vae.parameters()) / 1e6, "M", ZERO_CELSIUS_K, flush=True)
    optimizer = torch.optim.AdamW(vae.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.99), weight_decay=0.0)
    start, generator = 0, torch.Generator().manual_seed(0)
    state = out / "vae_state.pt"
    if state.exists():
        saved = torch.load(state, weights_only=True)
        vae.load_state_dict(saved["vae"])
        optimizer.load_state_dict(saved["optimizer"])
        generator.set_state(saved["generator"])
        start = saved["step"]
    training, held_out = np.flatnonzero(~stills.held_out), np.flatnonzero(stills.held_out)
    began = time.time()
    for step in range(start, steps):
        rate = LEARNING_RATE * min((step + 1) / WARMUP, 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        stream = np.random.default_rng((1, step))
        pictures = [stills.unit(int(i)) for i in stream.choice(training, BATCH)]
        x = as_batch([p[:, ::-1].copy() if flip else p for p, flip in zip(pictures, stream.random(BATCH) < 0.5, strict=True)])
        loss, _ = loss_of(vae, x, generator)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        if (step + 1) % 50 == 0:
            print(f"vae {step + 1} loss {loss.item():.4f} {(time.time() - began) / (step + 1 - start):.3f} s/step", flush=True)
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == steps:
            rms, median = errors_k(vae, stills, held_out[:: max(1, len(held_out) // 24)])
            print(f"vae {step + 1} held out: face rms {rms:.3f} K, median |error| {median:.3f} K", flush=True)
            torch.save({"vae": vae.state_dict(), "optimizer": optimizer.state_dict(), "generator": generator.get_state(), "step": step + 1}, state)
    return vae


if __name__ == "__main__":
    import sys

    torch.set_num_threads(2)
    train(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
