"""Temperatures that change during a clip, on the mesh and in the labels."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from thermvision.head.thermal_head import ThermalHead
from thermvision.motion.arkit import ARKIT_INDEX
from thermvision.physiology.dynamics import Dynamics, breath_wave, cornea_change_k, nose_change_k
from thermvision.types import Motion

_SIDES = ("right", "left")


class WarmthInTime:
    """What the clip's dynamics add to the session's temperatures, frame by frame; nothing without dynamics."""

    def __init__(self, head: ThermalHead, dynamics: Dynamics | None, motion: Motion) -> None:
        self._head = head
        time_s = np.arange(len(motion)) / motion.rate_hz
        if dynamics is None:
            self._breath = np.zeros((len(motion), 2), np.float32)
            self._nose = np.zeros(len(motion), np.float32)
            self._cornea = np.zeros((len(motion), 2), np.float32)
            return
        self._breath = breath_wave(time_s, dynamics)[:, None] * np.array(dynamics.breath_k, np.float32)
        self._nose = nose_change_k(time_s, dynamics)
        blink = motion.arkit[:, [ARKIT_INDEX["eyeBlinkRight"], ARKIT_INDEX["eyeBlinkLeft"]]]
        self._cornea = cornea_change_k(blink, motion.rate_hz, dynamics)

    def offset_k(self, index: int) -> Float32[np.ndarray, " v"]:
        """Temperature added at the vertices in a frame."""
        head = self._head
        offset = head.offset_k + head.breath_reach @ self._breath[index] + head.nose_reach * self._nose[index]
        for side, members in enumerate(reversed(head.rig.eye_vertices)):  # the rig has the left eye first
            offset[members] += self._cornea[index, side]
        return offset

    def regions_k(self, session_k: dict[str, float], index: int) -> dict[str, float]:
        """Region temperatures in a frame."""
        now = dict(session_k)
        now["nose_tip"] += float(self._nose[index])
        for side, name in enumerate(_SIDES):
            now[f"cornea_{name}"] += float(self._cornea[index, side])
            now[f"nostril_{name}"] += float(self._breath[index, side] + 0.4 * self._nose[index])
        return now
