"""Finding the five weights files in a folder, in the published layout or as a flat folder of safetensors."""

from __future__ import annotations

from pathlib import Path

from thermvision.retarget.liveportrait.layout import NETWORKS, STITCHING_FILE
from thermvision.types import InputError

STEMS = (*NETWORKS, STITCHING_FILE)
# Below the folder that the user names; the published layout nests, copies as safetensors are flat. Animals have folders of their own.
PLACES = ("", "base_models", "retargeting_models", "liveportrait/base_models", "liveportrait/retargeting_models")
SUFFIXES = (".safetensors", ".pth")  # in this order: a file without a pickle is preferred


def find_weights(folder: Path) -> dict[str, Path]:
    """The file of each stem in STEMS.

    `folder`: the one that holds the files, or one of the folders above them in the published layout. InputError names what
    is missing and where the files are expected.
    """
    if not folder.is_dir():
        raise InputError(
            f"folder {folder} {'is a file' if folder.exists() else 'does not exist'}; name the folder that holds LivePortrait's weights"
        )
    found = {stem: path for stem in STEMS if (path := _first(folder, stem)) is not None}
    if missing := [stem for stem in STEMS if stem not in found]:
        raise InputError(
            f"folder {folder} lacks {len(missing)} of {len(STEMS)} weights files: {', '.join(missing)} (.safetensors or .pth, there or in"
            f" {', '.join(PLACES[1:])}); fetch LivePortrait's published weights into it"
        )
    return found


def _first(folder: Path, stem: str) -> Path | None:
    candidates = (folder / place / f"{stem}{suffix}" for suffix in SUFFIXES for place in PLACES)
    return next((path for path in candidates if path.is_file()), None)
