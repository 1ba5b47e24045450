"""The preview of a clip: an H.264 video of the 8-bit view, the same bytes every time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from jaxtyping import UInt8

_OPTIONS = {"crf": "18", "preset": "veryfast", "threads": "1"}


class PreviewWriter:
    """Writes grey frames of even size to an mp4 file; use as a context manager."""

    def __init__(self, path: Path, width_px: int, height_px: int, rate_hz: float) -> None:
        self._container = av.open(
            str(path), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}
        )
        rate = Fraction(rate_hz).limit_denominator(1001)
        self._stream = self._container.add_stream("libx264", rate=rate, options=_OPTIONS)
        self._stream.width, self._stream.height, self._stream.pix_fmt = width_px, height_px, "yuv420p"
        self._stream.codec_context.thread_count = 1  # more threads cut the picture differently on other machines
        self._stream.codec_context.flags |= av.codec.context.Flags.bitexact

    def write(self, view: UInt8[np.ndarray, "h w"]) -> None:
        """Add a frame."""
        self._container.mux(self._stream.encode(av.VideoFrame.from_ndarray(view, format="gray")))

    def __enter__(self) -> PreviewWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._container.mux(self._stream.encode(None))
        self._container.close()
