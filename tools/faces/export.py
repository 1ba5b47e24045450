"""Write a trained network as ONNX: weights in half precision, cast once when they are loaded; everything is computed in float32.

python tools/faces/export.py --crop runs/faces/crop.pt --finder runs/faces/finder.pt --gender runs/gender/gender.pt --out src/thermvision/assets/faces

Each network by itself too. `--gender-temperature` (tools/judge_gender.py finds it) divides the logit of "male".
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from thermvision.tasks.training.networks.crop_net import CROP_OUT, CROP_PX, CropNet
from thermvision.tasks.training.networks.finder import FINDER_OUT, Finder
from thermvision.tasks.training.networks.gender_net import GenderNet
from thermvision.tasks.training.onnx_file import onnx_bytes


def averaged(net, path):
    net.load_state_dict(torch.load(path, weights_only=True)["mean"])
    return net


def colder(net, temperature):
    """The gender network with its logit divided by a temperature."""
    with torch.no_grad():
        net.head[-1].weight.div_(temperature)
        net.head[-1].bias.div_(temperature)
    return net


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crop", type=Path)
    parser.add_argument("--finder", type=Path)
    parser.add_argument("--gender", type=Path)
    parser.add_argument("--gender-temperature", type=float, default=1.0)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    crop, picture = torch.zeros(2, 1, CROP_PX, CROP_PX), torch.zeros(1, 1, 160, 192)
    for name, net, path, traced in (
        ("landmarks", CropNet(), args.crop, (crop, CROP_OUT, {0: "b"})),
        ("finder", Finder(), args.finder, (picture, FINDER_OUT, {0: "b", 2: "h", 3: "w"})),
        ("gender", GenderNet(), args.gender, (crop, ("male",), {0: "b"})),
    ):
        if path is not None:
            ready, target = averaged(net, path), args.out / f"{name}.onnx"
            if name == "gender":
                ready = colder(ready, args.gender_temperature)
            target.write_bytes(onnx_bytes(ready, *traced, half=True))
            print(f"{target}: {target.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
