"""The seven basic expressions as coefficients, and the expression that coefficients show."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import median_filter

from thermvision.motion.arkit import ARKIT_INDEX

# Full strength, both sides unless named otherwise: action units of EMFACS-style tables read as ARKit coefficients.
_PRESETS: dict[str, dict[str, float]] = {
    "neutral": {},
    "happy": {"mouthSmile": 0.85, "cheekSquint": 0.6, "eyeSquint": 0.3, "mouthUpperUp": 0.25, "mouthDimple": 0.15, "jawOpen": 0.1},
    "sad": {"browInnerUp": 0.75, "browDown": 0.25, "mouthFrown": 0.7, "mouthShrugLower": 0.35, "eyeLookDown": 0.2, "eyeBlink": 0.12},
    "surprised": {"browInnerUp": 0.8, "browOuterUp": 0.85, "eyeWide": 0.75, "jawOpen": 0.55, "mouthFunnel": 0.15},
    "angry": {"browDown": 0.9, "eyeSquint": 0.45, "eyeWide": 0.25, "noseSneer": 0.35, "mouthPress": 0.5, "mouthRollLower": 0.25,
              "mouthRollUpper": 0.2, "mouthFrown": 0.2},
    "fearful": {"browInnerUp": 0.85, "browOuterUp": 0.45, "browDown": 0.35, "eyeWide": 0.85, "mouthStretch": 0.7, "jawOpen": 0.3},
    "disgusted": {"noseSneer": 0.85, "mouthUpperUp": 0.65, "browDown": 0.45, "eyeSquint": 0.35, "cheekSquint": 0.4, "mouthFrown": 0.35,
                  "mouthLowerDown": 0.2, "mouthShrugLower": 0.2},
}  # fmt: skip
EXPRESSIONS: tuple[str, ...] = tuple(_PRESETS)
_NEUTRAL_BELOW = 0.35  # a weaker match is neutral
_MEDIAN_FRAMES = 9  # labels shorter than about a sixth of a second are flicker


def preset(expression: str) -> Float32[np.ndarray, " 52"]:
    """Coefficients of an expression at full strength."""
    coefficients = np.zeros(52, np.float32)
    for name, value in _PRESETS[expression].items():
        for full in (name, f"{name}Left", f"{name}Right"):
            if full in ARKIT_INDEX:
                coefficients[ARKIT_INDEX[full]] = value
    return coefficients


# MediaPipe never or hardly fires these (measured on 633 acted frames), so they cannot count for a tracked video.
_UNSEEN = (
    "noseSneerLeft",
    "noseSneerRight",
    "cheekSquintLeft",
    "cheekSquintRight",
    "cheekPuff",
    "mouthFrownLeft",
    "mouthFrownRight",
)


def recognise(arkit: Float32[np.ndarray, "f 52"]) -> tuple[tuple[str, ...], Float32[np.ndarray, " f"]]:
    """Expression and intensity (0-1) of tracked coefficients, frame by frame.

    Each preset is fitted by least squares (coefficient . preset / preset . preset); the best explained one wins; below
    0.35 of full strength the frame is neutral. A running median over 9 frames removes flicker. A rule, not a classifier:
    speech with an open mouth may pass for surprise when the brows are up.
    """
    presets = np.stack([preset(name) for name in EXPRESSIONS[1:]])
    presets[:, [ARKIT_INDEX[name] for name in _UNSEEN]] = 0
    norms = (presets**2).sum(axis=1)
    strength = np.clip(arkit @ presets.T / norms, 0, 1)
    explained = strength * np.sqrt(norms)  # length of the part of the face that the expression explains
    strength, explained = (median_filter(a, size=(_MEDIAN_FRAMES, 1), mode="nearest") for a in (strength, explained))
    best = explained.argmax(axis=1)
    intensity = strength[np.arange(len(arkit)), best]
    names = tuple(
        EXPRESSIONS[b + 1] if i >= _NEUTRAL_BELOW else "neutral" for b, i in zip(best, intensity, strict=True)
    )
    return names, np.where(intensity >= _NEUTRAL_BELOW, intensity, 0).astype(np.float32)
