"""Motion of a real face in a visible-light video, with MediaPipe Face Landmarker."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from thermvision.motion.arkit import ARKIT_INDEX, ARKIT_NAMES
from thermvision.motion.expressions import recognise
from thermvision.motion.gaps import bridge_rotations, bridge_values, check_gaps
from thermvision.motion.gaze import gaze_from_coefficients
from thermvision.motion.head_turn import NUM_POINTS, head_turns
from thermvision.motion.smooth import smooth_coefficients, smooth_positions, smooth_rotations
from thermvision.motion.video import frame_rate_hz, read_frames
from thermvision.types import InputError, Motion

TRACKER_VERSION = (
    "face-landmarker-4"  # part of a cached motion's origin: raise it when this file changes what comes out
)
_MEDIAPIPE_TO_OURS = np.diag([1.0, -1.0, -1.0])  # MediaPipe: y up, z towards the viewer
_TWO_FACES_SHARE = 0.05


def track_video(
    path: Path,
    model_path: Path,
    *,
    on_frame: Callable[[int], None] | None = None,
    on_face: Callable[[np.ndarray, np.ndarray | None], None] | None = None,
) -> Motion:
    """Head rotation and position, 52 coefficients and gaze of the one face in a video, smoothed, gaps bridged and marked.

    model_path: the Face Landmarker bundle. on_face hears every frame's picture (h, w, 3) and the points (468, 3) of its face
    in pixels, None where there is none. Raises InputError for a file that is no video, no face, two faces in more than
    5 % of the frames, or a face lost for longer than 2 s.
    """
    path = Path(path)
    rate = frame_rate_hz(path)
    points, positions, coefficients, measured, crowded = [], [], [], [], 0
    previous: _Face | None = None
    with _landmarker(model_path) as detect:
        for index, picture in enumerate(read_frames(path)):
            faces = detect(picture, round(index * 1000 / rate))
            crowded += len(faces) > 1
            face = _same_face(faces, previous)
            measured.append(face is not None)
            previous = face or previous
            if on_face is not None:
                on_face(picture, None if face is None else face.points_px)
            shown = previous or _NO_FACE
            points.append(shown.points_px)
            positions.append(shown.position_mm)
            coefficients.append(shown.arkit)
            if on_frame is not None:
                on_frame(index + 1)
    seen = np.array(measured)
    check_gaps(seen, rate, str(path))
    if crowded > _TWO_FACES_SHARE * len(seen):
        raise InputError(
            f"{path} shows two faces or more in {crowded} of {len(seen)} frames; crop the video to one person"
        )
    scores = np.array(coefficients)
    turns = np.tile(np.eye(3), (len(seen), 1, 1))
    turns[seen] = head_turns(np.array(points)[seen], scores[seen])
    arkit = smooth_coefficients(np.clip(bridge_values(scores, seen), 0, 1).astype(np.float32))
    names, intensity = recognise(arkit)
    return Motion(
        name=path.stem,
        kind="tracked",
        rate_hz=rate,
        sight_from_head=smooth_rotations(bridge_rotations(turns, seen), rate),
        head_position_mm=smooth_positions(bridge_values(np.array(positions), seen), rate),
        arkit=arkit,
        gaze_deg=gaze_from_coefficients(arkit),
        measured=seen,
        expression=names,
        expression_intensity=intensity,
    )


@dataclass(frozen=True, slots=True)
class _Face:
    """One face in one picture."""

    points_px: np.ndarray  # (468, 3), z in the scale of x
    position_mm: np.ndarray  # (3,), camera frame
    arkit: np.ndarray  # (52,)


_NO_FACE = _Face(np.zeros((NUM_POINTS, 3)), np.zeros(3), np.zeros(len(ARKIT_NAMES)))


@contextlib.contextmanager
def _landmarker(model_path: Path) -> Iterator[Callable[[np.ndarray, int], list[_Face]]]:
    """A function from (RGB picture, time in ms) to the faces in it, which follows faces from frame to frame."""
    with _opened(model_path, video=True) as (landmarker, to_image):
        yield lambda picture, time_ms: _faces(picture, landmarker.detect_for_video(to_image(picture), time_ms))


@contextlib.contextmanager
def still_landmarker(model_path: Path) -> Iterator[Callable[[np.ndarray], list[_Face]]]:
    """A function from an RGB picture to the faces in it, each picture on its own."""
    with _opened(model_path, video=False) as (landmarker, to_image):
        yield lambda picture: _faces(picture, landmarker.detect(to_image(picture)))


@contextlib.contextmanager
def _opened(model_path: Path, *, video: bool) -> Iterator[tuple[Any, Callable[[np.ndarray], Any]]]:
    """MediaPipe's landmarker, closed in the end, and a function that wraps a picture for it."""
    os.environ.setdefault("GLOG_minloglevel", "2")
    try:
        import mediapipe as mp
        from mediapipe.tasks.python import BaseOptions, vision
    except ImportError as error:
        raise InputError(
            f"tracking needs MediaPipe ({error}); install it with: pip install 'thermvision[track]'"
        ) from error
    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model_path)),
        running_mode=vision.RunningMode.VIDEO if video else vision.RunningMode.IMAGE,
        num_faces=2,
        output_face_blendshapes=True,
        output_facial_transformation_matrixes=True,
    )
    with _quiet_stderr():
        landmarker = vision.FaceLandmarker.create_from_options(options)

    def to_image(picture: np.ndarray) -> Any:
        return mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(picture))

    try:
        with _quiet_stderr():
            yield landmarker, to_image
    finally:
        landmarker.close()


def _faces(picture: np.ndarray, result: Any) -> list[_Face]:
    return [
        _face(picture.shape, *found)
        for found in zip(
            result.face_landmarks, result.facial_transformation_matrixes, result.face_blendshapes, strict=True
        )
    ]


def _face(shape: tuple[int, ...], landmarks: Any, matrix: Any, blendshapes: Any) -> _Face:
    height, width = shape[:2]
    points = np.array([[point.x * width, point.y * height, point.z * width] for point in landmarks[:NUM_POINTS]])
    values = np.zeros(len(ARKIT_NAMES))
    for unit in blendshapes:
        if unit.category_name in ARKIT_INDEX:
            values[ARKIT_INDEX[unit.category_name]] = unit.score
    return _Face(points, _MEDIAPIPE_TO_OURS @ np.asarray(matrix, dtype=np.float64)[:3, 3] * 10.0, values)


def _same_face(faces: list[_Face], previous: _Face | None) -> _Face | None:
    """The face that continues the last one; at the start the nearest to the camera."""
    if not faces:
        return None
    if previous is None:
        return min(faces, key=lambda face: float(face.position_mm[2]))
    last_mm = previous.position_mm
    return min(faces, key=lambda face: float(np.linalg.norm(face.position_mm - last_mm)))


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """MediaPipe's C++ writes its own log to file descriptor 2, past Python; the command line shall stay readable."""
    if os.environ.get("THERMVISION_DEBUG"):
        yield
        return
    saved, sink = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(sink)
