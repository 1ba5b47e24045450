"""READ FIRST: how `thermvision predict` goes through a data set or through pictures of any kind."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from thermvision.annotate.inputs import sources
from thermvision.annotate.pictures import ThermalPicture, Unread, read_source
from thermvision.dataset.clip_files import finished
from thermvision.dataset.read import clip_folders
from thermvision.disk import can_be_written
from thermvision.tasks.evaluate.truth import cleaned
from thermvision.tasks.labelled import labelled_images
from thermvision.tasks.predict.chosen import ChosenModel
from thermvision.tasks.predict.images import VisibleLight, empty_predictions, predict_image
from thermvision.tasks.predict.look import Look
from thermvision.tasks.predictions import Prediction, Predictions, write_predictions
from thermvision.types import InputError

Progress = Callable[..., None]  # what, done, total, note
_SAVED_BESIDE = "interrupted"


@dataclass(slots=True)
class PredictReport:
    """What came of a run."""

    out: Path
    predictions: Predictions
    warnings: list[str] = field(default_factory=list)
    stopped: bool = False


def is_data_set(path: Path) -> bool:
    """Whether a folder holds finished clips of ours."""
    return path.is_dir() and any(finished(clip) is not None for clip in (path / "clips").glob("[!.]*"))


def predict_set(
    model: ChosenModel,
    look: Look,
    data: Sequence[Path],
    out: Path,
    *,
    every: int = 1,
    on_progress: Progress = lambda *told, **more: None,
) -> PredictReport:
    """Predict a data set (with its labels' boxes where the look wants them) or pictures, and write the file `out`, JSON or CSV.

    What cannot be read is skipped and told. Ctrl-C ends the run with what is there, written beside `out`. InputError before the work: nothing to look at,
    a place that cannot be written.
    """
    can_be_written("--out", out)
    if out.suffix.lower() not in (".json", ".csv"):
        raise InputError(f"--out {out} should end in .json or .csv; only .json can be evaluated")
    report = PredictReport(out, empty_predictions(model))
    try:
        if len(data) == 1 and is_data_set(data[0]):
            _labelled(look, data[0], every, report, on_progress)
        else:
            _pictures(look, data, [out], every, report, on_progress)
    except KeyboardInterrupt:
        report.stopped = True
        report.out = out.with_name(f"{out.stem}.{_SAVED_BESIDE}{out.suffix}")
    except BaseException:
        with contextlib.suppress(OSError, InputError):  # what went wrong first is told
            write_predictions(out.with_name(f"{out.stem}.{_SAVED_BESIDE}{out.suffix}"), report.predictions)
        raise
    write_predictions(report.out, report.predictions)
    return report


def _labelled(look: Look, dataset: Path, every: int, report: PredictReport, on_progress: Progress) -> None:
    made, counts, light = report.predictions, Counter[str](), VisibleLight()
    clips = {clip.name: number for number, clip in enumerate(clip_folders(dataset))}
    for image in labelled_images(dataset, every=every, pictures=True, skipped=made.skipped):
        one = cleaned(image, counts)
        light.look_at(one)
        made.images.append(predict_image(look, one))
        on_progress("clips", clips[image.image.rpartition("/")[0]], len(clips), f"{len(made.images)} images")
    on_progress("clips", len(clips), len(clips), f"{len(made.images)} images")
    report.warnings += [f"{count} {what}" for what, count in counts.items() if count]
    if light.warning:
        report.warnings.append(f"the images of {dataset.absolute().name} {light.warning}")
    report.warnings += [f"{one.image}: {what}" for one in made.images for what in one.warnings]


def _pictures(
    look: Look, data: Sequence[Path], ours: Sequence[Path], every: int, report: PredictReport, on_progress: Progress
) -> None:
    todo, made = sources(data, ours), report.predictions
    for number, source in enumerate(todo):
        for place, item in enumerate(read_source(source)):
            if isinstance(item, Unread):
                made.skipped.append((item.name, item.reason))
            elif (place if source.kind != "picture" else number) % every == 0:
                _picture(look, item, report)
        on_progress("files", number + 1, len(todo), f"{len(made.images)} images")


def _picture(look: Look, picture: ThermalPicture, report: PredictReport) -> None:
    name = picture.name if picture.frame is None else f"{picture.name}#{picture.frame:06d}"
    height, width = picture.values.shape
    try:
        faces = look(picture.values, kelvin=picture.kelvin)
    except InputError as error:
        report.predictions.skipped.append((name, f"{name}: {error}"))
        return
    report.predictions.images.append(Prediction(name, width, height, faces, picture.warnings))
    report.warnings += [f"{name} {what}" for what in picture.warnings]
