"""The preview of a clip: an H.264 video of the 8-bit view, the same bytes every time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from jaxtyping import UInt8

from thermvision.thermal.video_range import to_video_range

# Looking ahead, x264 reads memory it has not written: with it on, one clip in some dozens came out with other bytes.
_X264 = "rc-lookahead=0:sync-lookahead=0:mbtree=0:bframes=0:weightp=0:scenecut=0"
X264_OPTIONS = {"crf": "18", "preset": "ultrafast", "threads": "1", "x264-params": _X264}


class PreviewWriter:
    """Writes grey frames of even size to an mp4 file; use as a context manager."""

    def __init__(self, path: Path, width_px: int, height_px: int, rate_hz: float) -> None:
        self._container = av.open(
            str(path), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}
        )
        rate = Fraction(rate_hz).limit_denominator(1001)
        self._stream = self._container.add_stream("libx264", rate=rate, options=X264_OPTIONS)
        self._stream.width, self._stream.height, self._stream.pix_fmt = width_px, height_px, "yuv420p"
        self._stream.codec_context.thread_count = 1  # more threads cut the picture differently on other machines
        # Luma above, colour planes (grey) below; only luma changes from frame to frame.
        self._planes = np.full((height_px * 3 // 2, width_px), 128, np.uint8)
        self._stream.codec_context.flags |= av.codec.context.Flags.bitexact

    def write(self, view: UInt8[np.ndarray, "h w"]) -> None:
        """Add a frame.

        The colour planes are filled here, so no conversion with buffers of its own stands between the view and the encoder.
        """
        to_video_range(view, self._planes[: len(view)])
        self._container.mux(self._stream.encode(av.VideoFrame.from_ndarray(self._planes, format="yuv420p")))

    def __enter__(self) -> PreviewWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._container.mux(self._stream.encode(None))
        self._container.close()
