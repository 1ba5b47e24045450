"""The 52 ARKit face coefficients, in MediaPipe's order with `tongueOut`, which MediaPipe lacks, last."""

from __future__ import annotations


def _both(name: str) -> list[str]:
    return [f"{name}Left", f"{name}Right"]


ARKIT_NAMES: tuple[str, ...] = (
    *_both("browDown"), "browInnerUp", *_both("browOuterUp"), "cheekPuff", *_both("cheekSquint"), *_both("eyeBlink"),
    *_both("eyeLookDown"), *_both("eyeLookIn"), *_both("eyeLookOut"), *_both("eyeLookUp"), *_both("eyeSquint"), *_both("eyeWide"),
    "jawForward", "jawLeft", "jawOpen", "jawRight", "mouthClose", *_both("mouthDimple"), *_both("mouthFrown"), "mouthFunnel",
    "mouthLeft", *_both("mouthLowerDown"), *_both("mouthPress"), "mouthPucker", "mouthRight", "mouthRollLower", "mouthRollUpper",
    "mouthShrugLower", "mouthShrugUpper", *_both("mouthSmile"), *_both("mouthStretch"), *_both("mouthUpperUp"), *_both("noseSneer"),
    "tongueOut",
)  # fmt: skip
ARKIT_INDEX = {name: index for index, name in enumerate(ARKIT_NAMES)}
