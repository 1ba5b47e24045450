"""LivePortrait's motion templates (.pkl): what its motion extractor saw in each frame of a driver.

Read without running anything (`restricted_pickle`) and kept, if wanted, as a plain .npz. Templates come in two generations of
keys: `R_d`, `c_d_eyes_lst`, `c_d_lip_lst` and `R`, `c_eyes_lst`, `c_lip_lst`; the ratio lists may be missing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Float32

from thermvision.motion.limits import MAX_FRAMES, RATE_LIMITS_HZ
from thermvision.motion.npz_arrays import NpzRefused, read_arrays, write_arrays
from thermvision.motion.restricted_pickle import read_restricted_pickle
from thermvision.types import InputError

NUM_KEYPOINTS = 21
_VERSION = "liveportrait-template-1"
TEMPLATE_ARRAY = "rotation"  # an .npz that holds it is a template, not a motion
_ARRAYS = (TEMPLATE_ARRAY, "expression", "scale", "translation")
_RATIOS = ("eye_ratio", "lip_ratio")
_LIMITS = {
    "rotation": 1.01,
    "expression": 10.0,
    "scale": 100.0,
    "translation": 100.0,
    "eye_ratio": 100.0,
    "lip_ratio": 100.0,
}
_NOT_A_ROTATION = 0.01


@dataclass(frozen=True, slots=True)
class MotionTemplate:
    """One driver, frame by frame. Axes: x right, y down, z into the picture; a unit is half of the 256 pixel input.

    A keypoint is seen at x = scale * (rotation @ x_canonical + expression) + translation.
    """

    name: str
    rate_hz: float
    rotation: Float[np.ndarray, "f 3 3"]  # camera_from_head: the stored R, which is used on row vectors, transposed
    expression: Float32[np.ndarray, "f 21 3"]  # displacement of the keypoints, after rotation and before scale
    scale: Float32[np.ndarray, " f"]  # about 1.1-1.7
    translation: Float32[np.ndarray, "f 3"]  # its z is never used
    eye_ratio: Float32[np.ndarray, "f 2"] | None  # opening of the eye at image left and image right, 0 to about 0.6
    lip_ratio: Float32[np.ndarray, " f"] | None  # opening of the mouth, 0 to about 0.7

    def __len__(self) -> int:
        return len(self.scale)


def read_template(path: Path | str) -> MotionTemplate:
    """A template of LivePortrait (.pkl), or one that `save_template` wrote (.npz).

    Nothing in the file is run. Raises InputError, one sentence, for a file that is missing, damaged, hostile or no template.
    """
    path = Path(path)
    if path.suffix.lower() == ".npz":
        return _from_npz(path)
    return template_from_data(read_restricted_pickle(path), str(path), path.stem)


def template_from_data(data: Any, source: str, name: str) -> MotionTemplate:
    """A template from what its pickle holds: a dict with n_frames, output_fps and motion, a list of dicts of arrays."""
    frames = data.get("motion") if isinstance(data, dict) else None
    if not isinstance(frames, list) or not 1 <= len(frames) <= MAX_FRAMES:
        raise _no_template(source, "motion", f"a list of 1 to {MAX_FRAMES} frames")
    if not all(isinstance(frame, dict) for frame in frames):
        raise _no_template(source, "motion", "a dict for each frame")
    rotation_key = "R_d" if "R_d" in frames[0] else "R"
    stored = _stacked(frames, rotation_key, (3, 3), source)
    return _checked(
        source,
        name=name,
        rate_hz=data.get("output_fps"),
        rotation=np.swapaxes(stored, 1, 2),
        expression=_stacked(frames, "exp", (NUM_KEYPOINTS, 3), source),
        scale=_stacked(frames, "scale", (), source),
        translation=_stacked(frames, "t", (3,), source),
        eye_ratio=_ratios(data, ("c_eyes_lst", "c_d_eyes_lst"), (2,), len(frames), source),
        lip_ratio=_ratios(data, ("c_lip_lst", "c_d_lip_lst"), (), len(frames), source),
    )


def save_template(path: Path | str, template: MotionTemplate) -> Path:
    """Write a template as a plain .npz, whole or not at all; there is no way to write a pickle."""
    path = Path(path)
    arrays = {name: getattr(template, name) for name in (*_ARRAYS, *_RATIOS) if getattr(template, name) is not None}
    arrays["header"] = np.array([_VERSION, template.name, repr(float(template.rate_hz))])
    write_arrays(path, arrays)
    return path


def _from_npz(path: Path) -> MotionTemplate:
    if not path.is_file():
        raise InputError(f"motion template {path} does not exist or is no file; give the path of a template")
    try:
        arrays = read_arrays(path)
        version, name, rate = (str(word) for word in arrays["header"].reshape(-1))
        if version != _VERSION:
            raise NpzRefused("it is no template of this version")
        rate_hz = float(rate)
        kept = {key: arrays[key] for key in _ARRAYS} | {key: arrays.get(key) for key in _RATIOS}
    except (NpzRefused, KeyError, ValueError) as error:
        raise InputError(f"{path} is no motion template of thermvision or is damaged; save it again") from error
    return _checked(str(path), name=name, rate_hz=rate_hz, **kept)


def _no_template(source: str, field: str, expected: str) -> InputError:
    return InputError(
        f"{source} is no LivePortrait template: {field} is not {expected}; make it with LivePortrait again"
    )


def _array(value: Any, shape: tuple[int, ...], field: str, source: str) -> np.ndarray:
    """One frame's array, which may carry a leading 1."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size == math.prod(shape):
        with np.errstate(invalid="ignore"):  # numbers that are none are found later, by their size
            return value.reshape(shape).astype(np.float64)
    raise _no_template(source, field, f"an array of {math.prod(shape)} numbers in every frame")


