"""Driver, portrait and result next to each other on black, in one video."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from thermvision.dataset.preview import X264_OPTIONS

GAP_PX = 8
# BT.601, full-range RGB (0-255) to the luma and colour differences of video, and what is added
_YCC = np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]], np.float32) / 255
_ADDED = np.array([16.0, 128.0, 128.0], np.float32)

Planes = tuple[np.ndarray, np.ndarray, np.ndarray]  # luma (h, w), two colour differences (h / 2, w / 2)


def write_side_by_side(
    preview: Path, target: Path, driver: Iterable[UInt8[np.ndarray, "h w 3"]], portrait: UInt8[np.ndarray, "h2 w2"]
) -> None:
    """Write a video of the driver's frames (RGB), the portrait (8-bit view) and the frames of `preview`, all as high as the preview.

    The driver's last frame stays on if it has fewer. H.264, the preview's rate; the same input gives the same bytes.
    """
    import av

    frames = iter(driver)
    with av.open(str(preview)) as shown:
        stream = shown.streams.video[0]
        height = stream.codec_context.height
        still = _colour(_as_high(np.repeat(portrait[..., None], 3, axis=2), height))
        last: Planes | None = None
        with _Writer(target, stream.average_rate or Fraction(30)) as video:
            for frame in shown.decode(stream):
                picture = next(frames, None)
                last = last if picture is None else _colour(_as_high(picture, height))
                video.write([still if last is None else last, still, _planes_of(frame)])


def video_driver(path: Path) -> Iterator[UInt8[np.ndarray, "h w 3"]]:
    """The frames of a driving video, as the tracker sees them."""
    from thermvision.motion.video import read_frames

    return read_frames(path)


class _Writer:
    """An H.264 file that gets panels; as wide as the first ones are together."""

    def __init__(self, path: Path, rate: Fraction) -> None:
        import av

        self._container = av.open(
            str(path), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}
        )
        self._stream = self._container.add_stream("libx264", rate=rate, options=X264_OPTIONS)
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.thread_count = 1
        self._stream.codec_context.flags |= av.codec.context.Flags.bitexact
        self._begun = False

    def write(self, panels: list[Planes]) -> None:
        import av

        luma, *colours = (_beside([panel[k] for panel in panels], GAP_PX // (1 if k == 0 else 2), (16, 128, 128)[k]) for k in range(3))  # fmt: skip
        if not self._begun:
            self._stream.height, self._stream.width = luma.shape
            self._begun = True
        halves = np.concatenate([one.reshape(-1) for one in colours]).reshape(-1, luma.shape[1])
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(np.vstack([luma, halves])), format="yuv420p")
        self._container.mux(self._stream.encode(frame))

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self._begun:
            self._container.mux(self._stream.encode(None))
        self._container.close()


def _beside(planes: list[np.ndarray], gap: int, fill: int) -> np.ndarray:
    between = np.full((planes[0].shape[0], gap), fill, np.uint8)
    return np.hstack([part for plane in planes for part in (plane, between)][:-1])


def _as_high(picture: UInt8[np.ndarray, "h w 3"], height_px: int) -> UInt8[np.ndarray, "h2 w2 3"]:
    """Scaled to a height, its width even."""
    from PIL import Image

    high, wide = picture.shape[:2]
    width = max(2, 2 * round(0.5 * wide * height_px / high))
    if (high, wide) == (height_px, width):
        return picture
    how = Image.Resampling.BOX if high > height_px else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(np.ascontiguousarray(picture)).resize((width, height_px), how))


def _colour(rgb: UInt8[np.ndarray, "h w 3"]) -> Planes:
    """Planes of a picture in the range of video; colour differences are means over 2 x 2 pixels."""
    ycc = rgb.astype(np.float32) @ _YCC.T + _ADDED
    height, width = rgb.shape[:2]
    halves = ycc[..., 1:].reshape(height // 2, 2, width // 2, 2, 2).mean(axis=(1, 3))
    return _bytes(ycc[..., 0]), _bytes(halves[..., 0]), _bytes(halves[..., 1])


def _bytes(plane: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(plane), 0, 255).astype(np.uint8)


def _planes_of(frame: object) -> Planes:
    """Planes of a decoded yuv420p frame."""
    flat = frame.to_ndarray()  # type: ignore[attr-defined]
    height, width = frame.height, frame.width  # type: ignore[attr-defined]
    colours = flat[height:].reshape(2, height // 2, width // 2)
    return flat[:height], colours[0], colours[1]
