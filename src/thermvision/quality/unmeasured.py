"""Rows of the failure table that cannot be measured here, each with its reason, so that nobody takes silence for a pass."""

from __future__ import annotations

from thermvision.quality.measure import Finding, not_applicable

GROUP = "not measured"
_DATASET = {
    "temperature free of visible light": "needs a picture in visible light of the same scene; the simulator has no lamp, and structure and side light are measured above",
    "neutral grey, not clipped in 8 bits": "frames are one channel of 16 bits by format; saturation is measured above",
    "identity kept by a face recogniser": "no recogniser of thermal faces comes with this package; the head's shape is measured instead",
    "detector success against yaw": "no detector of thermal faces comes with this package; detail kept when turned is measured instead",
    "no memorised training subject": "nothing was trained on pictures of people, so that there is nothing to be near to",
}
_PICTURES = {
    "eyes, canthi, mouth, nose, brows against the forehead": "needs landmarks, and no landmark model of thermal faces comes with this package",
    "beard, hair and lenses against skin and room": "needs landmarks and the room's temperature",
    "noise in time, flicker, blinks": "needs consecutive frames of one recording",
    "region temperatures, left and right, sex, rank-1": "needs labelled regions of many people",
    "no memorised training subject": "needs the pictures that the generator was trained on",
}


def unmeasured_findings() -> list[Finding]:
    """What is not measured of a data set."""
    return [not_applicable(name, GROUP, reason) for name, reason in _DATASET.items()]


def unmeasured_in_pictures() -> list[Finding]:
    """What is not measured of pictures without labels."""
    return [not_applicable(name, GROUP, reason) for name, reason in _PICTURES.items()]
