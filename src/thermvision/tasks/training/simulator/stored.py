"""Samples as they wait in the buffer: hundredths of a kelvin in 16 bits, half the room of what is handed out."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from thermvision.tasks.training.samples import Sample
from thermvision.thermal.camera import to_centikelvin
from thermvision.types import CentikelvinImage


@dataclass(frozen=True, slots=True)
class StoredSample:
    """A sample in kelvin without its picture, and the picture in centikelvin."""

    labels: Sample
    counts: CentikelvinImage

    def sample(self) -> Sample:
        """With the picture in kelvin, to the hundredth that files hold."""
        return dataclasses.replace(self.labels, picture=self.counts.astype(np.float32) * np.float32(0.01))


def store(sample: Sample) -> StoredSample:
    """The counterpart of `StoredSample.sample`."""
    return StoredSample(
        dataclasses.replace(sample, picture=np.empty((0, 0), np.float32)), to_centikelvin(sample.picture)
    )
