"""What is to be moved: pictures, folders of pictures, and frames of clips, each under a name of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from thermvision.animate.settings import AnimateConfig
from thermvision.dataset.read import num_rows, read_rows, temperature_k
from thermvision.dataset.write import FRAMES, finished
from thermvision.driving import free_name
from thermvision.flux.span import Span
from thermvision.motion.arkit import ARKIT_NAMES
from thermvision.motion.npz_arrays import NpzRefused, read_arrays
from thermvision.portraits.given_picture import GivenPicture, read_given_picture
from thermvision.portraits.paint_files import LINES
from thermvision.thermal.picture_values import PICTURE_ENDINGS
from thermvision.types import InputError
from thermvision.weights import sha256_of

_LIVELY = [i for i, name in enumerate(ARKIT_NAMES) if name.startswith(("mouth", "jaw", "brow", "eyeBlink"))]
_DEG_PER_UNIT = 40.0  # a coefficient of 1 counts as a turn of so many degrees


@dataclass(frozen=True, slots=True)
class PortraitFile:
    """One portrait to move; small enough to send to another process."""

    name: str  # part of its clips' names
    path: Path  # a picture, or a clip folder
    sha256: str  # of what decides its bytes: the picture and the landmarks given with it
    landmarks: Path | None
    is_clip: bool


@dataclass(frozen=True, slots=True)
class Portrayed:
    """A portrait's temperatures and, where they are known, its landmarks."""

    picture: GivenPicture
    landmarks_px: Float[np.ndarray, "n 2"] | None
    weights: Float[np.ndarray, " n"] | None


def portrait_files(config: AnimateConfig) -> list[PortraitFile]:
    """The portraits of a run, folders opened, in the order given; InputError for paths that hold none and for twins."""
    paths = [found for path in config.portraits for found in _opened(path)]
    if config.landmarks and len(config.landmarks) != len(paths):
        raise InputError(
            f"--landmarks names {len(config.landmarks)} files and there are {len(paths)} portraits; give one for each, in their order"
        )
    files: list[PortraitFile] = []
    taken: set[str] = set()
    for place, path in enumerate(paths):
        landmarks = config.landmarks[place] if config.landmarks else None
        sha256 = _content(path, landmarks)
        if twin := next((file.path for file in files if file.sha256 == sha256), None):
            raise InputError(f"portrait {path} holds the same as {twin}; name each portrait once")
        name = free_name(_stem(path), taken)
        taken.add(name)
        files.append(PortraitFile(name, path, sha256, landmarks, path.is_dir()))
    return files


def read_portrait(file: PortraitFile, config: AnimateConfig) -> Portrayed:
    """The temperatures of a portrait; landmarks if the user gave them or a clip's labels tell; InputError if it is none."""
    span = None if config.span is None else Span(*config.span)
    if file.is_clip:
        shown = _of_clip(file.path, config.frame)
    else:
        shown = Portrayed(read_given_picture(file.path, span, config.polarity), None, None)
    if file.landmarks is None:
        return shown
    return Portrayed(shown.picture, *read_landmarks(file.landmarks))


def read_landmarks(path: Path) -> tuple[Float[np.ndarray, "n 2"], Float[np.ndarray, " n"]]:
    """Landmarks (68 or 478, 2) in pixels, centres at +0.5, and weights 0 to 1 (1 where none are given) of an .npz file.

    Arrays `landmarks_px` and, if wanted, `weights`. InputError for another file; `fit_report.check_given` looks at the numbers.
    """
    if not path.is_file():
        raise InputError(f"--landmarks {path} does not exist; give an .npz file with the array landmarks_px")
    try:
        arrays = read_arrays(path)
        points = arrays["landmarks_px"].astype(np.float64)
        weights = arrays["weights"].astype(np.float64) if "weights" in arrays else np.ones(len(points))
    except (NpzRefused, KeyError, ValueError, TypeError) as error:
        raise InputError(
            f"--landmarks {path} holds no landmarks; give an .npz file with the array landmarks_px of 68 or 478 points (x, y)"
        ) from error
    if points.ndim != 2 or weights.ndim != 1:
        raise InputError(f"--landmarks {path}: landmarks_px has the shape {points.shape}; expected (68, 2) or (478, 2)")
    return points, weights


