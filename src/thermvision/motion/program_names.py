"""The names of the built-in motions, without what makes them."""

from __future__ import annotations

import difflib

from thermvision.types import InputError

PROGRAM_NAMES = ("headpose", "expression", "talking", "gaze", "natural")


def check_program_name(name: str) -> None:
    """InputError with a suggestion if there is no built-in motion of that name."""
    if name not in PROGRAM_NAMES:
        close = difflib.get_close_matches(name, PROGRAM_NAMES, n=1)
        hint = f"; did you mean '{close[0]}'?" if close else ""
        raise InputError(f"motion '{name}' is not known; choose from {', '.join(PROGRAM_NAMES)}{hint}")
