"""A small classifier of gender, expression and eyewear, trained on simulator stills only: what it sees in painted portraits is reported.

It never sees a painted picture. Its own errors on held-out simulated people are printed beside, as the ceiling of the measurement.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from thermvision.flux.appearance import VALUES, appearance_of

FIELDS = ("gender", "expression", "eyewear")
SIZE, BATCH, RATE = 128, 64, 2e-3
SKIN = 0.125  # of the span's half: 2 K


class Judge(nn.Module):
    """Strided 3x3 convolutions with residual blocks; one head a field. About 0.7 M parameters."""

    def __init__(self):
        super().__init__()

        def stage(c_in, c_out, stride):
            return nn.Sequential(nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False), nn.BatchNorm2d(c_out), nn.ReLU())

        self.body = nn.Sequential(stage(2, 16, 2), stage(16, 32, 1), stage(32, 32, 2), stage(32, 64, 1), stage(64, 64, 2), stage(64, 128, 1),
                                  stage(128, 128, 2), stage(128, 128, 1), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Dropout(0.2))  # fmt: skip
        self.heads = nn.ModuleList(nn.Linear(128 * 16, len(VALUES[field])) for field in FIELDS)

    def forward(self, x):
        features = self.body(x)
        return [head(features) for head in self.heads]


def prepare(unit):
    """(n, 1, 256, 256) in the span to (n, 2, 128, 128): the picture by its own level and contrast, and its skin by the face's.

    Temperature alone must not decide, so levels go. Hair and hats are seen in the first; in the second 2 K about the middle of the
    face are spread out, without which (and at a higher rate) no expression was learnt in 1,850 steps: beside a cold wall it is hardly there.
    """
    small = nn.functional.avg_pool2d(unit, 2)
    whole = (small - small.mean(dim=(2, 3), keepdim=True)) / (small.std(dim=(2, 3), keepdim=True) + 1e-4)
    face = small[:, :, 40:100, 36:92].flatten(2).quantile(0.7, dim=2)[..., None, None]
    return torch.cat([whole, torch.tanh((small - face) / SKIN) * 2], dim=1)


def targets(rows):
    """Classes per field, -1 where a row has no name for it (or a mask hides the face)."""
    table = []
    for row in rows:
        said = appearance_of(row)
        values = [said.gender, None if row["mask_worn"] else said.expression, said.eyewear]
        table.append(
            [-1 if value is None else VALUES[field].index(value) for field, value in zip(FIELDS, values, strict=True)]
        )
    return torch.tensor(table)


def train(stills, out: Path, epochs: int = 6, dtype=torch.float32):
    torch.manual_seed(0)
    pictures = np.zeros((len(stills.rows), 2, SIZE, SIZE), np.float16)
    for i in range(len(pictures)):
        pictures[i] = prepare(torch.from_numpy(stills.unit(i))[None, None])[0].numpy()
    wanted = targets(stills.rows)
    usable = np.array([abs(row["yaw_deg"]) < 45 for row in stills.rows])
    training, held_out = np.flatnonzero(~stills.held_out & usable), np.flatnonzero(stills.held_out & usable)
    judge = Judge()
    optimizer = torch.optim.AdamW(judge.parameters(), lr=RATE, weight_decay=0.02)
    steps = epochs * (len(training) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.15)
    stream, began = np.random.default_rng(0), time.time()
    for step in range(steps):
        chosen = stream.choice(training, BATCH)
        x = torch.from_numpy(pictures[chosen].astype(np.float32))
        flip = torch.from_numpy(stream.random(BATCH) < 0.5)
        x = torch.where(flip[:, None, None, None], x.flip(3), x)
        if stream.random() < 0.5:  # softer pictures, so that sharpness is no clue
            x = (
                nn.functional.avg_pool2d(x, 3, 1, 1)
                if stream.random() < 0.5
                else nn.functional.interpolate(nn.functional.avg_pool2d(x, 2), scale_factor=2.0, mode="bilinear")
            )
        x = x * float(stream.uniform(0.85, 1.15)) + float(stream.uniform(0, 0.06)) * torch.randn(x.shape)
        x = torch.roll(x, (int(stream.integers(-6, 7)), int(stream.integers(-6, 7))), (2, 3))
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype is torch.bfloat16):
            seen = judge(x)
        loss = sum(
            nn.functional.cross_entropy(logits.float(), wanted[chosen, k], ignore_index=-1)
            for k, logits in enumerate(seen)
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if (step + 1) % 100 == 0:
            print(
                f"judge {step + 1} of {steps} loss {loss.item():.3f} {(time.time() - began) / (step + 1):.3f} s/step",
                flush=True,
            )
    judge.eval()
    seen = judge_pictures(judge, torch.from_numpy(np.stack([stills.unit(int(i)) for i in held_out])))
    for k, field in enumerate(FIELDS):
        known = wanted[held_out, k] >= 0
        print(
            f"held-out simulated people, {field}: {(seen[known, k] == wanted[held_out, k][known]).float().mean():.3f} right of {int(known.sum())}",
            flush=True,
        )
    torch.save(judge.state_dict(), out)


@torch.no_grad()
def judge_pictures(judge, unit):
    """Classes seen in pictures (n, 256, 256) of the span, (n, 3)."""
    judge.eval()
    return torch.cat(
        [torch.stack([logits.argmax(1) for logits in judge(prepare(part[:, None]))], 1) for part in unit.split(64)]
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stills", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument(
        "--bfloat16", action="store_true", help="compute the training steps in bfloat16: faster only where the CPU is"
    )
    args = parser.parse_args()

    from pictures import Stills

    torch.set_num_threads(args.threads)
    train(Stills(args.stills), args.out, args.epochs, torch.bfloat16 if args.bfloat16 else torch.float32)


if __name__ == "__main__":
    main()
