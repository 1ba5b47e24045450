"""Train the VAE's decoder: 32 channels of 16x16, as the worked-out encoder gives them, back to 256x256 kelvin."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import torch
from feature_weight import raised_at_features
from linear_encoder import encode, write_encoder
from muon import Muon
from pictures import Stills

from thermvision.flux.span import MICRO_SPAN

CHANNELS, LATENT_CHANNELS = (16, 32, 64, 64, 128), 32
BATCH, RATE, WARMUP = 4, 2e-3, 60
EDGE_WEIGHT, LATENT_NOISE = 3.0, 0.01  # what paints latents is not exact: the decoder is to bear noise
EMA_DECAY, SAVE_EVERY, DECAY_SHARE = 0.995, 200, 0.7
OTHER_LOOK, INVERTED = 0.6, 0.6  # share of the pictures that get another look; of these, that are black-hot
GAIN = (0.5, 1.8)  # contrast of another look
# Of the 68 points: which, how far around them in pixels, how much more they count.
FEATURES = ((slice(36, 48), 9.0, 5.0), (slice(17, 27), 8.0, 2.0), (slice(31, 36), 9.0, 2.0), (slice(48, 60), 10.0, 3.0))
HALF_SPAN_K = 0.5 * (MICRO_SPAN.high_c - MICRO_SPAN.low_c)


def new_vae(mean=None, directions=None):
    """AutoencoderKL with five levels; with components given, its encoder is theirs."""
    from diffusers import AutoencoderKL

    levels = len(CHANNELS)
    vae = AutoencoderKL(
        in_channels=3, out_channels=3, latent_channels=LATENT_CHANNELS, block_out_channels=CHANNELS, layers_per_block=1, norm_num_groups=1,
        down_block_types=("DownEncoderBlock2D",) * levels, up_block_types=("UpDecoderBlock2D",) * levels,
        use_quant_conv=False, use_post_quant_conv=False, mid_block_add_attention=False, scaling_factor=1.0, shift_factor=0.0,
    )  # fmt: skip
    if mean is not None:
        write_encoder(vae, mean, directions, LATENT_NOISE)
    return vae


def packaged_vae(folder: Path):
    """The VAE of a packaged model in float32."""
    vae = new_vae()
    vae.load_state_dict(type(vae).from_pretrained(folder / "vae", torch_dtype=torch.float32).state_dict())
    return vae


def in_float32(layer, h):
    """`layer` outside autocast."""
    with torch.autocast("cpu", enabled=False):
        return layer(h.float())


def edges(x):
    return x[..., 1:, :] - x[..., :-1, :], x[..., 1:] - x[..., :-1]


def other_looks(unit, stream):
    """Pictures (b, 256, 256) of which some have another contrast, another level, or black for hot, as users' own pictures may.

    Stills alone taught the decoder white-hot faces on cold walls only: black-hot ones came back 2.0 K off, streaked and in pieces.
    """
    unit = unit.copy()
    for k in np.flatnonzero(stream.random(len(unit)) < OTHER_LOOK):
        gain = np.exp(stream.uniform(*np.log(GAIN)))
        gain /= max(1.0, gain * float(np.ptp(unit[k])) / 2)  # what lies within -1 to 1 stays there
        picture = (-gain if stream.random() < INVERTED else gain) * unit[k]
        lowest = -1 - float(picture.min())
        unit[k] = picture + stream.uniform(lowest, max(lowest, 1 - float(picture.max())))
    return unit


def pixel_weight(rows, side=256):
    """(b, 256, 256), each of mean 1, from the stills' landmarks: faces over cloth and wall, eyes, brows, nose and mouth over cheeks."""
    centres = torch.arange(side) + 0.5
    y, x = torch.meshgrid(centres, centres, indexing="ij")
    near_face = torch.exp(-(((x - 128) / 70) ** 2) - ((y - 140) / 80) ** 2)
    return raised_at_features(0.4 + 1.2 * near_face, rows, FEATURES, 1)


def loss_of(y, x, weight):
    """Absolute and squared error of level and of steps between neighbours."""
    y, x = y.mean(dim=1), x.mean(dim=1)
    loss = (weight * ((y - x).abs() + 4 * (y - x).square())).mean()
    places = weight[:, 1:], weight[:, :, 1:]
    steps = zip(edges(y), edges(x), places, strict=True)
    return loss + EDGE_WEIGHT * sum((w * (a - b).abs()).mean() for a, b, w in steps)


