"""READ FIRST: how a model is measured on a data set, as numbered steps."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from thermvision.dataset.read import clip_folders
from thermvision.disk import can_be_written
from thermvision.tasks.baseline_records import NORMALISER
from thermvision.tasks.evaluate.baselines import baselines_beside
from thermvision.tasks.evaluate.people import People, check_other_people, people_to_test, set_people
from thermvision.tasks.evaluate.records import model_record
from thermvision.tasks.evaluate.truth import NO_PERSON, UNLABELLED, cleaned, is_labelled, slim
from thermvision.tasks.labelled import LabelledImage, labelled_images
from thermvision.tasks.measures.bootstrap import DRAWS
from thermvision.tasks.people_names import seen_here
from thermvision.tasks.predict.chosen import ChosenModel
from thermvision.tasks.predict.images import VisibleLight, empty_predictions, predict_image
from thermvision.tasks.predict.look import Look
from thermvision.tasks.predictions import Predictions, write_predictions
from thermvision.tasks.study.record import GIVEN, Task, write_records
from thermvision.tasks.study_report import StudyReport, study_report, write_report
from thermvision.types import InputError

PREDICTIONS, RECORDS = "predictions.json", "records.jsonl"
Progress = Callable[..., None]  # what, done, total, note


@dataclass(frozen=True, slots=True)
class EvaluateSettings:
    """What is measured on what."""

    task: Task
    dataset: Path
    out: Path
    people: People = "all"
    normaliser: str = NORMALISER
    every: int = 1
    least_visible: float = 0.0
    draws: int = DRAWS


@dataclass(slots=True)
class Evaluated:
    """What came of it."""

    report: StudyReport
    files: list[Path]
    images: int = 0
    people: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)  # images or clips that cannot be read, and why
    warnings: list[str] = field(default_factory=list)


def evaluate(
    settings: EvaluateSettings,
    model: ChosenModel | None,
    look: Look | None,
    given: Predictions | None = None,
    on_progress: Progress = lambda *told, **more: None,
) -> Evaluated:
    """Measure a model (with its look), or `given` predictions, on a data set, and write predictions, records and report into `out`.

    InputError: people whom the model has seen, no label of the task, a place that cannot be written, predictions of another task.
    """
    # 1 Who is tested: known before any picture is read.
    can_be_written("--out", settings.out / RECORDS)
    said = given if given is not None else empty_predictions(_needed(model))
    if said.task != settings.task:
        raise InputError(f"the predictions are for {said.task}; expected those for {settings.task}")
    check_other_people(settings.dataset, said.simulator_seed)
    damaged: list[tuple[str, str]] = []
    seen = seen_here(settings.dataset, said.model_people)
    tested = people_to_test(set_people(settings.dataset, damaged), seen, settings.people, settings.dataset)

    # 2 Labels, and what the model says of the tested images; pictures are let go one by one.
    counts: Counter[str] = Counter()
    skipped: list[tuple[str, str]] = []
    light = VisibleLight()
    test: list[LabelledImage] = []
    rest: list[LabelledImage] = []
    for image in _images(settings, skipped, on_progress, pictures=given is None or settings.task == "gender"):
        one = cleaned(image, counts)
        met = one.everyone & seen  # a passer-by whom the model has seen
        if met or not tested.takes(one.person, one.split, known=one.person_known):
            rest.append(slim(one))
        elif not is_labelled(settings.task, one):
            counts[UNLABELLED[settings.task]] += 1
        else:
            counts[NO_PERSON] += not one.person_known
            light.look_at(one)
            if look is not None:
                said.images.append(predict_image(look, one))
            test.append(slim(one))
    if not test:
        raise InputError(f"{settings.dataset} holds no image with a label for {settings.task} among those to be tested; {_remedy(settings.task)}")  # fmt: skip
    said.skipped += [one for one in skipped if one not in said.skipped]

    # 3 Records: the model's and the baselines'.
    test_set = settings.dataset.absolute().name
    regime = "synthetic-only" if model is not None and model.synthetic_only else GIVEN
    record = model_record(
        settings.task, test, {one.image: one for one in said.images}, counts, normaliser=settings.normaliser,
        regime=regime, model=said.model, test_set=test_set, seed=0,
    )  # fmt: skip
    compared = frozenset(record.image)
    baselines, notes = baselines_beside(
        settings.task, [one for one in test if one.image in compared], rest, test_set, normaliser=settings.normaliser
    )

    # 4 Figures, words, files.
    report = study_report([*baselines, record], f"{said.model}: {settings.task} on {test_set}", np.random.default_rng(0), draws=settings.draws)  # fmt: skip
    warnings = [f"{count} {what}" for what, count in counts.items() if count]
    if light.warning:
        warnings.append(f"the images of {test_set} {light.warning}")
    if tested.left_out:
        warnings.append(f"{len(tested.left_out)} people of the test split were left out, whom the model has seen")
    small = sum(bool(one.warnings) for one in said.images)
    if small:
        warnings.append(f"{small} images cannot be looked at and count as showing no face that was found, such as {next(one.image for one in said.images if one.warnings)}")  # fmt: skip
    if skipped:
        warnings.append(f"{len(skipped)} images or clips cannot be read and were skipped")
    if settings.task == "gender" and len({one.gender for one in test}) == 1:
        warnings.append(f"all tested people are {test[0].gender}, so balanced accuracy and AUC have no value")
    report = dataclasses.replace(report, notes=[*report.notes, *notes, *(f"{test_set}: {one}." for one in warnings)])
    if look is not None:
        write_predictions(settings.out / PREDICTIONS, said)
    write_records(settings.out / RECORDS, [*baselines, record])
    files = write_report(report, settings.out)
    people = len({one.person for one in test})
    return Evaluated(report, files, len(record.image), people, skipped, warnings)


def _images(
    settings: EvaluateSettings, skipped: list[tuple[str, str]], on_progress: Progress, *, pictures: bool
) -> Iterator[LabelledImage]:
    clips = {clip.name: number for number, clip in enumerate(clip_folders(settings.dataset))}
    images = labelled_images(
        settings.dataset,
        every=settings.every,
        pictures=pictures,
        least_visible=settings.least_visible,
        skipped=skipped,
    )
    for image in images:
        on_progress("clips", clips[image.image.rpartition("/")[0]], len(clips), "")
        yield image
    on_progress("clips", len(clips), len(clips), "")


def _needed(model: ChosenModel | None) -> ChosenModel:
    if model is None:
        raise InputError("neither a model nor predictions are given; give one of them")
    return model


def _remedy(task: str) -> str:
    return {
        "detect": "import it with boxes, or take another data set",
        "landmarks": "expected 5, 54, 68 or 70 points in each image: import it with its landmarks, or take another data set",
        "gender": "expected female or male: name the genders at the import, as with --subjects-csv",
    }[task]
