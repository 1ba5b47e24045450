"""A training that streams: what the tasks get from the simulator, and that a run with it ends in a model."""

import json

import numpy as np
import pytest

from thermvision.rng import rng
from thermvision.tasks.training.config import SIMULATOR
from thermvision.tasks.training.run import train
from thermvision.tasks.training.simulator.settings import SimulatorSettings
from thermvision.tasks.training.simulator_training import FacesOf, simulator_training, stream_settings
from thermvision.types import InputError

FEW = {"data": (SIMULATOR,), "workers": 1, "most_validation": 6}
TINY = SimulatorSettings(
    seed=4,
    people_per_unit=2,
    samples_per_person=3,
    wild_share=0.34,
    longest_px=96,
    fresh_per_step=1,
    window=9,
    start_with=6,
)


def test_gender_run_streams_and_says_so(settings):
    config = settings("gender", **FEW, steps=2, batch_size=4, seed=4)
    out = train(config, simulator_training(config, settings=TINY))
    model = json.loads((out / "model.json").read_text())
    assert model["people"]["simulator"] == config.seed
    assert model["learnt_from"]["kind"] == "simulator" and model["learnt_from"]["settings"]["window"] == 9
    rows = [json.loads(line) for line in (out / "history.jsonl").read_text().splitlines()]
    assert len(rows) == 2 and all(0 <= row["loader_share"] <= 1 for row in rows)


def test_faces_are_single_large_and_open_and_validation_people_are_others(settings):
    source = simulator_training(settings("landmarks", **FEW, seed=4), settings=TINY)
    try:
        assert isinstance(source.draws, FacesOf)
        faces = source.draws.draw(0, 6, rng(1))
        for one in (*faces, *source.validation):
            assert one.faces_xyxy_px.shape == (1, 4) and one.visible_share[0] >= 0.3
            assert np.isfinite(one.landmarks_478_px).all() and one.landmarks_478_visible.shape == (1, 478)
        people = [{name for one in part for name in one.people} for part in (faces, source.validation)]
        assert people[0] and people[1] and not people[0] & people[1]
    finally:
        source.close()


def test_simulator_beside_data_sets_is_refused(settings):
    config = settings("detect").model_copy(update={"data": (SIMULATOR, "set")}).filled()
    with pytest.raises(InputError, match="simulator alone or data sets alone"):
        simulator_training(config)


def test_share_of_wild_frames_is_the_tasks_unless_given(settings):
    assert (
        stream_settings(settings("detect").filled()).wild_share
        > stream_settings(settings("gender").filled()).wild_share
    )
    assert stream_settings(settings("gender", wild_share=0.9).filled()).wild_share == 0.9
