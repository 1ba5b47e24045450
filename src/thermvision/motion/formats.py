"""Motion files: npz without pickles, the same bytes for the same motion."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import numpy as np

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
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


def save_motion(path: Path | str, motion: Motion, *, origin: str = "") -> Path:
    """Write a motion to `path` (.npz), complete or not at all. `origin` is kept beside it (a hash of the video, say)."""
    path = Path(path)
    arrays = {name: np.asarray(getattr(motion, name)) for name in _ARRAYS}
    arrays["expression"] = np.array(motion.expression, dtype="U16")
    arrays["header"] = np.array([str(_VERSION), motion.name, motion.kind, repr(float(motion.rate_hz)), origin])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _FIXED_TIME), member.getvalue(), zipfile.ZIP_DEFLATED)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(buffer.getvalue())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
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
        with np.load(path, allow_pickle=False) as stored:
            header = [str(word) for word in stored["header"]]
            arrays = {name: stored[name] for name in _ARRAYS}
    except (zipfile.BadZipFile, ValueError, KeyError, OSError, EOFError) as error:
        raise InputError(
            f"{path} is no motion file (.npz) of thermvision or is damaged; make it again with `thermvision track`"
        ) from error
    if len(header) != 5 or header[0] != str(_VERSION):
        raise InputError(
            f"{path} has motion format '{header[0] if header else '?'}'; this version reads {_VERSION}: track the video again"
        )
    frames = len(arrays["arkit"])
    shapes = {"sight_from_head": (3, 3), "head_position_mm": (3,), "arkit": (52,), "gaze_deg": (2,)}
    for name, array in arrays.items():
        if array.shape != (frames, *shapes.get(name, ())) or (array.dtype.kind == "f" and not np.isfinite(array).all()):
            raise InputError(
                f"{path}: {name} has shape {array.shape} or values that are no numbers; expected {(frames, *shapes.get(name, ()))}"
            )
    kind = "tracked" if header[2] == "tracked" else "program"
    motion = Motion(
        name=header[1],
        kind=kind,  # type: ignore[arg-type]
        rate_hz=float(header[3]),
        sight_from_head=arrays["sight_from_head"].astype(np.float64),
        head_position_mm=arrays["head_position_mm"].astype(np.float64),
        arkit=np.clip(arrays["arkit"].astype(np.float32), 0, 1),
        gaze_deg=arrays["gaze_deg"].astype(np.float32),
        measured=arrays["measured"].astype(bool),
        expression=tuple(str(word) for word in arrays["expression"]),
        expression_intensity=arrays["expression_intensity"].astype(np.float32),
    )
    return motion, header[4]
