"""How files that hold a motion end; everything else that drives is a video."""

from __future__ import annotations

from pathlib import Path

MOTION_ENDINGS = (".npz", ".csv", ".pkl")


def is_motion_file(path: Path) -> bool:
    """Whether a driving file is a motion by its name: our .npz, a Live Link Face table, a LivePortrait template."""
    return path.suffix.lower() in MOTION_ENDINGS
