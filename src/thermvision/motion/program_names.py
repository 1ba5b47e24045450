"""The names of the built-in motions, without what makes them."""

from __future__ import annotations

from thermvision.types import InputError
from thermvision.wording import did_you_mean

PROGRAM_NAMES = ("headpose", "expression", "talking", "gaze", "natural")


def check_program_name(name: str) -> None:
    """InputError with a suggestion if there is no built-in motion of that name."""
    if name not in PROGRAM_NAMES:
        raise InputError(
            f"motion '{name}' is not known; choose from {', '.join(PROGRAM_NAMES)}{did_you_mean(name, PROGRAM_NAMES)}"
        )
