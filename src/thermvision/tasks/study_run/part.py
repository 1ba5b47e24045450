"""One part of a study: for each seed the baselines, the trainings and what they say of the test sets, each record once."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from thermvision.tasks.baseline_records import baseline_records
from thermvision.tasks.evaluate.people import check_other_people
from thermvision.tasks.evaluate.records import model_record
from thermvision.tasks.labelled import LabelledImage
from thermvision.tasks.models import MODEL_JSON
from thermvision.tasks.predict.chosen import ChosenModel, chosen_model
from thermvision.tasks.predict.images import predict_image
from thermvision.tasks.predict.look import Look, make_look
from thermvision.tasks.predictions import Prediction
from thermvision.tasks.splits import PeopleSplit, write_split
from thermvision.tasks.study.record import GIVEN, StudyRecord, read_records, write_records
from thermvision.tasks.study_run.jobs import Job, file_name, part_jobs, part_split
from thermvision.tasks.study_run.material import Material
from thermvision.tasks.study_run.sources import stage_source
from thermvision.tasks.study_run.spec import ModelSpec, PartSpec, StudySpec
from thermvision.tasks.training.files.source import TrainingSource
from thermvision.types import InputError

# (settings of `thermvision train` as a dict, samples, progress) -> run folder; torch is behind it.
Trainer = Callable[[dict[str, Any], TrainingSource, Callable[..., None]], Path]
Progress = Callable[..., None]
STOPPED = "stopped after step"  # begins what a training says that was asked to stop


class Stopped(Exception):
    """Ctrl-C; what is finished lies in the study's folder."""


