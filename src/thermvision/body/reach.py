"""Put a hand somewhere: two bones to a wrist's place, the hand turned as asked, fingers curled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from thermvision.body.skeleton import Turns, about, frame


@dataclass(frozen=True, slots=True)
class Grip:
    """A hand's place in the torso frame. Directions need not be of unit length."""

    wrist_mm: Float[np.ndarray, " 3"]
    elbow_towards: Float[np.ndarray, " 3"]
    fingers: Float[np.ndarray, " 3"]  # where they point
    palm: Float[np.ndarray, " 3"]  # where the palm looks
    curl_deg: float = 20.0  # of each finger joint
    thumb_deg: float = 10.0


def hand_axes(joints_mm: dict[str, np.ndarray], side: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of a hand at rest: where fingers point, where the palm looks, and from the index to the little finger."""
    along = joints_mm[f"knuckle_{side}"] - joints_mm[f"hand_{side}"]
    across = joints_mm[f"finger51_{side}"] - joints_mm[f"finger21_{side}"]
    palm = np.cross(across, along) if side == "l" else np.cross(along, across)
    return along, palm, across


def hand_length_mm(joints_mm: dict[str, np.ndarray], side: str) -> float:
    """From the wrist to the tip of the straight middle finger."""
    chain = [joints_mm[f"{name}_{side}"] for name in ("hand", "finger31", "finger32", "finger33", "fingertip")]
    return float(sum(np.linalg.norm(b - a) for a, b in zip(chain, chain[1:], strict=False)))


def arm_turns(joints_mm: dict[str, np.ndarray], side: str, grip: Grip) -> Turns:
    """Turns of one arm's bones; a wrist out of reach ends on the way there. joints_mm: at rest."""
    shoulder, elbow, wrist = (joints_mm[f"{name}_{side}"] for name in ("upperarm", "forearm", "hand"))
    upper, fore = elbow - shoulder, wrist - elbow
    a, b = float(np.linalg.norm(upper)), float(np.linalg.norm(fore))
    way = grip.wrist_mm - shoulder
    reach = float(np.clip(np.linalg.norm(way), 0.35 * (a + b), 0.985 * (a + b)))
    way = way / np.linalg.norm(way)
    along = (reach**2 + a**2 - b**2) / (2 * reach)
    axes = frame(way, grip.elbow_towards)
    new_upper = along * axes[:, 0] + np.sqrt(max(a**2 - along**2, 0.0)) * axes[:, 1]
    new_fore = reach * way - new_upper
    hinge, new_hinge = np.cross(upper, fore), np.cross(new_upper, new_fore)
    upper_turn = frame(new_upper, new_hinge) @ frame(upper, hinge).T
    fore_turn = frame(new_fore, new_hinge) @ frame(fore, hinge).T
    fingers, palm, across = hand_axes(joints_mm, side)
    hand_turn = frame(grip.fingers, grip.palm) @ frame(fingers, palm).T
    turns = {
        f"upperarm_{side}": upper_turn,
        f"forearm_{side}": fore_turn,
        f"wrist_{side}": fore_turn @ _half_twist(fore_turn.T @ hand_turn, fore),
        f"hand_{side}": hand_turn,
    }
    curl_axis = np.cross(fingers, palm)
    for finger in range(1, 6):
        turn = hand_turn
        for part in range(1, 4):
            angle = grip.thumb_deg if finger == 1 else grip.curl_deg * (1 + 0.08 * (finger - 3))
            axis = across if finger == 1 else curl_axis
            turn = turn @ about(axis, angle if finger > 1 else 0.0) if part > 1 or finger > 1 else turn
            turns[f"finger{finger}{part}_{side}"] = turn
    return turns


def _half_twist(turn: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """Half of the part of a turn that is about the axis."""
    from scipy.spatial.transform import Rotation

    x, y, z, w = Rotation.from_matrix(turn).as_quat()
    unit = axis / np.linalg.norm(axis)
    twist = 2 * np.arctan2(np.array([x, y, z]) @ unit, w)
    twist = (twist + np.pi) % (2 * np.pi) - np.pi
    return about(unit, 0.5 * float(np.degrees(twist)))
