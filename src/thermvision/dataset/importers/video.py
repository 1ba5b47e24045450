"""Frames of a film as pictures, for sets that come as films."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np

from thermvision.dataset.importers.frame import ImportedClip, ImportedFrame
from thermvision.dataset.importers.pixels import PictureReader, Temperatures
from thermvision.dataset.importers.source import Source, Unreadable

MOST_FRAMES = 200_000  # of one film


def video_pictures(
    clip: ImportedClip, source: Source, reader: PictureReader, skipped: list[tuple[str, str]]
) -> Iterator[tuple[ImportedFrame, Temperatures]]:
    """Frames of a clip with the pictures of the film that they name (one film a clip); missing ones go to `skipped`."""
    import av

    name = clip.frames[0].file
    wanted = {frame.video_frame: frame for frame in clip.frames}
    try:
        with av.open(io.BytesIO(source.read(name)), "r") as film:
            for number, shown in enumerate(film.decode(video=0)):
                if not wanted:
                    break
                if (frame := wanted.pop(number, None)) is not None:
                    yield frame, reader.of_rgb(np.ascontiguousarray(shown.to_ndarray(format="rgb24")))
    except (Unreadable, av.error.FFmpegError, IndexError, ValueError) as error:
        skipped.append((name, f"cannot be read as a film ({error})"))
        return
    if wanted:
        skipped.append((name, f"ends before frame {min(number for number in wanted if number is not None)}"))


def film_length(source: Source, name: str) -> tuple[int, float] | None:
    """Number of frames and rate of a film; None if it cannot be read."""
    import av

    try:
        with av.open(io.BytesIO(source.read(name)), "r") as film:
            stream = film.streams.video[0]
            count = stream.frames or len([None for _ in film.decode(video=0)])
            rate = float(stream.average_rate or 30)
    except (Unreadable, av.error.FFmpegError, IndexError, ValueError):
        return None
    return (min(count, MOST_FRAMES), rate) if count > 0 else None
