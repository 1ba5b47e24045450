"""Train the finder: python tools/faces/train_finder.py --stills DIR --crowds DIR --out runs/faces/finder.pt --steps 2500"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from material import read_crowds, read_stills
from scenes import make_scenes
from training import train

from thermvision.tasks.training.losses.finder_loss import finder_losses
from thermvision.tasks.training.networks.finder import Finder


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stills", type=Path, required=True)
    parser.add_argument("--crowds", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--start",
        type=Path,
        help="state of another run, also of a net with fewer blocks: more of them begin as the identity",
    )
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--batch", type=int, default=10)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    stills = read_stills(args.stills)
    crowds = read_crowds(args.crowds) if args.crowds else None
    net = Finder()
    if args.start:
        unknown = net.load_state_dict(torch.load(args.start, weights_only=True)["mean"], strict=False).unexpected_keys
        if unknown:
            raise SystemExit(f"{args.start} is of another network: it has {unknown[0]}")
    train(
        net.to(memory_format=torch.channels_last),
        lambda stream: make_scenes(stills, crowds, args.batch, stream),
        lambda net, batch: finder_losses(
            net(batch.x.contiguous(memory_format=torch.channels_last)), batch.heat, batch.boxes, batch.near
        ),
        args.out, steps=args.steps, rate=args.rate, seed=2, threads=args.threads,
    )  # fmt: skip


if __name__ == "__main__":
    main()
