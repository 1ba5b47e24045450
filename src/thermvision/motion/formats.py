"""Motion files: npz without pickles, the same bytes for the same motion."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from thermvision.motion.expressions import EXPRESSIONS
from thermvision.motion.npz_arrays import NpzRefused, read_arrays, write_arrays
from thermvision.types import InputError, Motion

_VERSION = 1
_ARRAYS = (
    "sight_from_head",
    "head_position_mm",
    "arkit",
    "gaze_deg",
    "measured",
    "expression",
    "expression_intensity",
)
_LARGEST = 1e6  # millimetres, degrees or shares
_NOT_A_ROTATION = 0.01  # R^T R may differ from the identity by rounding to float32 and no more


def save_motion(path: Path | str, motion: Motion, *, origin: str = "") -> Path:
    """Write a motion to `path` (.npz), complete or not at all. `origin` is kept beside it (a hash of the video, say)."""
    path = Path(path)
    arrays = {name: np.asarray(getattr(motion, name)) for name in _ARRAYS}
    arrays["expression"] = np.array(motion.expression, dtype="U16")
    arrays["header"] = np.array([str(_VERSION), motion.name, motion.kind, repr(float(motion.rate_hz)), origin])
    write_arrays(path, arrays)
    return path


def load_motion(path: Path | str) -> Motion:
    """Read a motion file of ours; InputError if it is missing, truncated or something else."""
    motion, _ = load_motion_with_origin(path)
    return motion


def load_motion_with_origin(path: Path | str) -> tuple[Motion, str]:
    """A motion and the origin it was saved with."""
    path = Path(path)
    if not path.is_file():
        raise InputError(f"motion file {path} does not exist; make one with `thermvision track VIDEO --out {path}`")
    try:
        stored = read_arrays(path)
        header = [str(word) for word in stored["header"].reshape(-1)]
        arrays = {name: stored[name] for name in _ARRAYS}
        expression = tuple(str(word) for word in arrays["expression"].reshape(-1))
    except (NpzRefused, KeyError, ValueError) as error:
        raise InputError(
            f"{path} is no motion file (.npz) of thermvision or is damaged; make it again with `thermvision track`"
        ) from error
    if len(header) != 5 or header[0] != str(_VERSION):
        raise InputError(
            f"{path} has motion format '{header[0] if header else '?'}'; this version reads {_VERSION}: track the video again"
        )
    _check_arrays(path, arrays)
    if unknown := set(expression) - set(EXPRESSIONS):
        raise InputError(
            f"{path}: expression is '{min(unknown)}' in places; expected {', '.join(EXPRESSIONS)}: track the video again"
        )
    motion = Motion(
        name=header[1],
        kind="tracked" if header[2] == "tracked" else "program",
        rate_hz=_rate_hz(path, header[3]),
        sight_from_head=arrays["sight_from_head"].astype(np.float64),
        head_position_mm=arrays["head_position_mm"].astype(np.float64),
        arkit=np.clip(arrays["arkit"].astype(np.float32), 0, 1),
        gaze_deg=arrays["gaze_deg"].astype(np.float32),
        measured=arrays["measured"].astype(bool),
        expression=expression,
        expression_intensity=arrays["expression_intensity"].astype(np.float32),
    )
    return motion, header[4]


def _check_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    frames = len(arrays["arkit"]) if arrays["arkit"].ndim else 0
    if not frames:
        raise InputError(f"{path} holds a motion of no frames; track the video again")
    shapes = {"sight_from_head": (3, 3), "head_position_mm": (3,), "arkit": (52,), "gaze_deg": (2,)}
    for name, array in arrays.items():
        text, expected = name == "expression", (frames, *shapes.get(name, ()))
        if array.shape != expected or (array.dtype.kind == "U") != text or (not text and not _is_sensible(array)):
            raise InputError(
                f"{path}: {name} has shape {array.shape} or values that are no numbers; expected {expected}"
            )
    turns = np.clip(arrays["sight_from_head"].astype(np.float64), -10, 10)  # so that nothing overflows
    off = np.abs(np.swapaxes(turns, 1, 2) @ turns - np.eye(3)).max()
    if off > _NOT_A_ROTATION or np.linalg.det(turns).min() < 0:
        raise InputError(f"{path}: sight_from_head holds matrices that are no rotations; track the video again")


def _is_sensible(array: np.ndarray) -> bool:
    """No NaN, no infinity, nothing that single precision or a picture could not hold."""
    with np.errstate(invalid="ignore"):
        return bool((np.abs(array.astype(np.float64)) <= _LARGEST).all())


def _rate_hz(path: Path, word: str) -> float:
    try:
        rate_hz = float(word)
    except ValueError:
        rate_hz = math.nan
    if not 0 < rate_hz <= 1000:
        raise InputError(
            f"{path}: rate_hz is '{word[:20]}'; expected a number over 0, at most 1000: track the video again"
        )
    return rate_hz
