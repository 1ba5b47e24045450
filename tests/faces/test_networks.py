"""What is exported is what was trained; what is shipped is small; what is missing is said."""

import sys
from importlib import resources

import numpy as np
import pytest

from thermvision.faces import networks
from thermvision.types import InputError


@pytest.mark.parametrize("name", ["CropNet", "Finder", "GenderNet"])
def test_onnx_computes_what_torch_computes(name):
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    import onnxruntime

    from thermvision.tasks.training.networks.crop_net import CROP_OUT, CropNet
    from thermvision.tasks.training.networks.finder import FINDER_OUT, Finder
    from thermvision.tasks.training.networks.gender_net import GenderNet
    from thermvision.tasks.training.onnx_file import onnx_bytes

    kind, outputs = {
        "CropNet": (CropNet, CROP_OUT), "Finder": (Finder, FINDER_OUT), "GenderNet": (GenderNet, ("male",)),
    }[name]  # fmt: skip
    torch.manual_seed(3)
    net = kind()
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            (
                module.running_mean.normal_(0, 0.1),
                module.running_var.uniform_(0.5, 2),
                module.weight.data.uniform_(0.5, 1.5),
            )
    x = torch.randn(3, 1, 128, 128)
    with torch.no_grad():
        wanted = net.eval()(x)
    for half, tolerance in ((False, 1e-4), (True, 5e-3)):
        weights = onnx_bytes(net, x[:2], outputs, {0: "b"}, half=half)
        session = onnxruntime.InferenceSession(weights, providers=["CPUExecutionProvider"])
        for one, other in zip(
            session.run(None, {"x": x.numpy()}), wanted if name == "CropNet" else (wanted,), strict=True
        ):
            np.testing.assert_allclose(one, other.numpy(), atol=tolerance)


def test_the_shipped_weights_are_small_and_have_their_licence():
    folder = resources.files("thermvision") / "assets" / "faces"
    sizes = [len((folder / f"{name}.onnx").read_bytes()) for name in ("finder", "landmarks", "gender")]
    assert sum(sizes) <= 9e6 and sizes[2] <= 2e6
    assert "Apache-2.0" in (folder / "LICENSE.txt").read_text()


def test_without_onnx_runtime_one_sentence_says_what_to_install(monkeypatch):
    networks._session.cache_clear()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(InputError, match=r"thermvision\[animate\]"):
        networks.read_crops(np.zeros((1, 1, 128, 128), np.float32))
    networks._session.cache_clear()


def test_shapes_of_what_the_networks_say():
    landmarks, log_sd, seen, pose, kind = networks.read_crops(np.zeros((2, 1, 128, 128), np.float32))
    assert (landmarks.shape, log_sd.shape, seen.shape, pose.shape, kind.shape) == (
        (2, 478, 2),
        (2, 478),
        (2, 478),
        (2, 4),
        (2, 3),
    )
    assert networks.find_maps(np.zeros((1, 1, 96, 192), np.float32)).shape == (1, 5, 24, 48)
