"""How legs stand, walk or sit."""

from __future__ import annotations

import numpy as np

from thermvision.body.skeleton import Turns, about

_X, _Y, _Z = np.eye(3)
POSTURES = ("standing", "walking", "seated")


def leg_turns(posture: str, rng: np.random.Generator) -> Turns:
    """Turns of hips, legs and feet; feet stay flat but in a step."""
    turns: Turns = {}
    if posture == "seated":
        turns["waist"] = about(_X, -4.0)
        turns["hips"] = about(_X, -14.0)
    stride = float(rng.uniform(12, 24)) * float(rng.choice([-1, 1])) if posture == "walking" else 0.0
    narrow, shift = float(rng.uniform(0.5, 6.5)), float(rng.normal(0, 1.2))
    for side, sign in (("l", 1.0), ("r", -1.0)):
        out = float(rng.normal(7, 5))
        if posture == "seated":
            apart = float(rng.uniform(-4, 9))
            thigh = about(_Y, -sign * apart) @ about(_X, -float(rng.uniform(78, 86))) @ about(_Z, sign * 6.0)
            shin = about(_X, float(rng.normal(6, 8))) @ about(_Z, sign * 5.0)
            foot = about(_Y, -sign * (0.5 * apart + out))
        else:
            swing = sign * stride
            thigh = about(_X, -swing - 1.0) @ about(_Z, sign * narrow + shift)
            bend = 3.0 + (1.3 * abs(stride) if swing < 0 else 0.25 * abs(stride))
            shin = about(_X, -swing + bend) @ about(_Z, sign * narrow + shift)
            foot = about(_X, max(0.0, -swing) * 1.2) @ about(_Y, -sign * out)
        turns[f"thigh_{side}"], turns[f"shin_{side}"], turns[f"foot_{side}"] = thigh, shin, foot
    return turns
