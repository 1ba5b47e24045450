"""What a training needs, from the simulator: endless people to learn from, and others who choose the checkpoint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from thermvision.rng import rng
from thermvision.tasks.training.config import SIMULATOR, TrainConfig
from thermvision.tasks.training.files.pictures import face_by_face, one_face
from thermvision.tasks.training.files.source import TrainingSource
from thermvision.tasks.training.files.usable import LEAST_FACE_PX, LEAST_VISIBLE
from thermvision.tasks.training.samples import Sample, SampleSource
from thermvision.tasks.training.simulator.settings import SimulatorSettings, for_validation
from thermvision.tasks.training.simulator_source import SimulatorSource
from thermvision.types import InputError

WILD_SHARE = {"detect": 0.7, "landmarks": 0.25, "gender": 0.25}
VALIDATION_PER_PERSON = 8  # fewer samples of more people
_SPARE = 2  # pictures drawn for each face that is wanted


@dataclass
class FacesOf:
    """A `SampleSource` of single faces, large and open enough, each with its surroundings."""

    inner: SampleSource

    def draw(self, step: int, count: int, stream: np.random.Generator) -> list[Sample]:
        """`count` faces, one of a picture; a face twice where the pictures have too few."""
        samples = self.inner.draw(step, _SPARE * count, stream)
        found = [one for sample in samples for one in _a_face(sample, stream)]
        if not found:
            raise InputError(
                f"none of {len(samples)} pictures of the simulator has a face of {LEAST_FACE_PX:g} px; expected some: raise batch_size or longest_px"
            )
        return [found[k % len(found)] for k in range(count)]

    def about(self) -> dict[str, Any]:
        """What goes into model.json."""
        return self.inner.about()

    def close(self) -> None:
        """Let the workers go."""
        self.inner.close()


def stream_settings(config: TrainConfig) -> SimulatorSettings:
    """The stream that a run's settings mean."""
    share = WILD_SHARE[config.task] if config.wild_share is None else config.wild_share
    return SimulatorSettings(
        seed=config.seed, wild_share=share, longest_px=config.longest_px, fresh_per_step=config.fresh_per_step, window=config.window,
        start_with=min(SimulatorSettings().start_with, config.window),
    )  # fmt: skip


def simulator_training(
    config: TrainConfig,
    on_progress: Callable[..., None] = lambda *_: None,
    settings: SimulatorSettings | None = None,
) -> TrainingSource:
    """The source for filled settings whose `data` is the simulator; its validation pictures are made here.

    settings: of the stream in place of `stream_settings`. InputError if data sets are named beside it.
    """
    if config.data != (SIMULATOR,):
        raise InputError(
            f"--data is {', '.join(config.data)}; expected simulator alone or data sets alone: `thermvision build` makes a data set of simulated people to go beside others"
        )
    settings = settings or stream_settings(config)
    on_progress("simulating the people who choose the checkpoint", 0, config.most_validation)
    validation = _validation(config, settings)
    on_progress("simulating the people who choose the checkpoint", config.most_validation, config.most_validation)
    draws = SimulatorSource(settings, config.workers)
    draws.start()
    content = json.dumps(draws.about(), sort_keys=True)
    return TrainingSource(
        draws if config.task == "detect" else FacesOf(draws),
        validation,
        {"train": [], "validation": [], "simulator": config.seed},
        hashlib.sha256(content.encode()).hexdigest()[:16],
    )


def _validation(config: TrainConfig, settings: SimulatorSettings) -> list[Sample]:
    count = config.most_validation
    others = replace(
        for_validation(settings), samples_per_person=VALIDATION_PER_PERSON, start_with=count, window=max(count, 1)
    )
    stream = rng(config.seed, "validation of the simulator")
    with SimulatorSource(others, config.workers) as source:
        samples = source.draw(0, count, stream)
    if config.task == "detect":
        return samples
    return [one for sample in samples for one in _a_face(sample, stream)]


def _a_face(sample: Sample, stream: np.random.Generator) -> list[Sample]:
    """One of the usable faces of a picture, or nothing."""
    longer = (sample.faces_xyxy_px[:, 2:] - sample.faces_xyxy_px[:, :2]).max(axis=1, initial=0)
    usable = np.flatnonzero((longer >= LEAST_FACE_PX) & (sample.visible_share >= LEAST_VISIBLE))
    if not len(usable):
        return []
    return list(face_by_face(one_face(sample, int(usable[stream.integers(len(usable))]))))
