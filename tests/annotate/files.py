"""Thermal pictures and videos as files of every kind."""

from pathlib import Path

import av
import numpy as np
from PIL import Image

from thermvision.thermal.palettes import colour, palette


def grey_of(kelvin: np.ndarray) -> np.ndarray:
    low, high = kelvin.min(), kelvin.max()
    return np.rint(255 * (kelvin - low) / (high - low)).astype(np.uint8)


def write_grey(path: Path, kelvin: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(grey_of(kelvin)).save(path)
    return path


def write_palette(path: Path, kelvin: np.ndarray, name: str, *, indexed: bool = False) -> Path:
    if indexed:
        picture = Image.fromarray(grey_of(kelvin), "P")
        picture.putpalette(palette(name).tobytes())
        picture.save(path)
    else:
        Image.fromarray(colour(grey_of(kelvin), name)).save(path)
    return path


def write_video(path: Path, frames: list[np.ndarray], codec: str = "libx264") -> Path:
    """Greys in H.264, or centikelvin as they are in FFV1."""
    deep = codec == "ffv1"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=9)
        stream.height, stream.width = frames[0].shape
        stream.pix_fmt = "gray16le" if deep else "yuv420p"
        for kelvin in frames:
            if deep:
                picture = av.VideoFrame.from_ndarray(np.rint(kelvin * 100).astype(np.uint16), format="gray16le")
            else:
                picture = av.VideoFrame.from_ndarray(grey_of(kelvin), format="gray")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def write_photograph(path: Path, size: int = 128) -> Path:
    """Colours that no palette has: every hue at every brightness."""
    y, x = np.mgrid[:size, :size] / size
    rgb = np.stack([0.5 + 0.5 * np.sin(9 * x + k * 2.1) for k in range(3)], -1) * (0.3 + 0.7 * y[..., None])
    Image.fromarray((255 * rgb).astype(np.uint8)).save(path)
    return path
