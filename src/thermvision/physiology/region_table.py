"""What is known of facial temperatures: a regression for ten measured quantities and a table for all other regions.

Measured: Wang et al. 2023, PhysioNet face-oral-temp-data 1.0.0 (CC0), FLIR camera, 987 complete people; readings of a
camera set to skin's emissivity. Estimates are marked so: they are settings of the simulator, not facts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Regression T = a + b (room - 24 C) + c (oral - 37 C) + d male, in C and K/K.
MEASURED = (
    "inner_canthus_max", "inner_canthus_right", "inner_canthus_left", "forehead_centre", "forehead_right", "forehead_left",
    "forehead_top", "forehead_bottom", "mouth_closed_max", "mouth_open_max",
)  # fmt: skip
COEFFICIENTS = np.array([
    [35.704, 0.083, 0.790, 0.139],
    [35.154, 0.115, 0.807, 0.164],
    [35.117, 0.122, 0.759, 0.150],
    [34.503, 0.166, 0.637, 0.084],
    [34.503, 0.159, 0.639, 0.068],
    [34.527, 0.178, 0.581, 0.011],
    [34.599, 0.155, 0.631, -0.143],
    [34.408, 0.169, 0.677, 0.103],
    [35.466, 0.094, 0.832, 0.084],
    [36.536, 0.005, 0.799, -0.042],
])  # fmt: skip
COVARIANCE_K2 = np.array([
    [0.092, 0.093, 0.085, 0.069, 0.064, 0.064, 0.065, 0.068, 0.042, 0.016],
    [0.093, 0.150, 0.099, 0.080, 0.078, 0.074, 0.073, 0.081, 0.048, 0.016],
    [0.085, 0.099, 0.142, 0.074, 0.067, 0.078, 0.069, 0.075, 0.039, 0.008],
    [0.069, 0.080, 0.074, 0.274, 0.238, 0.243, 0.260, 0.242, 0.035, 0.008],
    [0.064, 0.078, 0.067, 0.238, 0.279, 0.235, 0.229, 0.227, 0.032, 0.011],
    [0.064, 0.074, 0.078, 0.243, 0.235, 0.293, 0.235, 0.228, 0.036, 0.006],
    [0.065, 0.073, 0.069, 0.260, 0.229, 0.235, 0.369, 0.226, 0.025, 0.010],
    [0.068, 0.081, 0.075, 0.242, 0.227, 0.228, 0.226, 0.251, 0.042, 0.006],
    [0.042, 0.048, 0.039, 0.035, 0.032, 0.036, 0.025, 0.042, 0.188, 0.048],
    [0.016, 0.016, 0.008, 0.008, 0.011, 0.006, 0.010, 0.006, 0.048, 0.164],
])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Region:
    """A region relative to a measured one (the forehead's centre unless named) at 24 C, rest, no wind."""

    offset_k: float
    slope: float  # K of the region per K of the room
    sd_k: float  # between people
    paired: bool  # right and left, which differ by a little
    estimate: bool  # True: an engineering estimate, False: measured (order or value)
    beside: str = "forehead_centre"  # the measured quantity that the offset counts from


REGIONS = {
    "glabella": Region(0.3, 0.15, 0.25, False, True),
    "temple": Region(0.15, 0.15, 0.3, True, True),
    "upper_eyelid": Region(0.25, 0.12, 0.2, True, True),
    "outer_canthus": Region(-0.6, 0.15, 0.3, True, False),
    "cornea": Region(-0.45, 0.16, 0.2, True, False),
    "eyebrow": Region(-1.0, 0.3, 0.2, False, True),
    "nose_bridge": Region(-0.15, 0.22, 0.3, False, True),
    "nose_tip": Region(-0.35, 0.3, 0.4, False, True),
    "nostril": Region(-0.45, 0.25, 0.35, True, True),
    "cheek": Region(-1.1, 0.25, 0.5, True, False),
    "upper_lip": Region(-0.4, 0.2, 0.3, False, True),
    "lip_upper": Region(-1.0, 0.12, 0.25, False, True, beside="mouth_closed_max"),
    "lip_lower": Region(-1.25, 0.15, 0.25, False, True, beside="mouth_closed_max"),
    "chin": Region(-0.8, 0.25, 0.45, False, True),
    "jaw": Region(-0.7, 0.25, 0.45, True, True),
    "ear": Region(-2.8, 0.5, 1.1, True, True),
    "ear_meatus": Region(0.5, 0.1, 0.3, True, False),
    "neck_front": Region(0.1, 0.15, 0.35, False, True),
    "neck_side": Region(0.3, 0.15, 0.35, True, True),
    "scalp": Region(-0.9, 0.3, 0.4, False, True),
}
LEFT_RIGHT_SD_K = 0.25  # of the difference, all paired regions (measured: median absolute difference 0.16-0.17 K)

# Cold noses: about a third of people at 24 C have a nose 2-5 K below the face, sharply bounded towards the bridge.
COLD_NOSE_SHARE_AT_24C = 0.33
COLD_NOSE_SHARE_PER_K = -0.06
COLD_NOSE_DROP_K = (1.6, 4.2)
COLD_NOSE_REACH = {"nose_tip": 1.0, "nostril": 0.62, "nose_bridge": 0.3}
