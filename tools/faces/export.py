"""Write a trained network as ONNX: weights in half precision, cast once when they are loaded; everything is computed in float32.

python tools/faces/export.py --crop runs/faces/crop.pt --finder runs/faces/finder.pt --gender runs/gender/gender.pt --out src/thermvision/assets/faces

Each network by itself too. `--gender-temperature` (tools/judge_gender.py finds it) divides the logit of "male".
"""

from __future__ import annotations

import argparse
import io
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

from thermvision.tasks.training.networks.crop_net import CROP_PX, CropNet
from thermvision.tasks.training.networks.finder import Finder
from thermvision.tasks.training.networks.gender_net import GenderNet

CROP_OUT, FINDER_OUT, GENDER_OUT = ("landmarks", "log_sd", "seen", "pose", "kind"), ("maps",), ("male",)


def without_norms(net):
    """The network with every batch norm worked into the convolution before it."""
    for module in list(net.modules()):
        if isinstance(module, nn.Sequential) and len(module) > 1 and isinstance(module[1], nn.BatchNorm2d):
            module[0] = torch.nn.utils.fuse_conv_bn_eval(module[0], module[1])
            module[1] = nn.Identity()
    return net


def write_onnx(net, path, *, half):
    """net: a CropNet, Finder or GenderNet in evaluation mode, which is changed; half: store weights as float16."""
    net = without_norms(net.eval().to(memory_format=torch.contiguous_format))
    crop = not isinstance(net, Finder)
    sample = torch.zeros(2, 1, CROP_PX, CROP_PX) if crop else torch.zeros(1, 1, 160, 192)
    names = {CropNet: CROP_OUT, Finder: FINDER_OUT, GenderNet: GENDER_OUT}[type(net)]
    free = {0: "b"} if crop else {0: "b", 2: "h", 3: "w"}
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(net, (sample,), file, input_names=["x"], output_names=list(names), opset_version=17, dynamo=False,
                          dynamic_axes={"x": free, **{name: {0: "b"} if crop else free for name in names}})  # fmt: skip
    model = onnx.load_from_string(file.getvalue())
    model.doc_string = model.graph.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
    if half:
        casts = []
        for weight in model.graph.initializer:
            array = numpy_helper.to_array(weight)
            if array.dtype == np.float32 and array.size > 64:
                name = weight.name
                weight.CopyFrom(numpy_helper.from_array(array.astype(np.float16), name + "_half"))
                casts.append(onnx.helper.make_node("Cast", [name + "_half"], [name], to=onnx.TensorProto.FLOAT))
        nodes = list(model.graph.node)
        del model.graph.node[:]
        model.graph.node.extend(casts + nodes)
    onnx.checker.check_model(model)
    Path(path).write_bytes(model.SerializeToString())


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
    for name, net, path in (
        ("landmarks", CropNet(), args.crop),
        ("finder", Finder(), args.finder),
        ("gender", GenderNet(), args.gender),
    ):
        if path is not None:
            trained = averaged(net, path)
            target = args.out / f"{name}.onnx"
            write_onnx(colder(trained, args.gender_temperature) if name == "gender" else trained, target, half=True)
            print(f"{target}: {target.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
