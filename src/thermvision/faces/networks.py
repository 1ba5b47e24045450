"""The two shipped networks, run by ONNX Runtime."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module, resources
from typing import Any

import numpy as np
from jaxtyping import Float32

from thermvision.types import InputError

EXTRA = "animate"  # which brings ONNX Runtime


def find_maps(pictures: Float32[np.ndarray, "b 1 h w"]) -> Float32[np.ndarray, "b 5 _ _"]:
    """The finder on stretched pictures, sides multiples of 32: logit, way to the middle / 8 px, log of size / 16 px, a cell for 4x4 px."""
    return np.asarray(_session("finder").run(None, {"x": pictures})[0])


def read_crops(crops: Float32[np.ndarray, "b 1 128 128"]) -> tuple[Float32[np.ndarray, "b ..."], ...]:
    """The landmark network on stretched crops.

    Landmarks (b, 478, 2) in -1..1 of the crop, log of their standard deviation in the same units (b, 478), visibility logits
    (b, 478), yaw / 90, pitch / 90, sine and cosine of the roll against the crop (b, 4); logits of a face, of inverted polarity,
    of visible light (b, 3).
    """
    return tuple(np.asarray(one) for one in _session("landmarks").run(None, {"x": crops}))


def onnx_runtime(extra: str = EXTRA) -> Any:
    """The module; InputError where it is missing, with the extra of this package that brings it."""
    try:
        return import_module("onnxruntime")
    except ModuleNotFoundError as error:
        raise InputError(
            f'the Python package {error.name or "onnxruntime"} is not installed; pip install "thermvision[{extra}]" brings it'
        ) from error


@lru_cache(maxsize=2)
def _session(name: str) -> Any:
    runtime = onnx_runtime()
    weights = (resources.files("thermvision") / "assets" / "faces" / f"{name}.onnx").read_bytes()
    options = runtime.SessionOptions()
    options.log_severity_level = 3  # errors; warnings tell a user nothing
    return runtime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
