"""The files of a clip, and whether they are all there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FRAMES, PREVIEW, MARKER = "frames.parquet", "preview.mp4", "clip.json"


def finished(folder: Path) -> dict[str, Any] | None:
    """What clip.json says of a finished clip, or None if the clip is not whole."""
    try:
        marker: dict[str, Any] = json.loads((folder / MARKER).read_text())
        whole = all((folder / name).stat().st_size == size for name, size in marker["bytes"].items())
    except (OSError, ValueError, KeyError, AttributeError):
        return None
    return marker if whole else None