def _stacked(frames: list[dict[Any, Any]], key: str, shape: tuple[int, ...], source: str) -> np.ndarray:
    return np.stack([_array(frame.get(key), shape, key, source) for frame in frames])


def _ratios(
    data: dict[Any, Any], keys: tuple[str, str], shape: tuple[int, ...], count: int, source: str
) -> np.ndarray | None:
    key = next((key for key in keys if key in data), None)
    if key is None:
        return None
    values = data[key]
    if not isinstance(values, list) or len(values) != count:
        raise _no_template(source, key, f"a list of {count} frames")
    return np.stack([_array(value, shape, key, source) for value in values])


def _within(values: np.ndarray, limit: float) -> bool:
    with np.errstate(invalid="ignore"):  # as above
        return bool((np.abs(values) <= limit).all())


def _checked(source: str, *, name: str, rate_hz: Any, **arrays: np.ndarray | None) -> MotionTemplate:
    """The template, if shapes and values make sense."""
    low, high = RATE_LIMITS_HZ
    if not isinstance(rate_hz, int | float) or not low <= rate_hz <= high:
        raise _no_template(source, "output_fps", f"a number from {low:g} to {high:g}")
    scale = arrays["scale"]
    count = len(scale) if scale is not None and scale.ndim else 0
    shapes = {"rotation": (3, 3), "expression": (NUM_KEYPOINTS, 3), "translation": (3,), "eye_ratio": (2,)}
    for field, values in arrays.items():
        if values is None:
            continue
        shape = (count, *shapes.get(field, ()))
        if not count or values.shape != shape or values.dtype.kind != "f" or not _within(values, _LIMITS[field]):
            raise _no_template(source, field, f"an array of shape {shape} with values within {_LIMITS[field]:g}")
    rotation = np.asarray(arrays["rotation"], np.float64)
    off = np.abs(np.swapaxes(rotation, 1, 2) @ rotation - np.eye(3)).max()
    if off > _NOT_A_ROTATION or np.linalg.det(rotation).min() < 0:
        raise _no_template(source, "R", "a rotation in every frame")
    if not (np.asarray(scale) > 0).all():
        raise _no_template(source, "scale", "over 0 in every frame")
    others: dict[str, Any] = {
        field: None if values is None else values.astype(np.float32)
        for field, values in arrays.items()
        if field != "rotation"
    }
    return MotionTemplate(name=name, rate_hz=float(rate_hz), rotation=rotation, **others)
