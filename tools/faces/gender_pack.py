"""Upright face crops of simulated people with their gender, for the gender network: packed once, read while training.

    python tools/faces/gender_pack.py --captioned runs/micro/stills --stills runs/faces/both runs/faces/anyhair --out runs/gender/packed

`--captioned` are folders of tools/micro/stills.py, `--stills` folders of tools/faces/stills.py, in which people of even
index are women. A pack is `centikelvin.npy` (n, 160, 160) uint16, crops of side `PACK_ROOM` times the longer side of the
face box, and `rows.npz`. People of one index and folder are one person; `fold` (0-24) goes by the index alone.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from surfaces import HAT, LENS, MASK
from torch.nn import functional

PACK_PX, PACK_ROOM, MESH = 160, 1.9, 468
FOLDS, LEAST_PX = 25, 60  # pixels of a worn thing from which on it counts
_STEP = 64


def upright_crops(pictures, middle_px, half_px, roll_deg):
    """(n, h, w) to (n, 160, 160): squares about `middle_px` (n, 2), half as wide as `half_px` (n,) and turned; pixels are averaged."""
    fine = 2 * PACK_PX
    axis = (torch.arange(fine) + 0.5) / fine * 2 - 1
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    frame = turns(roll_deg) * half_px[:, None, None]
    place = torch.einsum("nij,hwj->nhwi", frame, torch.stack([x, y], -1)) + middle_px[:, None, None]
    grid = place * torch.tensor([2 / pictures.shape[2], 2 / pictures.shape[1]]) - 1
    fine_crops = functional.grid_sample(pictures[:, None], grid, padding_mode="border", align_corners=False)
    return functional.avg_pool2d(fine_crops, 2)[:, 0]


def turns(roll_deg):
    angle = torch.deg2rad(roll_deg)
    cos, sin = torch.cos(angle), torch.sin(angle)
    return torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], -2)


def captioned(folder):
    """Shards of tools/micro/stills.py: pictures and rows."""
    for path in sorted(folder.glob("stills_*.jsonl")):
        told = [json.loads(line) for line in path.open()]
        pictures = np.load(path.with_suffix(".npy"), mmap_mode="r")
        box = np.array([one["bbox_xyxy_px"] for one in told], np.float32)
        yield pictures, {
            "points": np.array([one["landmarks_68_px"] for one in told], np.float32),
            "middle": 0.5 * (box[:, :2] + box[:, 2:]),
            "longer": (box[:, 2:] - box[:, :2]).max(axis=1),
            "pose_deg": np.array([[one[f"{axis}_deg"] for axis in ("yaw", "pitch", "roll")] for one in told], np.float32),
            "male": np.array([one["gender"] == "male" for one in told]),
            "index": np.array([one["person"] for one in told]),
            "worn": np.array([[bool(one["glasses"]), bool(one["headwear"]), bool(one["mask_worn"])] for one in told]),
        }  # fmt: skip


def plain(folder):
    """Shards of tools/faces/stills.py: pictures and rows."""
    from thermvision.faces.landmark_sets import sets_of

    for path in sorted(folder.glob("stills_[0-9]*.npz")):
        with np.load(path, allow_pickle=False) as shard:
            pictures, kind, pose = shard["centikelvin"], shard["kind"], shard["pose_deg"]
            points, index = shard["landmarks_px"], shard["person"].astype(int)
        frame = turns(torch.from_numpy(pose[:, 2])).numpy()
        upright = np.einsum("npi,nij->npj", points[:, :MESH], frame)
        low, high = upright.min(axis=1), upright.max(axis=1)
        yield (
            pictures,
            {
                "points": np.stack([sets_of(one)["68"] for one in points]),
                "middle": np.einsum("nij,nj->ni", frame, 0.5 * (low + high)),
                "longer": (high - low).max(axis=1),
                "pose_deg": pose,
                "male": index % 2 == 1,
                "index": index,
                "worn": np.stack([(kind == what).sum(axis=(1, 2)) >= LEAST_PX for what in (LENS, HAT, MASK)], axis=1),
            },
        )


def counted(folder):
    """How many pictures a folder of either kind holds."""
    told = sum(len(path.read_text().splitlines()) for path in folder.glob("stills_*.jsonl"))
    return told + sum(len(np.load(path)["person"]) for path in folder.glob("stills_[0-9]*.npz"))


def packed(pictures, rows):
    """Crops (n, 160, 160) uint16 and landmarks (n, 68, 2) in -1..1 of them."""
    middle, half = torch.from_numpy(rows["middle"]), torch.from_numpy(0.5 * PACK_ROOM * rows["longer"])
    roll = torch.from_numpy(rows["pose_deg"][:, 2].copy())
    crops = []
    for start in range(0, len(pictures), _STEP):
        part = slice(start, start + _STEP)
        kelvin = torch.from_numpy(pictures[part].astype(np.float32))
        crops.append(upright_crops(kelvin, middle[part], half[part], roll[part]).round().numpy().astype(np.uint16))
    points = torch.einsum("npi,nij->npj", torch.from_numpy(rows["points"]) - middle[:, None], turns(roll))
    return np.concatenate(crops), (points / half[:, None, None]).numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captioned", type=Path, nargs="*", default=[])
    parser.add_argument("--stills", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    kept = []
    shards = [(folder, captioned) for folder in args.captioned] + [(folder, plain) for folder in args.stills]
    count = sum(counted(folder) for folder, _ in shards)
    crops = np.lib.format.open_memmap(
        args.out / "centikelvin.npy", "w+", dtype=np.uint16, shape=(count, PACK_PX, PACK_PX)
    )
    done = 0
    for number, (folder, read) in enumerate(shards):
        for pictures, rows in read(folder):
            part, points = packed(pictures, rows)
            crops[done : done + len(part)] = part
            done += len(part)
            kept.append({
                "points": points.astype(np.float32), "pose_deg": rows["pose_deg"], "male": rows["male"], "worn": rows["worn"],
                "person": 100_000 * number + rows["index"], "fold": rows["index"] // 2 % FOLDS,
                "source": np.full(len(part), number),
            })  # fmt: skip
        print(f"{folder}: {done} of {count} crops", flush=True)
    crops.flush()
    np.savez(args.out / "rows.npz", **{name: np.concatenate([one[name] for one in kept]) for name in kept[0]})


if __name__ == "__main__":
    main()
