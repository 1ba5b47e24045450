"""The sheet of docs/realism.md: 48 frames of mixed people, sessions, cameras, poses and framings, as their cameras show them.

Run as: python tools/realism_sheet.py --out docs/pictures/sheet_48.png
"""

import argparse
import tempfile
from pathlib import Path

import av
import numpy as np
from PIL import Image

from thermvision.config import make_config
from thermvision.pipeline import build

COLUMNS, ROWS, TILE_PX = 8, 6, 240
SEED = 5


def main() -> None:
    """Build small data sets in a temporary folder and lay one frame of each clip out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    out: Path = parser.parse_args().out
    wild = ROWS * COLUMNS // 3
    with tempfile.TemporaryDirectory() as folder:
        portraits = _frames(Path(folder) / "portrait", "portrait", ROWS * COLUMNS - wild)
        crowds = _frames(Path(folder) / "wild", "wild", wild)
    tiles = [crowds[i // 3] if i % 3 == 2 else portraits[i - i // 3] for i in range(ROWS * COLUMNS)]
    sheet = np.zeros((ROWS * TILE_PX, COLUMNS * TILE_PX), np.uint8)
    for place, tile in enumerate(tiles):
        top, left = TILE_PX * (place // COLUMNS), TILE_PX * (place % COLUMNS)
        sheet[top : top + TILE_PX, left : left + TILE_PX] = _square(tile)
    out.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sheet).save(out, optimize=True)


def _frames(folder: Path, framing: str, count: int) -> list[np.ndarray]:
    """A frame from the middle of each of `count` clips, every session with a camera of its own."""
    settings = {"out": folder, "subjects": (count + 1) // 2, "sessions": 1, "framing": framing, "camera": "mixed",
                "motions": ("headpose", "expression"), "frames": 90, "seed": SEED}  # fmt: skip
    build(make_config(settings, "the sheet"))
    frames = []
    for number, path in enumerate(sorted(folder.glob("clips/*/preview.mp4"))[:count]):
        with av.open(str(path)) as video:
            shown = [frame.to_ndarray(format="gray") for frame in video.decode(video=0)]
        frames.append(shown[(17 + 31 * number) % len(shown)])
    return frames


def _square(frame: np.ndarray) -> np.ndarray:
    """The middle square of a frame at the size of a tile."""
    height, width = frame.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    middle = Image.fromarray(frame[top : top + side, left : left + side])
    return np.asarray(middle.resize((TILE_PX, TILE_PX), Image.Resampling.LANCZOS))


if __name__ == "__main__":
    main()
