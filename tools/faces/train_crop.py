"""Train the crop network: python tools/faces/train_crop.py --stills DIR --crowds DIR --out runs/faces/crop.pt --steps 6000"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from crops import make_batch
from material import read_crowds, read_stills
from training import train

from thermvision.tasks.training.losses.crop_loss import crop_losses, point_weights
from thermvision.tasks.training.networks.crop_net import CropNet


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stills", type=Path, required=True)
    parser.add_argument("--crowds", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="state of another run to begin from")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    stills = read_stills(args.stills)
    crowds = read_crowds(args.crowds) if args.crowds else None
    net = CropNet()
    shapes = [make_batch(stills, None, 64, torch.Generator().manual_seed(k), plain=True).landmarks for k in range(24)]
    net.start_from_shapes(torch.cat(shapes))
    if args.start:
        net.load_state_dict(torch.load(args.start, weights_only=True)["mean"])
    weights = point_weights()
    train(
        net.to(memory_format=torch.channels_last),
        lambda stream: make_batch(stills, crowds, args.batch, stream),
        lambda net, batch: crop_losses(net(batch.x.contiguous(memory_format=torch.channels_last)), batch.targets(), weights),
        args.out, steps=args.steps, rate=args.rate, seed=1, threads=args.threads,
    )  # fmt: skip


if __name__ == "__main__":
    main()
