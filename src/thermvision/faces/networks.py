"""The networks that look at pictures, run by ONNX Runtime: the shipped ones, or files that a caller names in their place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module, resources
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np
from jaxtyping import Float32

from thermvision.types import InputError

EXTRA = "animate"  # which brings ONNX Runtime
FINDER_LONG_SIDE_PX = 320
Role = Literal["finder", "landmarks", "gender"]


@dataclass(frozen=True, slots=True)
class Networks:
    """An ONNX file for each part, None for the shipped one; inputs and outputs are those of the shipped ones."""

    finder: Path | None = None
    landmarks: Path | None = None
    gender: Path | None = None
    finder_long_side_px: int = FINDER_LONG_SIDE_PX  # to which the finder's pictures are brought
    threads: int = (
        0  # that share a network's work; 0: one a core, which is quickest for one picture and wasteful for many
    )


SHIPPED = Networks()
_LOADING = Lock()  # else pictures that are looked at side by side would each load the networks


def find_maps(pictures: Float32[np.ndarray, "b 1 h w"], networks: Networks = SHIPPED) -> Float32[np.ndarray, "b 5 _ _"]:
    """The finder on stretched pictures, sides multiples of 32: logit, way to the middle / 8 px, log of size / 16 px, a cell for 4x4 px."""
    return np.asarray(session("finder", networks).run(None, {"x": pictures})[0])


def read_crops(
    crops: Float32[np.ndarray, "b 1 128 128"], networks: Networks = SHIPPED
) -> tuple[Float32[np.ndarray, "b ..."], ...]:
    """The landmark network on stretched crops.

    Landmarks (b, 478, 2) in -1..1 of the crop, log of their standard deviation in the same units (b, 478), visibility logits
    (b, 478), yaw / 90, pitch / 90, sine and cosine of the roll against the crop (b, 4); logits of a face, of inverted polarity,
    of visible light (b, 3).
    """
    return tuple(np.asarray(one) for one in session("landmarks", networks).run(None, {"x": crops}))


def male_logits(crops: Float32[np.ndarray, "b 1 128 128"], networks: Networks = SHIPPED) -> Float32[np.ndarray, " b"]:
    """The gender network on stretched crops: logit of "male", calibrated so that its sigmoid is a probability."""
    return np.asarray(session("gender", networks).run(None, {"x": crops})[0]).reshape(-1)


def onnx_runtime(extra: str = EXTRA) -> Any:
    """The module; InputError where it is missing, with the extra of this package that brings it."""
    try:
        return import_module("onnxruntime")
    except ModuleNotFoundError as error:
        raise InputError(
            f'the Python package {error.name or "onnxruntime"} is not installed; pip install "thermvision[{extra}]" brings it'
        ) from error


def session(role: Role, networks: Networks = SHIPPED) -> Any:
    """The running network of a part, loaded once; InputError if a named file is no ONNX network."""
    file: Path | None = getattr(networks, role)
    if file is None:
        with _LOADING:
            return _session(role, networks.threads)
    try:
        about = file.stat()
    except OSError as error:
        raise InputError(f"network {file} cannot be read; expected an ONNX file: check the path") from error
    with _LOADING:
        return _of_file(file.absolute(), about.st_mtime_ns, about.st_size, networks.threads)


@lru_cache(maxsize=6)
def _session(role: str, threads: int) -> Any:
    onnx_runtime()
    return _loaded((resources.files("thermvision") / "assets" / "faces" / f"{role}.onnx").read_bytes(), threads)


@lru_cache(maxsize=4)
def _of_file(file: Path, changed_ns: int, size: int, threads: int) -> Any:  # a file that was written anew is another
    onnx_runtime()
    try:
        return _loaded(file.read_bytes(), threads)
    except Exception as error:  # ONNX Runtime raises its own kinds, which have no common class
        what = " ".join(str(error).split())[:120]
        raise InputError(f"network {file} cannot be loaded ({what}); expected an ONNX file as `thermvision train` writes it") from error  # fmt: skip


def _loaded(weights: bytes, threads: int) -> Any:
    runtime = onnx_runtime()
    options = runtime.SessionOptions()
    options.log_severity_level = 3  # errors; warnings tell a user nothing
    options.intra_op_num_threads = threads
    # Else the threads of one network go on waiting busily while the next network wants their cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return runtime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
