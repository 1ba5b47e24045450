"""File names of SpeakingFaces, from which SF-TL54 and part of TFW were taken: `{sub}_{trial}_{session}_{pos}_{frame}_{stream}`."""

from __future__ import annotations

import re

from thermvision.dataset.importers.names import stem

_NAME = re.compile(r"^(\d+)_(\d+)_(\d+)_(\d+)_(\d+)_(\d+)$")


def told_by_name(name: str) -> dict[str, str]:
    """subject, trial, session, position and frame of a file's name; of other names a leading number as subject, or nothing."""
    found = _NAME.match(stem(name))
    if found:
        keys = ("subject", "trial", "session", "position", "source_frame")
        return {key: str(int(value)) for key, value in zip(keys, found.groups(), strict=False)}
    lead = re.match(r"^(\d+)_", stem(name))
    return {"subject": str(int(lead[1]))} if lead else {}


def subject_id(number: str) -> str:
    """The same person has the same id in SF-TL54 and TFW, so that training on one and testing on the other is seen to be a leak."""
    return f"speakingfaces_{int(number):03d}"
