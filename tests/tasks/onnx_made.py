"""Small ONNX networks whose answers are known, with the inputs and outputs of the shipped ones."""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def gender_by_contrast(path: Path, sign: float = 1.0) -> Path:
    """Logit of male: `sign` times how much brighter the crop's upper half is than its lower one, times 10."""
    weight = np.zeros((1, 1, 128, 128), np.float32)
    weight[..., :64, :], weight[..., 64:, :] = 10 * sign / (64 * 128), -10 * sign / (64 * 128)
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], kernel_shape=[128, 128]),
        helper.make_node("Reshape", ["c", "shape"], ["male"]),
    ]
    return _written(path, nodes, {"w": weight, "shape": np.array([-1], np.int64)}, ["male"], [None, 1, 128, 128])


def finder_everywhere(path: Path, logit: float = 2.0) -> Path:
    """A face of 32 network pixels at every cell of 4."""
    weight = np.zeros((5, 1, 4, 4), np.float32)
    bias = np.array([logit, 0, 0, np.log(2.0), np.log(2.0)], np.float32)
    nodes = [helper.make_node("Conv", ["x", "w", "b"], ["maps"], kernel_shape=[4, 4], strides=[4, 4])]
    return _written(path, nodes, {"w": weight, "b": bias}, ["maps"], [None, 1, None, None])


def write_info(folder: Path, task: str, kind: str, train=(), **more) -> Path:
    """model.json beside model.onnx."""
    told = {"task": task, "kind": kind, "input_px": [128, 128], "classes": ["face"], "room": 1.7, "people": {"train": list(train), "validation": []}}  # fmt: skip
    (folder / "model.json").write_text(json.dumps(told | more))
    return folder


def _written(path: Path, nodes: list, weights: dict[str, np.ndarray], outputs: list[str], shape: list) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    graph = helper.make_graph(
        nodes, "made",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["b", *(str(k) if n is None else n for k, n in enumerate(shape[1:]))])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )  # fmt: skip
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path
