"""Where the finder errs on crowds: faces that are none, which the crop network then learns to turn down, and faces it misses.

python tools/faces/mine.py --crowds runs/faces/crowds --finder runs/faces/finder.pt --threads 1

Writes beside the crowds' shards `false_boxes.npz`: `frame` (n,), `boxes_px` (n, 4); and `missed.npz`: `frame` and `person` (n,), about
whom the finder's next windows are. Frames are shown black-hot every third time.
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
SURE_SCORE, LEAST_OVERLAP = 0.5, 0.5  # of a box that finds a face
LEAST_FACE_PX, LEAST_SHARE = 14.0, 0.25  # height and seen share of faces that must be found


@torch.no_grad()
def boxes_in(net, pictures):
    """Per picture the boxes xyxy in px (n, 4) of peaks of LEAST_SCORE or more, and their scores."""
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
        boxes = torch.cat([(middle - half) * per_px, (middle + half) * per_px], -1)
        found.append((boxes.numpy(), score[k, y, x].numpy()))
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
    crowds, frames, false, missed = read_crowds(args.crowds), [], [], []
    for first in range(0, len(crowds), 16):
        picks = np.arange(first, min(first + 16, len(crowds)))
        pictures = crowds.kelvin(picks)
        pictures[::3] *= -1
        for frame, (boxes, scores) in zip(picks, boxes_in(net, pictures), strict=True):
            faces = np.nan_to_num(crowds.boxes_px[frame], nan=-1e4)
            shared = overlaps(boxes, faces)
            wrong = boxes[shared.max(axis=1) < MOST_OVERLAP] if len(boxes) else boxes
            frames += [frame] * len(wrong)
            false.append(wrong)
            found = (shared[scores >= SURE_SCORE] >= LEAST_OVERLAP).any(axis=0)
            asked = (faces[:, 3] - faces[:, 1] >= LEAST_FACE_PX) & (crowds.visible_share[frame] >= LEAST_SHARE)
            missed += [(frame, person) for person in np.flatnonzero(asked & ~found)]
    boxes = np.concatenate(false).astype(np.float32)
    np.savez(args.crowds / "false_boxes.npz", frame=np.array(frames, np.int32), boxes_px=boxes)
    frame, person = np.array(missed, np.int32).reshape(-1, 2).T
    np.savez(args.crowds / "missed.npz", frame=frame, person=person)
    print(f"{len(boxes)} boxes that are no faces and {len(missed)} faces without a box in {len(crowds)} frames")


if __name__ == "__main__":
    main()
