"""Write a trained network as ONNX: weights in half precision, cast once when they are loaded; everything is computed in float32.

python tools/faces/export.py --crop runs/faces/crop.pt --finder runs/faces/finder.pt --out src/thermvision/assets/faces
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from thermvision.tasks.training.networks.crop_net import CROP_OUT, CROP_PX, CropNet
from thermvision.tasks.training.networks.finder import FINDER_OUT, Finder
from thermvision.tasks.training.onnx_file import onnx_bytes


def averaged(net, path):
    net.load_state_dict(torch.load(path, weights_only=True)["mean"])
    return net


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crop", type=Path, required=True)
    parser.add_argument("--finder", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    crop = (torch.zeros(2, 1, CROP_PX, CROP_PX), CROP_OUT, {0: "b"})
    picture = (torch.zeros(1, 1, 160, 192), FINDER_OUT, {0: "b", 2: "h", 3: "w"})
    for name, net, path, traced in (
        ("landmarks", CropNet(), args.crop, crop),
        ("finder", Finder(), args.finder, picture),
    ):
        target = args.out / f"{name}.onnx"
        target.write_bytes(onnx_bytes(averaged(net, path), *traced, half=True))
        print(f"{target}: {target.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