def _opened(path: Path) -> Sequence[Path]:
    """A picture or a clip folder itself; the portraits, clips or pictures of any other folder."""
    if not path.exists():
        raise InputError(f"portrait {path} does not exist; give a picture, a folder of pictures or a clip folder")
    if path.is_file() or finished(path) is not None:
        return [path]
    if (path / "clips").is_dir():
        found = [clip for clip in sorted((path / "clips").glob("[!.]*")) if finished(clip) is not None]
    elif (path / LINES).is_file():
        found = _painted(path)
    else:
        found = sorted(file for file in path.iterdir() if file.suffix.lower() in PICTURE_ENDINGS)
    if not found:
        raise InputError(f"folder {path} holds no picture and no finished clip; give a picture or a folder of pictures")
    return found


def _painted(folder: Path) -> list[Path]:
    """Temperature images of a folder of `thermvision portraits`, or its 8-bit pictures where there are none."""
    found = []
    for line in (folder / LINES).read_text(errors="replace").splitlines():
        try:
            row = json.loads(line)
            found.append(folder / str(row["temperature_file"] or row["file"]))
        except (ValueError, KeyError, TypeError):
            continue  # a torn last line
    return [path for path in found if path.is_file()]


def _stem(path: Path) -> str:
    return path.name if path.is_dir() else path.stem.removesuffix("_temperature")


def _content(path: Path, landmarks: Path | None) -> str:
    """A hash of what is read of a portrait."""
    try:
        parts = [sha256_of(path / FRAMES if path.is_dir() else path)]
        if landmarks is not None and landmarks.is_file():
            parts.append(sha256_of(landmarks))
    except PermissionError as error:
        raise InputError(f"portrait {path} may not be read; check its permissions") from error
    return parts[0] if len(parts) == 1 else hashlib.sha256("".join(parts).encode()).hexdigest()


def _of_clip(clip: Path, frame: int | None) -> Portrayed:
    """A frame of a clip with its labels; the landmarks are known."""
    count = num_rows(clip)
    if frame is not None and frame >= count:
        raise InputError(f"--frame is {frame}; clip {clip.name} has {count} frames, 0 to {count - 1}")
    place = _calmest(clip) if frame is None else frame
    columns = ["image", "gender", "temperature_source", "landmarks_478_px", "landmarks_478_visible"]
    (row,) = read_rows(clip, columns, only={place})
    kelvin = temperature_k(row)
    height, width = (side - side % 4 for side in kelvin.shape)
    picture = GivenPicture(
        f"{clip.name} frame {place}", np.ascontiguousarray(kelvin[:height, :width]), row["temperature_source"], True, None, False,
        row["gender"], "",
    )  # fmt: skip
    if row["landmarks_478_px"] is None:  # an imported set: the face is looked for as in any picture
        return Portrayed(picture, None, None)
    points, seen = np.array(row["landmarks_478_px"], np.float64), np.array(row["landmarks_478_visible"], np.float64)
    return Portrayed(picture, points, seen)


def _calmest(clip: Path) -> int:
    """The frame that looks most into the camera with the calmest face; the first one of a set without pose."""
    unrest = [
        0.0 if row["yaw_deg"] is None or row["arkit"] is None else
        abs(row["yaw_deg"]) + abs(row["pitch_deg"]) + abs(row["roll_deg"]) + _DEG_PER_UNIT * sum(row["arkit"][i] for i in _LIVELY)
        for row in read_rows(clip, ["yaw_deg", "pitch_deg", "roll_deg", "arkit"])
    ]  # fmt: skip
    return int(np.argmin(unrest))
