"""The picture of README.md: each portrait as given, then moved by hand with `animate.editor`.

python tools/animated_sheet.py --portraits CLIP_OR_PICTURE ... --out docs/pictures/animated.png
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from thermvision.animate.editor import Editor
from thermvision.animate.portrait_inputs import portrait_files, read_portrait
from thermvision.animate.prepare import located
from thermvision.animate.settings import AnimateConfig
from thermvision.portraits.from_picture import portrait_of_picture

SIDE_PX = 224
LOOKS = (
    {"yaw_deg": -28.0, "pitch_deg": 4.0},
    {"yaw_deg": 32.0, "smile": 0.9},
    {"mouth_open": 0.8, "brows": 0.9, "eyes_open": 1.3},
    {"pitch_deg": -18.0, "gaze": (0.0, -15.0), "brows": -0.9},
    {"yaw_deg": 14.0, "roll_deg": 16.0, "eyes_open": 0.0, "smile": 0.5},
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--portraits", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    config = AnimateConfig(portraits=asked.portraits, driving=["natural"], out=Path("none"))
    rows = []
    for index, file in enumerate(portrait_files(config)):
        face = located(read_portrait(file, config), config)
        picture = face.picture
        given = portrait_of_picture(
            picture.temperature_k, face.landmarks_px, face.weights, least_sd_share=face.sd_share, source=file.name, temperature_source=picture.temperature_source, index=index
        )  # fmt: skip
        editor = Editor(given, size=SIDE_PX)
        frames = [editor.render(**look)[0]["temperature_k"].astype(np.float32) for look in LOOKS]
        low, high = np.percentile(picture.temperature_k, [2, 99.7])
        shown = [picture.temperature_k, *frames]
        rows.append(np.hstack([_view(kelvin, low, high) for kelvin in shown]))
    Image.fromarray(np.vstack(rows)).save(asked.out, optimize=True)


def _view(kelvin: np.ndarray, low: float, high: float) -> np.ndarray:
    grey = Image.fromarray(np.uint8(255 * np.clip((kelvin - low) / (high - low), 0, 1) ** 1.6))
    return np.asarray(grey.resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS))


if __name__ == "__main__":
    main()
