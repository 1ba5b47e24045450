"""Live Link Face recordings (CSV), and tables like them: read and write.

A row is a frame: Timecode, BlendShapeCount, 52 ARKit coefficients, yaw, pitch and roll of the head and of both eyes in
radians. How sure we are of units and signs is told in docs/motion.md.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float

from thermvision.disk import write_text
from thermvision.motion.arkit import ARKIT_INDEX, ARKIT_NAMES
from thermvision.motion.csv_columns import OPTIONAL_COEFFICIENTS, Table, read_table
from thermvision.motion.euler import euler_deg, rotation_from_euler_deg
from thermvision.motion.expressions import recognise
from thermvision.motion.gaps import bridge_rotations, bridge_values, check_gaps
from thermvision.motion.gaze import gaze_from_coefficients
from thermvision.motion.timecode import RATE_WITHOUT_TIMES_HZ, rate_and_places, timecode, times_from_timecodes
from thermvision.types import InputError, Motion


def _both(name: str) -> list[str]:
    return [f"{name}Left", f"{name}Right"]


_EYE = ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide")
LIVE_LINK_COEFFICIENTS: tuple[str, ...] = (
    *(f"eye{part}Left" for part in _EYE), *(f"eye{part}Right" for part in _EYE),
    "jawForward", "jawRight", "jawLeft", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthRight", "mouthLeft",
    *_both("mouthSmile"), *_both("mouthFrown"), *_both("mouthDimple"), *_both("mouthStretch"), "mouthRollLower",
    "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", *_both("mouthPress"), *_both("mouthLowerDown"),
    *_both("mouthUpperUp"), *_both("browDown"), "browInnerUp", *_both("browOuterUp"), "cheekPuff", *_both("cheekSquint"),
    *_both("noseSneer"), "tongueOut",
)  # fmt: skip
_HEAD = ("HeadYaw", "HeadPitch", "HeadRoll")
_EYES = ("LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll", "RightEyeYaw", "RightEyePitch", "RightEyeRoll")
_HEAD_SIGNS = np.array([1.0, 1.0, -1.0])  # theirs to ours: yaw to image right, pitch up, roll clockwise on the screen
_EYE_SIGNS = np.array([-1.0, -1.0])  # an eye's angles run the other way than the head's
_TIME_COLUMNS = {"times": 1.0, "time": 1.0, "timestamp": 1.0, "timestampms": 1e-3, "timems": 1e-3}  # to seconds
_COEFFICIENT_LIMITS = (-1.0, 2.0)  # the app writes up to 1.06
_MOST_RAD = 3.2


def read_live_link_csv(path: Path | str, *, rate_hz: float | None = None) -> Motion:
    """A motion from a Live Link Face recording or another table with a column for each ARKit coefficient.

    Columns may come in any order and spelling (eyeBlinkLeft, EyeBlinkLeft, eyeBlink_L). Needed: the ARKit coefficients but
    tongueOut, 0-1 (clipped). Optional: Timecode, time_s, timestamp (s) or timestamp_ms, without which rows are 30 frames/s or
    `rate_hz`; HeadYaw, HeadPitch, HeadRoll and Left-/RightEyeYaw and -Pitch in radians. Without eye angles, or where all are
    0, the gaze comes from the eyeLook coefficients. Rows with BlendShapeCount 0 or without coefficients and frames that
    the times leave out are bridged and marked as not measured. The table knows no place of the head: positions are 0. Raises
    InputError, one sentence, for everything that is no such table.
    """
    path = Path(path)
    table = read_table(path)
    rate, places = _rate_and_places(table, rate_hz)
    seen = _rows_with_a_face(table)
    measured = np.zeros(int(places[-1]) + 1, bool)
    measured[places[seen]] = True
    check_gaps(measured, rate, str(path))
    coefficients, turns, gaze = _values(table, np.flatnonzero(seen).tolist())
    frames = places[seen]
    arkit = bridge_values(_on_frames(coefficients, frames, len(measured)), measured)
    arkit = np.clip(arkit, 0, 1).astype(np.float32)
    whole = np.tile(np.eye(3), (len(measured), 1, 1))
    whole[frames] = turns
    gaze_deg = gaze_from_coefficients(arkit)
    if gaze.any():
        gaze_deg = bridge_values(_on_frames(gaze, frames, len(measured)), measured).astype(np.float32)
    names, intensity = recognise(arkit)
    return Motion(
        name=path.stem,
        kind="tracked",
        rate_hz=rate,
        sight_from_head=bridge_rotations(whole, measured),
        head_position_mm=np.zeros((len(measured), 3)),
        arkit=arkit,
        gaze_deg=gaze_deg,
        measured=measured,
        expression=names,
        expression_intensity=intensity,
    )


def write_live_link_csv(path: Path | str, motion: Motion) -> Path:
    """Write a motion as Live Link Face would: 63 columns, timecodes from 00:00:00:00.000 on with 60 frames a second.

    Both eyes get the motion's gaze. Not kept: the place of the head, the name of the expression and, but for the mark, frames
    that were not measured (BlendShapeCount 0; they are bridged anew when read). Times are rounded to 1/60,000 s.
    """
    path = Path(path)
    head = np.radians(euler_deg(motion.sight_from_head)) * _HEAD_SIGNS
    eye = np.radians(motion.gaze_deg.astype(np.float64)) * _EYE_SIGNS
    eye = np.column_stack([eye, np.zeros(len(motion))])
    order = [ARKIT_INDEX[name] for name in LIVE_LINK_COEFFICIENTS]
    values = np.column_stack([motion.arkit[:, order].astype(np.float64), head, eye, eye])
    names = [name[0].upper() + name[1:] for name in LIVE_LINK_COEFFICIENTS]
    lines = [",".join(["Timecode", "BlendShapeCount", *names, *_HEAD, *_EYES])]
    for frame, row in enumerate(values):
        count = len(row) if motion.measured[frame] else 0
        lines.append(",".join([timecode(frame / motion.rate_hz), str(count), *(f"{value:.10f}" for value in row)]))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, "\n".join(lines) + "\n")
    return path


def _rate_and_places(table: Table, rate_hz: float | None) -> tuple[float, np.ndarray]:
    every = np.arange(len(table.rows))
    if rate_hz is not None:
        if not 1 <= rate_hz <= 1000:
            raise InputError(f"rate_hz is {rate_hz:g}; expected 1 to 1000 frames/s: choose another rate")
        return float(rate_hz), every
    if "timecode" in table.columns:
        return rate_and_places(times_from_timecodes(table.texts("timecode"), table.source), table.source)
    for name, to_seconds in _TIME_COLUMNS.items():
        if name in table.columns:
            return rate_and_places(table.numbers([name], every.tolist())[:, 0] * to_seconds, table.source)
    return RATE_WITHOUT_TIMES_HZ, every


def _rows_with_a_face(table: Table) -> np.ndarray:
    filled = np.array([text != "" for text in table.texts("jawopen")])
    if "blendshapecount" in table.columns:
        filled &= np.array([text != "0" for text in table.texts("blendshapecount")])
    return filled


def _values(table: Table, rows: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coefficients (r, 52), rotations (r, 3, 3) and gaze (r, 2) in degrees of some rows, zeros for columns that are not there."""
    names = [name for name in ARKIT_NAMES if name not in OPTIONAL_COEFFICIENTS or name.lower() in table.columns]
    coefficients = np.zeros((len(rows), len(ARKIT_NAMES)))
    coefficients[:, [ARKIT_INDEX[name] for name in names]] = table.numbers([name.lower() for name in names], rows)
    low, high = _COEFFICIENT_LIMITS
    if coefficients.min() < low or coefficients.max() > high:
        worst = coefficients.flat[np.abs(coefficients).argmax()]
        raise InputError(f"{table.source}: a coefficient is {worst:g}; expected 0 to 1: divide a percentage by 100")
    head = _angles_deg(table, _HEAD, rows) * _HEAD_SIGNS
    turns = np.stack([rotation_from_euler_deg(*angles) for angles in head])
    left, right = (_angles_deg(table, (f"{side}EyeYaw", f"{side}EyePitch"), rows) for side in ("Left", "Right"))
    return coefficients, turns, (left + right) / 2 * _EYE_SIGNS


def _angles_deg(table: Table, names: tuple[str, ...], rows: list[int]) -> np.ndarray:
    angles = np.zeros((len(rows), len(names)))
    for column, name in enumerate(names):
        if name.lower() in table.columns:
            angles[:, column] = table.numbers([name.lower()], rows)[:, 0]
            if np.abs(angles[:, column]).max() > _MOST_RAD:
                raise InputError(
                    f"{table.source}: {name} is {angles[np.abs(angles[:, column]).argmax(), column]:g}; expected radians within"
                    f" {_MOST_RAD}: turn degrees into radians"
                )
    return np.degrees(angles)


def _on_frames(values: Float[np.ndarray, "r n"], frames: np.ndarray, count: int) -> Float[np.ndarray, "f n"]:
    placed = np.zeros((count, values.shape[1]))
    placed[frames] = values
    return placed
