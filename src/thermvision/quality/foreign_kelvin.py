"""Pictures of unknown origin that hold temperatures: is skin as warm as skin, and is nothing on a head warmer than a body?"""

from __future__ import annotations

import numpy as np

from thermvision.quality.foreign import ForeignImage, WarmHead
from thermvision.quality.measure import Finding, judge, not_applicable
from thermvision.types import ZERO_CELSIUS_K

GROUP = "picture"
SKIN_C = (28.0, 39.0)  # facial skin 30-37 C in rooms of 20-29 C (Wang et al. 2023), and 2 C of a bolometer's accuracy
HOTTEST_C = 40.0  # whole-face maximum 36.1 +- 0.5 C, fever and accuracy added
NAMES = ("skin as warm as skin", "nothing on the head above body temperature")


def kelvin_findings(image: ForeignImage, head: WarmHead | str) -> list[Finding]:
    """Findings in degrees; n/a where the picture holds grey levels or no head is found."""
    reason = (
        head if isinstance(head, str) else "the picture holds grey levels; give --span if they stand for temperatures"
    )
    if isinstance(head, str) or not image.kelvin:
        return [not_applicable(name, GROUP, reason, "C") for name in NAMES]
    skin = head.skin_level - ZERO_CELSIUS_K
    hottest = float(np.quantile(image.grey[head.head], 0.999)) - ZERO_CELSIUS_K
    return [
        judge(NAMES[0], GROUP, skin, *SKIN_C, "C", f"Upper quarter of the warm part is above {skin:.1f} C"),
        judge(NAMES[1], GROUP, hottest, None, HOTTEST_C, "C", f"All but a thousandth of the warm part is below {hottest:.1f} C"),
    ]  # fmt: skip