@dataclass
class PartRun:
    """State of a part's run."""

    study: StudySpec
    part: PartSpec
    number: int  # from 1
    out: Path
    train: Trainer
    on_progress: Progress
    materials: dict[str, Material]
    done: int = 0
    records: list[StudyRecord] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _given: dict[str, tuple[ChosenModel, Look, dict[str, Prediction]]] = field(default_factory=dict)

    def run(self) -> None:
        """Everything of the part; what cannot be done is told in `failed`, and the rest goes on. Stopped for Ctrl-C."""
        real = self.materials[self.part.real]
        synthetic = self.materials.get(self.part.synthetic)
        for seed in self.study.seeds:
            try:
                split = part_split(self.part, real.classes, real.own_split, seed)
                jobs = part_jobs(self.part, split, real.classes, synthetic.classes if synthetic else {}, seed)
            except InputError as error:
                self.failed.append((f"part {self.number}, seed {seed}", str(error)))
                continue
            write_split(
                self.out / "splits" / f"part{self.number}_seed{seed}.json", dataclasses.replace(split, seed=seed)
            )
            tests = self._tests(split, seed)
            for name, images in tests.items():
                self._once(f"baselines_seed{seed}", name, partial(self._baselines, name, images, split, seed))
                for model in self.part.models:
                    if model.given:
                        self._once(f"{model.name}_given_seed{seed}", name, partial(self._given_record, model, name, images, seed))  # fmt: skip
            for job in jobs:
                self._job(job, real, synthetic, split, tests)

    def _job(
        self,
        job: Job,
        real: Material,
        synthetic: Material | None,
        split: PeopleSplit,
        tests: dict[str, list[LabelledImage]],
    ) -> None:
        missing = [name for name in tests if not self._file(job.name, name).is_file()]
        look: Look | None = None
        try:
            if missing:
                self.on_progress("trainings", self.done, 0, f"part {self.number}: {job.name}")
                look = self._trained(job, real, synthetic, frozenset(split.test))
        except InputError as error:
            if str(error).startswith(STOPPED):
                raise Stopped(str(error)) from error
            self.failed.append((f"part {self.number}: {job.name}", str(error)))
            return
        finally:
            self.done += 1
        for name, images in tests.items():
            self._once(job.name, name, partial(self._record, job, look, name, images))

    def _trained(self, job: Job, real: Material, synthetic: Material | None, tested: frozenset[str]) -> Look:
        """The job's model after its stages, each with its share of the steps."""
        total = int(self.part.training.get("steps", _default_steps(self.part.task)))
        start: Path | None = None
        folder = self.out / "runs" / f"part{self.number}_{job.name}"
        for number, stage in enumerate(job.stages, 1):
            last = number == len(job.stages)
            # What comes before the real people is the same for all regimes of a model and seed, so it is trained once.
            name = job.name if last else file_name(f"{job.model.name}_before_seed{job.seed}")
            folder = self.out / "runs" / f"part{self.number}_{name}"
            settings = {
                **self.part.training, "task": self.part.task, "data": (self.part.real,), "out": folder, "seed": job.seed,
                "model": job.model.network, "pretrained": job.model.pretrained and start is None,
                "steps": max(1, round(total * stage.share)),
            }  # fmt: skip
            if start is not None:
                settings["start"] = start
            if not (folder / MODEL_JSON).is_file():
                self.train(settings, stage_source(stage, real, synthetic, tested), self.on_progress)
            start = folder
        return make_look(chosen_model(self.part.task, str(folder), job.model.name), self.part.boxes)

    def _record(self, job: Job, look: Look | None, name: str, images: list[LabelledImage]) -> list[StudyRecord]:
        if look is None:
            raise InputError(f"{job.name} has no model")
        said = self._predicted(look, name, images)
        return self._about_record(
            images, said, name, regime=job.regime, model=job.model.name, seed=job.seed, train_people=job.train_people,
            synthetic_people=job.synthetic_people,
        )  # fmt: skip

    def _given_record(self, model: ModelSpec, name: str, images: list[LabelledImage], seed: int) -> list[StudyRecord]:
        """A model that is not trained here; each image is looked at once, however many seeds test it."""
        if model.name not in self._given:
            chosen = chosen_model(self.part.task, model.given, model.name)
            self._given[model.name] = (chosen, make_look(chosen, self.part.boxes), {})
        chosen, look, said = self._given[model.name]
        if chosen.info is not None:
            check_other_people(self.materials[name].folder, chosen.info.simulator_seed)
        known = chosen.info.seen_people if chosen.info is not None else frozenset()
        met = sorted({person for one in images for person in one.everyone} & known)
        if met:
            raise InputError(f"the model {model.name} has seen {len(met)} of the test people of {name} ({met[0]}); leave it out")  # fmt: skip
        new = [one for one in images if f"{name}/{one.image}" not in said]
        said |= {f"{name}/{image}": one for image, one in self._predicted(look, name, new).items()}
        told = {one.image: said[f"{name}/{one.image}"] for one in images}
        regime = "synthetic-only" if chosen.synthetic_only else GIVEN
        return self._about_record(images, told, name, regime=regime, model=model.name, seed=seed)

    def _predicted(self, look: Look, name: str, images: Iterable[LabelledImage]) -> dict[str, Prediction]:
        wanted = [one.image for one in images]
        return {one.image: predict_image(look, one) for one in self.materials[name].with_pictures(wanted)}

    def _about_record(
        self, images: list[LabelledImage], said: dict[str, Prediction], name: str, **about: Any
    ) -> list[StudyRecord]:
        record = model_record(
            self.part.task, images, said, self.counts, normaliser=self.part.normaliser, test_set=name,
            stand_in=self._stand_in(), train_set="" if name == self.part.real else self.part.real, **about,
        )  # fmt: skip
        return [record]

    def _baselines(self, name: str, images: list[LabelledImage], split: PeopleSplit, seed: int) -> list[StudyRecord]:
        seen = frozenset().union(*(one.everyone for one in images))
        train = [one for one in self.materials[self.part.real].of_people(split.train) if not one.everyone & seen]
        made = baseline_records(self.part.task, train, images, name, normaliser=self.part.normaliser, seed=seed)
        train_set = "" if name == self.part.real else self.part.real
        return [dataclasses.replace(one, stand_in=self._stand_in(), train_set=train_set) for one in made]

    def _tests(self, split: PeopleSplit, seed: int) -> dict[str, list[LabelledImage]]:
        """The test people of the part's own set; everyone of the others, but whoever is trained on: of these sets what is left out is told."""
        tests = {self.part.real: self.materials[self.part.real].of_people(split.test)}
        learnt = {*split.train, *split.validation}
        for name in self.part.tests:
            images = self.materials[name].images
            tests[name] = [one for one in images if not one.everyone & learnt]
            self.counts[f"images of {name} show people named as those who are trained on, and are not tested"] += len(images) - len(tests[name])  # fmt: skip
            if not tests[name]:
                del tests[name]
                self.failed.append((f"part {self.number}, seed {seed}: test on {name}", f"all of its people are named as people of {self.part.real} who are trained on; import it with other names if they are others"))  # fmt: skip
        return tests

    def _stand_in(self) -> bool:
        return self.study.sets[self.part.real].kind == "stand-in"

    def _file(self, job: str, test: str) -> Path:
        return self.out / "records" / f"part{self.number}_{file_name(job)}_on_{file_name(test)}.jsonl"

    def _once(self, job: str, test: str, make: Callable[[], list[StudyRecord]]) -> None:
        """The records of a file that is there, or made and written; what cannot be made is told."""
        file = self._file(job, test)
        if file.is_file():
            self.records += read_records(file)
            return
        try:
            made = make()
        except InputError as error:
            self.failed.append((f"part {self.number}: {job} on {test}", str(error)))
            return
        write_records(file, made)
        self.records += made


def _default_steps(task: str) -> int:
    from thermvision.tasks.training.config import _DEFAULTS

    return int(_DEFAULTS[task]["steps"])
