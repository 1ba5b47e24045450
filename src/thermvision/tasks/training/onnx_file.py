"""A trained network as an ONNX file, checked against the network itself."""

from __future__ import annotations

import copy
import io
import os
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from thermvision.disk import plain_disk_errors
from thermvision.flux.needed import need
from thermvision.types import InputError

MOST_DIFFERENCE = 1e-4
_OPSET = 17


def without_norms(net: nn.Module) -> nn.Module:
    """The network with every batch norm that follows a convolution in a Sequential worked into it; changes and returns it."""
    for module in list(net.modules()):
        if isinstance(module, nn.Sequential) and len(module) > 1 and isinstance(module[1], nn.BatchNorm2d):
            module[0] = torch.nn.utils.fuse_conv_bn_eval(module[0], module[1])
            module[1] = nn.Identity()
    return net


def onnx_bytes(
    net: nn.Module, example: Tensor, outputs: tuple[str, ...], free_axes: dict[int, str], *, half: bool = False
) -> bytes:
    """The network as ONNX; half: weights as float16, cast once when they are loaded, everything computed in float32.

    free_axes: axes of inputs and outputs that are not fixed, by name.
    """
    need("onnx", extra="tasks")
    import onnx

    plain = without_norms(copy.deepcopy(net).cpu().eval().to(memory_format=torch.contiguous_format))
    file = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            plain, (example,), file, input_names=["x"], output_names=list(outputs), opset_version=_OPSET, dynamo=False,
            dynamic_axes={name: free_axes for name in ("x", *outputs)},
        )  # fmt: skip
    model = onnx.load_from_string(file.getvalue())
    model.doc_string = model.graph.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
    if half:
        _half(model)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _half(model: object) -> None:
    import onnx
    from onnx import numpy_helper

    casts, graph = [], model.graph  # type: ignore[attr-defined]
    for weight in graph.initializer:
        array = numpy_helper.to_array(weight)
        if array.dtype == np.float32 and array.size > 64:
            name = weight.name
            weight.CopyFrom(numpy_helper.from_array(array.astype(np.float16), name + "_half"))
            casts.append(onnx.helper.make_node("Cast", [name + "_half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend(casts + nodes)


def write_onnx(
    net: nn.Module, path: Path, example: Tensor, outputs: tuple[str, ...], free_axes: dict[int, str]
) -> float:
    """Write the file whole or not at all and return how much its outputs differ from the network's.

    InputError if that is more than MOST_DIFFERENCE of the largest output: the file is not written then.
    """
    content = onnx_bytes(net, example, outputs, free_axes)
    off = difference(net, content, example)
    if not off <= MOST_DIFFERENCE:
        raise InputError(
            f"the ONNX network differs from the trained one by {off:.2g}, more than {MOST_DIFFERENCE:g}; the checkpoint stays: use other versions of torch and onnx"
        )
    temporary = path.with_name(f".{path.name}.tmp")
    with plain_disk_errors(path.parent, "the checkpoint stays"):
        try:
            temporary.write_bytes(content)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    return off


def difference(net: nn.Module, content: bytes, example: Tensor) -> float:
    """Largest difference between network and file on a random input, over the largest output or 1."""
    need("onnxruntime", extra="tasks")
    import onnxruntime

    x = torch.empty(example.shape).uniform_(-1, 1, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        told = copy.deepcopy(net).cpu().eval()(x)
    expected = [one.numpy() for one in ((told,) if isinstance(told, Tensor) else told)]
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    running = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    found = running.run(None, {"x": x.numpy()})
    return max(
        float(np.abs(a - b).max() / max(1.0, float(np.abs(a).max()))) for a, b in zip(expected, found, strict=True)
    )
