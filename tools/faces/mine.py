"""Where the finder sees faces that are none, on the crowds it learnt from: what the crop network then learns to turn down.

python tools/faces/mine.py --crowds runs/faces/crowds --finder runs/faces/finder.pt --threads 1

Writes `false_boxes.npz` beside the crowds' shards: `frame` (n,), `boxes_px` (n, 4). Frames are shown black-hot every third time.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from material import read_crowds
from torch.nn import functional

from thermvision.tasks.training.augment.stretch import stretched
from thermvision.tasks.training.networks.finder import Finder

LEAST_SCORE, MOST_OVERLAP, LONG_SIDE_PX, CELL_PX = 0.12, 0.1, 320, 4


@torch.no_grad()
def boxes_in(net, pictures):
    """Per picture the boxes xyxy in px (n, 4) of peaks of LEAST_SCORE or more."""
    height, width = pictures.shape[-2:]
    scale = LONG_SIDE_PX / max(height, width)
    small = functional.interpolate(
        pictures, size=[32 * round(side * scale / 32) for side in (height, width)], mode="bilinear", align_corners=False
    )
    maps = net(stretched(small))
    score = torch.sigmoid(maps[:, 0])
    peak = (score >= LEAST_SCORE) & (score == functional.max_pool2d(score, 3, 1, 1))
    found = []
    for k in range(len(pictures)):
        y, x = torch.nonzero(peak[k], as_tuple=True)
        dx, dy, log_width, log_height = maps[k, 1:, y, x]
        middle = torch.stack([(x + 0.5) * CELL_PX + 8 * dx, (y + 0.5) * CELL_PX + 8 * dy], -1)
        half = 8 * torch.exp(torch.stack([log_width, log_height], -1).clamp(-3, 4))
        per_px = torch.tensor([width / small.shape[-1], height / small.shape[-2]])
        found.append(torch.cat([(middle - half) * per_px, (middle + half) * per_px], -1).numpy())
    return found


def overlaps(boxes, faces):
    """Intersection over union (n, m)."""
    low, high = (
        np.maximum(boxes[:, None, :2], faces[None, :, :2]),
        np.minimum(boxes[:, None, 2:], faces[None, :, 2:]),
    )
    shared = np.clip(high - low, 0, None).prod(-1)
    one, other = ((part[:, 2:] - part[:, :2]).prod(-1) for part in (boxes, faces))
    return shared / np.maximum(one[:, None] + other[None] - shared, 1e-9)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crowds", type=Path, required=True)
    parser.add_argument("--finder", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    net = Finder()
    net.load_state_dict(torch.load(args.finder, weights_only=True)["mean"])
    net.eval()
    crowds, frames, false = read_crowds(args.crowds), [], []
    for first in range(0, len(crowds), 16):
        picks = np.arange(first, min(first + 16, len(crowds)))
        pictures = crowds.kelvin(picks)
        pictures[::3] *= -1
        for frame, boxes in zip(picks, boxes_in(net, pictures), strict=True):
            faces = np.nan_to_num(crowds.boxes_px[frame], nan=-1e4)
            wrong = boxes[overlaps(boxes, faces).max(axis=1) < MOST_OVERLAP] if len(boxes) else boxes
            frames += [frame] * len(wrong)
            false.append(wrong)
    boxes = np.concatenate(false).astype(np.float32)
    np.savez(args.crowds / "false_boxes.npz", frame=np.array(frames, np.int32), boxes_px=boxes)
    print(f"{len(boxes)} boxes that are no faces in {len(crowds)} frames")


if __name__ == "__main__":
    main()
