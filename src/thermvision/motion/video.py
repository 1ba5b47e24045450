"""Frames of a video at a constant rate, and clear words when the file is none."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import UInt8

from thermvision.types import InputError

if TYPE_CHECKING:
    import av.container

_LOG = logging.getLogger(__name__)
MIN_SECONDS = 1.0
RATE_RANGE_HZ = (5.0, 240.0)


def frame_rate_hz(path: Path) -> float:
    """The average frame rate of the file's video stream; InputError if the file is no usable video."""
    with opened_video(path) as container:
        return _rate(container, path)


def read_frames(path: Path) -> Iterator[UInt8[np.ndarray, "h w 3"]]:
    """RGB frames in order, resampled to the constant average rate where the file's own rate varies.

    A file that breaks off is used as far as it goes, with a warning, if at least one second is readable; else InputError.
    """
    import av

    with opened_video(path) as container:
        rate = _rate(container, path)
        shown, last, expected = 0, None, container.streams.video[0].frames
        try:
            for frame in container.decode(video=0):
                picture = frame.to_ndarray(format="rgb24")
                due = shown + 1 if frame.time is None else round((frame.time - _start(container)) * rate) + 1
                while shown < due - 1 and last is not None:  # a gap in time: the last picture stays on
                    yield last
                    shown += 1
                if due > shown:
                    yield picture
                    shown += 1
                last = picture
        except av.error.FFmpegError as error:
            if shown / rate < MIN_SECONDS:
                raise InputError(
                    f"{path} cannot be decoded ({reason_of(error)}); copy or convert the video again"
                ) from error
            _LOG.warning("%s breaks off after %.1f s; what came before is used", path, shown / rate)
    if shown < 2:
        raise InputError(
            f"{path} holds {'one picture' if shown else 'no picture'}, not a video; give a video of at least {MIN_SECONDS:g} s"
        )
    if shown / rate < MIN_SECONDS:
        raise InputError(f"{path} lasts {shown / rate:.2f} s; give a video of at least {MIN_SECONDS:g} s")
    if expected and shown < 0.9 * expected:
        _LOG.warning("%s promises %d frames but holds %d; it may be cut short", path, expected, shown)


def opened_video(path: Path) -> av.container.InputContainer:
    """A file with a video stream, to be closed by the caller; InputError if it is missing, a picture or damaged."""
    import av

    if path.is_dir():
        raise InputError(f"{path} is a folder; give a video file")
    if not path.exists():
        raise InputError(f"video {path} does not exist; check the path")
    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty (0 bytes); copy the video again")
    av.logging.set_level(None)
    try:
        container = av.open(str(path))
    except PermissionError as error:
        raise InputError(f"{path} may not be read; check its permissions") from error
    except (av.error.FFmpegError, OSError) as error:
        raise InputError(
            f"{path} is not a video or is damaged ({reason_of(error)}); give an mp4, mov, mkv, webm or avi file that plays"
        ) from error
    if not container.streams.video:
        container.close()
        raise InputError(f"{path} has no video stream; give a video of a face")
    if container.format.name.split(",")[0] in (
        "image2",
        "png_pipe",
        "jpeg_pipe",
        "bmp_pipe",
        "tiff_pipe",
        "webp_pipe",
        "tty",
    ) or container.format.name.endswith("_pipe"):
        kind = "a text file" if container.format.name == "tty" else "a photo"
        container.close()
        raise InputError(f"{path} is {kind}, not a video; give a video of at least {MIN_SECONDS:g} s")
    return container


def _rate(container: av.container.InputContainer, path: Path) -> float:
    stream = container.streams.video[0]
    rate = float(stream.average_rate or stream.guessed_rate or 0)
    if not RATE_RANGE_HZ[0] <= rate <= RATE_RANGE_HZ[1]:
        raise InputError(
            f"{path} runs at {rate:g} frames/s; {RATE_RANGE_HZ[0]:g} to {RATE_RANGE_HZ[1]:g} can be tracked: convert it first"
        )
    return rate


def _start(container: av.container.InputContainer) -> float:
    stream = container.streams.video[0]
    return float((stream.start_time or 0) * (stream.time_base or 0))


def reason_of(error: BaseException) -> str:
    """What the system or FFmpeg says, in lower case."""
    return str(getattr(error, "strerror", None) or error).lower()
