"""A small classifier of gender, expression and eyewear, trained on simulator stills only: what it sees in painted portraits is reported.

It never sees a painted picture. Its own errors on held-out simulated people are printed beside, as the ceiling of the measurement.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from pictures import Stills, chance_of
from torch import nn

from thermvision.flux.appearance import VALUES, appearance_of

FIELDS = ("gender", "expression", "eyewear")
BATCH, RATE = 64, 2e-3
SKIN, FINE = 0.125, 0.06  # of the span's half: 2 K and 1 K
ROWS, COLUMNS = slice(56, 232), slice(40, 216)  # what it looks at: the face and what is round it
SHIFT_PX = 5  # that a picture is moved: faces lie alike in stills and portraits
CHANNELS = (16, 24, 48, 96, 128)


class Judge(nn.Module):
    """Five levels of strided 3x3 convolutions, each but the first with a residual one; one head a field. About 0.5 M parameters."""

    def __init__(self):
        super().__init__()
        levels, before = [], 3
        for width in CHANNELS:
            levels += [nn.Conv2d(before, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
            if width > CHANNELS[0]:
                levels.append(Residual(width))
            before = width
        self.body = nn.Sequential(*levels, nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Dropout(0.2))
        self.heads = nn.ModuleList(nn.Linear(before * 16, len(VALUES[field])) for field in FIELDS)

    def forward(self, x):
        features = self.body(x)
        return [head(features) for head in self.heads]


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.convolution = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU())

    def forward(self, x):
        return x + self.convolution(x)


def prepare(unit):
    """(n, 1, 256, 256) in the span to (n, 3, 176, 176): the picture by its own level and contrast, its skin by the face's, its fine parts.

    Temperature alone must not decide, so levels go. Hair and hats are seen in the first; in the second 2 K about the middle of the
    face are spread out: beside a cold wall an expression is hardly there; in the third what differs from its surroundings. A judge
    that saw half the pixels each way, without the third, told 84 % of the expressions of held-out people; this one tells 93 %.
    """
    unit = unit[:, :, ROWS, COLUMNS]
    whole = (unit - unit.mean(dim=(2, 3), keepdim=True)) / (unit.std(dim=(2, 3), keepdim=True) + 1e-4)
    face = unit[:, :, 24:144:2, 32:144:2].flatten(2).quantile(0.7, dim=2)[..., None, None]
    around = nn.functional.avg_pool2d(unit, (15, 1), 1, (7, 0), count_include_pad=False)
    around = nn.functional.avg_pool2d(around, (1, 15), 1, (0, 7), count_include_pad=False)
    return torch.cat([whole, torch.tanh((unit - face) / SKIN) * 2, torch.tanh((unit - around) / FINE) * 2], dim=1)


def altered(unit, stream):
    """Pictures (n, 1, 256, 256) moved, mirrored, in half of the cases softer, with other contrast and noise: sharpness is to be no clue."""
    unit = torch.where(torch.from_numpy(stream.random(len(unit)) < 0.5)[:, None, None, None], unit.flip(3), unit)
    unit = torch.roll(unit, tuple(int(v) for v in stream.integers(-SHIFT_PX, SHIFT_PX + 1, 2)), (2, 3))
    if stream.random() < 0.5:
        size = int(stream.choice([3, 5]))
        unit = nn.functional.avg_pool2d(unit, size, 1, size // 2, count_include_pad=False)
    level = unit.mean(dim=(2, 3), keepdim=True)
    unit = level + (unit - level) * torch.from_numpy(stream.uniform(0.8, 1.25, (len(unit), 1, 1, 1)).astype(np.float32))
    return unit + float(stream.uniform(0, 0.005)) * torch.from_numpy(stream.standard_normal(unit.shape, np.float32))


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


def train(stills, out: Path, epochs: float = 6, dtype=torch.float32):
    torch.manual_seed(0)
    wanted = targets(stills.rows)
    usable = np.array([abs(row["yaw_deg"]) < 45 for row in stills.rows])
    training, held_out = np.flatnonzero(~stills.held_out & usable), np.flatnonzero(stills.held_out & usable)
    chance = chance_of([appearance_of(stills.rows[i]) for i in training])
    judge = Judge()
    optimizer = torch.optim.AdamW(judge.parameters(), lr=RATE, weight_decay=0.02)
    steps = int(epochs * (len(training) // BATCH))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.15)
    stream, began = np.random.default_rng(0), time.time()
    for step in range(steps):
        chosen = stream.choice(training, BATCH, p=chance)
        unit = torch.from_numpy(np.stack([stills.unit(int(i)) for i in chosen]))[:, None]
        x = prepare(altered(unit, stream))
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
    parser.add_argument("--epochs", type=float, default=6)
    parser.add_argument(
        "--bfloat16", action="store_true", help="compute the training steps in bfloat16: faster only where the CPU is"
    )
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    train(Stills(args.stills), args.out, args.epochs, torch.bfloat16 if args.bfloat16 else torch.float32)


if __name__ == "__main__":
    main()
