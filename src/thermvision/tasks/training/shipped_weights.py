"""The shipped networks as a start: their ONNX files hold convolutions into which the batch norms were worked; these are taken out again."""

from __future__ import annotations

from importlib import resources
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from thermvision.flux.needed import need
from thermvision.tasks.training.task import Cut, LearntTask
from thermvision.types import InputError

SHIPPED = "shipped"
_FILES = {"detect": "finder", "landmarks": "landmarks", "gender": "gender"}


def load_shipped(net: nn.Module, task: str) -> None:
    """Put the shipped weights into a network of ours; its norms then pass values on, a bias apart. InputError where none fits."""
    need("onnx", extra="tasks")
    import onnx
    from onnx import numpy_helper

    file = resources.files("thermvision") / "assets" / "faces" / f"{_FILES[task]}.onnx"
    if not file.is_file():
        raise InputError(f"--start {SHIPPED}: no network for {task} is shipped with this version; leave --start out")
    graph = onnx.load_from_string(file.read_bytes()).graph
    stored = {one.name.removesuffix("_half"): numpy_helper.to_array(one) for one in graph.initializer}
    state = net.state_dict()
    norms = _norms(net)
    told: dict[str, Any] = {}
    for name, value in state.items():
        module, _, part = name.rpartition(".")
        if module not in norms:
            told[name] = _array(stored, name, value)
        elif part == "bias":
            told[name] = _array(stored, f"{norms[module][0]}.bias", value)
        else:
            constant = {"weight": 1.0, "running_mean": 0.0, "running_var": 1 - norms[module][1].eps}
            told[name] = torch.full_like(value, constant[part]) if part in constant else value
    net.load_state_dict(told)


def settle_norms(net: nn.Module, task: LearntTask, cut: Cut, device: str) -> None:
    """Give each norm the mean and deviation of what it sees on a batch, and take them back behind it: the network says the same as before.

    Without it the first training step would norm values that the shipped network does not norm.
    """
    seen: dict[str, tuple[Tensor, Tensor]] = {}

    def note(name: str) -> Any:
        def hook(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            seen[name] = (inputs[0].mean(dim=(0, 2, 3)), inputs[0].var(dim=(0, 2, 3), unbiased=False))

        return hook

    modules = dict(net.named_modules())
    hooks = [modules[name].register_forward_pre_hook(note(name)) for name in _norms(net)]
    try:
        with torch.no_grad():
            task.losses(net.eval(), cut, torch.Generator().manual_seed(0), device)
            for name, (_, norm) in _norms(net).items():
                mean, variance = seen[name]
                norm.bias += mean
                norm.weight.copy_((variance + norm.eps).sqrt())
                norm.running_mean.copy_(mean)
                norm.running_var.copy_(variance)
    finally:
        for hook in hooks:
            hook.remove()


def _norms(net: nn.Module) -> dict[str, tuple[str, Any]]:
    """Name of each batch norm -> the name of the convolution before it, and the norm."""
    found = {}
    for name, module in net.named_modules():
        if isinstance(module, nn.Sequential) and len(module) > 1 and isinstance(module[1], nn.BatchNorm2d):
            inside = f"{name}." if name else ""
            found[f"{inside}1"] = (f"{inside}0", module[1])
    return found


def _array(stored: dict[str, np.ndarray], name: str, like: Tensor) -> Tensor:
    if name not in stored or tuple(stored[name].shape) != tuple(like.shape):
        raise InputError(f"--start {SHIPPED}: the shipped network has no {name} of this network; leave --start out")
    return torch.from_numpy(stored[name].astype(np.float32))