@torch.no_grad()
def errors_k(decoder, stills, mean, directions, indices):
    """RMS and median absolute error in the face box, kelvin."""
    squares, medians = [], []
    for i in indices:
        z = encode(stills.unit(i)[None], mean, directions).astype(np.float32)
        y = decoder(torch.from_numpy(z)).mean(dim=1)[0].numpy()
        x0, y0, x1, y1 = (int(np.clip(v, 0, 255)) for v in stills.rows[i]["bbox_xyxy_px"])
        error = ((y - stills.unit(i)) * HALF_SPAN_K)[y0:y1, x0:x1]
        squares.append((error**2).mean())
        medians.append(np.median(np.abs(error)))
    return float(np.sqrt(np.mean(squares))), float(np.median(medians))


def train(
    stills: Stills, mean, directions, out: Path, steps: int, begin: Path | None = None, left=None, dtype=torch.float32
):
    """Returns the averaged decoder's weights; goes on from `decoder_state.pt`, or begins with the weights of a packaged model.

    left: gives for indices of stills and their latents what the transformer would leave of these (`repaint.py`); every other batch.
    """
    torch.manual_seed(0)
    decoder = new_vae().decoder.to(memory_format=torch.channels_last)
    last = decoder.conv_out.forward
    decoder.conv_out.forward = lambda h: in_float32(last, h)  # bfloat16 would round kelvin to 0.06
    if begin is not None:
        decoder.load_state_dict(packaged_vae(begin).decoder.state_dict())
    matrices = [
        p for name, p in decoder.named_parameters() if p.ndim == 4 and name not in ("conv_in.weight", "conv_out.weight")
    ]
    chosen = {id(p) for p in matrices}
    rest = [p for p in decoder.parameters() if id(p) not in chosen]
    both = [Muon(matrices, RATE, weight_decay=0.0), torch.optim.AdamW(rest, RATE, betas=(0.9, 0.99), weight_decay=0.0)]
    ema, start, state = {k: v.clone() for k, v in decoder.state_dict().items()}, 0, out / "decoder_state.pt"
    if state.exists():
        saved = torch.load(state, weights_only=True)
        decoder.load_state_dict(saved["decoder"])
        ema, start = saved["ema"], saved["step"]
        for optimizer, values in zip(both, saved["optimizers"], strict=True):
            optimizer.load_state_dict(values)
    averaged = new_vae().decoder.eval()
    training, held_out = np.flatnonzero(~stills.held_out), np.flatnonzero(stills.held_out)
    began, history, noise = time.time(), [], torch.Generator()
    for step in range(start, steps):
        rate = RATE * min((step + 1) / WARMUP, 1.0, max(0.02, (steps - step) / (DECAY_SHARE * steps)))
        for optimizer in both:
            for group in optimizer.param_groups:
                group["lr"] = rate
        stream = np.random.default_rng((1, step))
        noise.manual_seed(step + 1)
        picked = stream.choice(training, BATCH)
        unit, repainted = np.stack([stills.unit(int(i)) for i in picked]), left and step % 2
        if not repainted:  # the transformer knows one look
            unit = other_looks(unit, stream)
        z = torch.from_numpy(encode(unit, mean, directions).astype(np.float32))
        z = left(picked, z, noise) if repainted else z + LATENT_NOISE * torch.randn(z.shape, generator=noise)
        x = torch.from_numpy(unit)[:, None]
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype is torch.bfloat16):
            y = decoder(z)
        loss = loss_of(y, x, pixel_weight([stills.rows[i] for i in picked]))
        decoder.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(decoder.parameters(), 1.0)
        for optimizer in both:
            optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(
                list(ema.values()), list(decoder.state_dict().values()), 1 - min(EMA_DECAY, (step + 1) / (step + 10))
            )
        history.append(loss.item())
        if (step + 1) % 50 == 0:
            print(
                f"decoder {step + 1} loss {np.mean(history[-50:]):.4f} {(time.time() - began) / (step + 1 - start):.3f} s/step",
                flush=True,
            )
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == steps:
            averaged.load_state_dict(ema)
            rms, median = errors_k(averaged, stills, mean, directions, held_out[:: max(1, len(held_out) // 24)])
            print(f"decoder {step + 1} held out: face rms {rms:.3f} K, median |error| {median:.3f} K", flush=True)
            torch.save(
                {
                    "decoder": decoder.state_dict(),
                    "ema": ema,
                    "optimizers": [o.state_dict() for o in both],
                    "step": step + 1,
                },
                state.with_suffix(".part"),
            )
            state.with_suffix(".part").replace(state)
    return ema
