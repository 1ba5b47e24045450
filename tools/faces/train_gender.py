"""Train the gender network: python tools/faces/train_gender.py --packs runs/gender/packed --out runs/gender/gender.pt --steps 3000

Stop it when you like: it goes on where it was. People of folds 0 and 1 are kept for judging and for calibration.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from gender_crops import make_batch, read_packs
from gender_pack import FOLDS
from torch.nn import functional
from training import train

from thermvision.tasks.training.networks.gender_net import GenderNet

TEST_FOLD, VALIDATION_FOLD = 0, 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="crop.pt, whose first convolutions training begins with")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--rate", type=float, default=1.2e-3)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    pack = read_packs(args.packs, [fold for fold in range(FOLDS) if fold not in (TEST_FOLD, VALIDATION_FOLD)])
    print(f"{len(pack)} crops of {len(set(pack.person))} people, {float(pack.male.mean()):.3f} of men", flush=True)
    net = GenderNet()
    if args.start:
        net.start_from_crop_net(torch.load(args.start, weights_only=True)["mean"])
    train(
        net.to(memory_format=torch.channels_last),
        lambda stream: make_batch(pack, args.batch, stream),
        lambda net, batch: {
            "loss": functional.binary_cross_entropy_with_logits(
                net(batch[0].contiguous(memory_format=torch.channels_last)), batch[1]
            )
        },
        args.out, steps=args.steps, rate=args.rate, seed=3, threads=args.threads,
    )  # fmt: skip


if __name__ == "__main__":
    main()
