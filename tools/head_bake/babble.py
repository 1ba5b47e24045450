"""Random faces that a tracker is calibrated on: any mix of face units in any pose, each frame apart from the last."""

import numpy as np

from thermvision.motion.arkit import ARKIT_INDEX, ARKIT_NAMES
from thermvision.motion.euler import rotation_from_euler_deg
from thermvision.types import Motion

POSE_SD_DEG = (14.0, 9.0, 7.0)  # yaw, pitch, roll
GAZE_SD_DEG, GAZE_AT_FULL_DEG = 8.0, 25.0
_PAIRED = sorted(
    {
        name.removesuffix("Left")
        for name in ARKIT_NAMES
        if name.endswith("Left")
        and name.removesuffix("Left") + "Right" in ARKIT_NAMES
        and not name.startswith("eyeLook")
    }
)
_SINGLE = ("browInnerUp", "cheekPuff", "jawForward", "jawLeft", "jawOpen", "jawRight", "mouthClose", "mouthFunnel",
           "mouthPucker", "mouthLeft", "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper")  # fmt: skip


def babble(frames: int, rng: np.random.Generator) -> Motion:
    """Frames of random poses and expressions, a quarter of them at rest, with many smiles, blinks and open mouths."""
    arkit = np.zeros((frames, len(ARKIT_NAMES)))
    angles = rng.normal(0, POSE_SD_DEG, (frames, 3))
    gaze = rng.normal(0, GAZE_SD_DEG, (frames, 2))
    for frame in range(frames):
        if frame % 4:
            _expression(arkit[frame], rng)
        look = "eyeLookDown" if gaze[frame, 1] < 0 else "eyeLookUp"
        _both(arkit[frame], look, min(1.0, abs(gaze[frame, 1]) / GAZE_AT_FULL_DEG))
    return Motion(
        name="babble",
        kind="program",
        rate_hz=30.0,
        sight_from_head=np.stack([rotation_from_euler_deg(*one) for one in angles]),
        head_position_mm=np.zeros((frames, 3)),
        arkit=arkit.astype(np.float32),
        gaze_deg=gaze.astype(np.float32),
        measured=np.ones(frames, bool),
        expression=["neutral"] * frames,
        expression_intensity=np.zeros(frames, np.float32),
    )


def _expression(arkit: np.ndarray, rng: np.random.Generator) -> None:
    for name in rng.choice(_PAIRED, rng.integers(0, 3), replace=False):
        strength = rng.uniform(0, 1)
        lean = 0.3 * rng.uniform(-1, 1) if rng.random() < 0.7 else rng.choice([-1.0, 1.0])  # the latter: one side only
        arkit[ARKIT_INDEX[f"{name}Left"]] = np.clip(strength * (1 + lean), 0, 1)
        arkit[ARKIT_INDEX[f"{name}Right"]] = np.clip(strength * (1 - lean), 0, 1)
    for name in rng.choice(_SINGLE, rng.integers(0, 3), replace=False):
        arkit[ARKIT_INDEX[name]] = rng.uniform(0, 0.8)
    if rng.random() < 0.35:
        strength = rng.uniform(0.3, 1)
        _both(arkit, "mouthSmile", strength)
        _both(arkit, "cheekSquint", 0.6 * strength)
    if rng.random() < 0.3:
        _both(arkit, "eyeBlink", rng.choice([1.0, rng.uniform(0.2, 1)]))
    if rng.random() < 0.25:
        arkit[ARKIT_INDEX["jawOpen"]] = rng.uniform(0.1, 0.9)


def _both(arkit: np.ndarray, name: str, value: float) -> None:
    arkit[[ARKIT_INDEX[f"{name}Left"], ARKIT_INDEX[f"{name}Right"]]] = value
