"""Pictures of thousands of images on the disk while a run lasts, 16 bits a pixel: a file that has no name, so nothing is left behind."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from thermvision.disk import plain_disk_errors
from thermvision.tasks.training.samples import Sample

_NO_PICTURE = np.zeros((0, 0), np.float32)
_LEVELS = {True: 100.0, False: 65535.0}  # of a kelvin, and of grey 1


@dataclass(frozen=True, slots=True)
class Kept:
    """A sample whose picture lies on the shelf."""

    labels: Sample  # without its picture
    place: int
    shape: tuple[int, int]


class Shelf:
    """A growing file of pictures; reading is safe from several threads."""

    def __init__(self, folder: Path | None = None) -> None:
        """Folder: on whose disk; the system's place for temporary files by default."""
        self._folder = folder or Path(tempfile.gettempdir())
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (lives as long as the shelf)
        self._end = 0

    def put(self, sample: Sample) -> Kept:
        """Store a picture, kelvin to 0.01 K and grey to 1/65535."""
        counts = np.rint(np.clip(sample.picture * np.float32(_LEVELS[sample.radiometric]), 0, 65535)).astype("<u2")
        with plain_disk_errors(self._folder, "nothing of the run is lost"):
            self._file.write(counts.tobytes())
        kept = Kept(replace(sample, picture=_NO_PICTURE), self._end, (counts.shape[0], counts.shape[1]))
        self._end += counts.nbytes
        return kept

    def finish(self) -> None:
        """To be called after the last `put`."""
        with plain_disk_errors(self._folder, "nothing of the run is lost"):
            self._file.flush()

    def sample(self, kept: Kept) -> Sample:
        """The sample with its picture."""
        size = 2 * kept.shape[0] * kept.shape[1]
        counts = np.frombuffer(os.pread(self._file.fileno(), size, kept.place), "<u2").reshape(kept.shape)
        picture: Float32[np.ndarray, "h w"] = counts.astype(np.float32) / np.float32(_LEVELS[kept.labels.radiometric])
        return replace(kept.labels, picture=picture)

    def close(self) -> None:
        """Let the file go."""
        self._file.close()
