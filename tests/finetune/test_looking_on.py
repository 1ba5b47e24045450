"""The plot's average, the tables, the averaged weights, the validation loss."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from thermvision.finetune.ema import AveragedWeights
from thermvision.finetune.history import History
from thermvision.loss_plot import draw_loss, moving_average, window_for


@given(st.integers(1, 60), st.integers(1, 31))
def test_the_moving_average_is_centred(count, window):
    line = np.arange(count, dtype=float)
    assert np.allclose(moving_average(line, window | 1), line)  # a straight line stays where it is, to its ends
    step = np.where(line >= count // 2, 1.0, 0.0)
    mean = moving_average(step, window | 1)
    half = (window | 1) // 2
    for place in range(count):
        reach = min(half, place, count - 1 - place)
        assert np.isclose(mean[place], step[place - reach : place + reach + 1].mean())


def test_windows_are_odd_and_never_longer_than_the_run():
    for count in (1, 2, 10, 100, 1000, 100_000):
        assert window_for(count) % 2 == 1 and window_for(count) <= max(1, count)


def test_a_plot_of_one_step_and_of_many(tmp_path):
    for count in (1, 2, 500):
        steps = np.arange(1, count + 1, dtype=float)
        draw_loss(tmp_path / "a.png", steps, 1 / steps, [(1.0, 0.5)], [1])
        with Image.open(tmp_path / "a.png") as plot:
            assert len(plot.convert("RGB").getcolors(100_000)) >= 5


def test_tables_keep_float32_and_lose_what_was_not_saved(tmp_path):
    table = History(tmp_path / "loss.csv", ("step", "loss"))
    table.start(0)
    values = np.random.default_rng(0).random(5).astype(np.float32)
    for step, value in enumerate(values, 1):
        table.add(step, float(value))
    with open(table.path, "a") as file:
        file.write("6,0.")  # killed while writing
    assert [np.float32(row["loss"]) for row in table.rows()[:5]] == list(values)
    table.start(3)
    assert [row["step"] for row in table.rows()] == [1, 2, 3] and table.path.read_text().endswith("\n")


def test_averaged_weights_follow_slowly_and_step_aside():
    weight = torch.nn.Parameter(torch.zeros(3))
    averages = AveragedWeights({"w": weight}, 0.9)
    expected = np.zeros(3)
    for step in range(1, 200):
        weight.data.fill_(1.0)
        averages.update(step)
        keep = min(0.9, (1 + step) / (10 + step))
        expected = keep * expected + (1 - keep)
    assert np.allclose(averages.values["w"], expected, atol=1e-6) and averages.values["w"][0] > 0.99
    averages.values["w"].fill_(7.0)
    with averages.in_place():
        assert weight[0] == 7
    assert weight[0] == 1


def test_validation_is_the_same_whatever_was_drawn_before(make_config):
    from thermvision.finetune.data import encode_all, read_pictures
    from thermvision.finetune.run_files import RunLog
    from thermvision.finetune.validation import TIMES, validation_loss
    from thermvision.finetune.workers import Workers
    from thermvision.flux.load import open_pipeline

    config = make_config()
    opened = open_pipeline(config.model, dtype="float32", device="cpu")
    log = RunLog(None)
    data = encode_all(
        config, opened, read_pictures(config, opened.about.span, log), Workers("cpu"), log, lambda *_: None
    )

    def measure():
        return validation_loss(
            opened.family,
            opened.pipeline.transformer,
            data.encoded,
            data.validation,
            device="cpu",
            precision="fp32",
            guidance=1.0,
        )

    first, state = measure(), torch.random.get_rng_state()
    assert tuple(first) == TIMES and torch.equal(state, torch.random.get_rng_state())
    torch.rand(100)
    assert measure() == first
