"""What a study's figures say in plain words, and what they cannot say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from thermvision.tasks.baselines import CONSTANT_BOX, MAJORITY, MEAN_SHAPE, NEAREST_LEAK, NEAREST_OTHERS
from thermvision.tasks.study.figures import MAIN, better
from thermvision.tasks.study.record import BASELINE, GIVEN
from thermvision.tasks.study.table import Row, row_name

STRONG_AP50, LEAK_SHOWN, FEW_PEOPLE, FEW_SEEDS = 0.5, 0.05, 10, 5
NEEDED = {"detect": (CONSTANT_BOX,), "landmarks": (MEAN_SHAPE,), "gender": (MAJORITY, NEAREST_OTHERS, NEAREST_LEAK)}


def notes(rows: Sequence[Row]) -> list[str]:
    """One sentence each, those that decide how to read the tables first."""
    said: list[str] = []
    if any(row.stand_in for row in rows):
        said.append("No real image is in this study: what stands for the real side is simulated too (a stand-in: other people, another camera, another gain control), so its figures say how the machinery works and nothing of real images.")  # fmt: skip
    for task, test_set in dict.fromkeys((row.task, row.test_set) for row in rows):
        chosen = [row for row in rows if (row.task, row.test_set) == (task, test_set)]
        baselines = {row.model: row for row in chosen if row.regime == BASELINE}
        models = [row for row in chosen if row.regime != BASELINE]
        said += [
            f"{test_set}, {task}: the baseline '{name}' is missing, so the table cannot say what a model adds to it."
            for name in NEEDED[task]
            if name not in baselines
        ]
        if task == "detect" and CONSTANT_BOX in baselines:
            said.append(_constant_box(test_set, baselines[CONSTANT_BOX], models))
        if NEAREST_LEAK in baselines and NEAREST_OTHERS in baselines:
            said.append(_leak(test_set, baselines[NEAREST_OTHERS], baselines[NEAREST_LEAK]))
        said += _not_above_baseline(test_set, task, models, [b for b in baselines.values() if b.model != NEAREST_LEAK])
        said += _no_width(test_set, task, models)
        said += _too_few(test_set, task, chosen, models)
        said += _different_people(test_set, task, chosen)
    return said


def _constant_box(test_set: str, baseline: Row, models: Sequence[Row]) -> str:
    reached = baseline.figures["AP50"].value
    if np.isnan(reached):
        return f"{test_set}: no face is large enough to count, so nothing is said of detection."
    if reached < STRONG_AP50:
        return f"{test_set}: a constant box reaches AP50 {reached:.2f} only, so a detector has to look."
    best = max((row.figures["AP50"].value for row in models), default=float("nan"))
    beside = "" if np.isnan(best) else f"; the best model has {best:.2f}"
    return f"{test_set} is portrait-framed data: a constant box reaches AP50 {reached:.2f} without looking at a pixel{beside}. A high AP50 here does not show that a detector finds faces."


def _leak(test_set: str, honest: Row, leaking: Row) -> str:
    one, other = (row.figures["balanced accuracy"].value for row in (honest, leaking))
    read = f"{other - one:+.2f} from recognising the person" if other - one >= LEAK_SHOWN else "thumbnails do not show the leak on this set, which a better model may still use"  # fmt: skip
    return f"{test_set}: nearest neighbour on 12x12 thumbnails has balanced accuracy {one:.2f} on other people and {other:.2f} when images of the same people are in training: {read}. Figures from a split by images are not comparable."


def _not_above_baseline(test_set: str, task: str, models: Sequence[Row], baselines: Sequence[Row]) -> list[str]:
    metric, said = MAIN[task], []
    known = [(b.figures[metric].value, b) for b in baselines if not np.isnan(b.figures[metric].value)]
    if not known:
        return []
    lower = better(metric) == "lower"
    level, best = min(known, key=lambda pair: pair[0]) if lower else max(known, key=lambda pair: pair[0])
    for row in models:
        figure = row.figures[metric]
        reaches = figure.high >= level if lower else figure.low <= level
        if np.isnan(figure.value) or reaches:
            said.append(f"{test_set}, {task}: {row_name(row)} is not shown to be better than the baseline '{best.model}' ({metric} {_span(row, metric)} against {level:.3g}).")  # fmt: skip
    return said


def _span(row: Row, metric: str) -> str:
    figure = row.figures[metric]
    return f"{figure.value:.3g} ({figure.low:.3g} to {figure.high:.3g})"


def _no_width(test_set: str, task: str, models: Sequence[Row]) -> list[str]:
    """Where nobody was missed the bootstrap sees no way to fail: the rule of three (Hanley & Lippman-Hand 1983) says what is left open."""
    metric = MAIN[task]
    return [
        f"{test_set}, {task}: {row_name(row)} has an interval without width, because all {row.people} people gave the same; up to {min(1.0, 3 / row.people):.0%} of people could still give another result."
        for row in models
        if row.people > 1 and row.figures[metric].high - row.figures[metric].low < 1e-9
    ]


def _too_few(test_set: str, task: str, rows: Sequence[Row], models: Sequence[Row]) -> list[str]:
    said, people = [], min(row.people for row in rows)
    if people < FEW_PEOPLE:
        said.append(f"{test_set}, {task}: {people} people; percentile intervals over fewer than {FEW_PEOPLE} are too narrow, and no more than a hint.")  # fmt: skip
    few = [row for row in models if row.seeds < FEW_SEEDS]
    if few:
        said.append(f"{test_set}, {task}: {', '.join(row_name(row) for row in few)} rest{'s' if len(few) == 1 else ''} on fewer than {FEW_SEEDS} seeds.")  # fmt: skip
    trained = [row for row in models if row.regime != GIVEN]
    if trained and not any(row.regime == "real-only" for row in trained):
        said.append(
            f"{test_set}, {task}: there is no {models[0].real_word}-only row, so whether synthetic data helps cannot be told."
        )
    return said


def _different_people(test_set: str, task: str, rows: Sequence[Row]) -> list[str]:
    counts = sorted({row.people for row in rows})
    if len(counts) == 1:
        return []
    return [f"{test_set}, {task}: rows were tested on {' or '.join(map(str, counts))} people; only rows with the same ones can be compared."]  # fmt: skip
