"""Times, loss and schedules against formulas written out once more."""

import math

import numpy as np
import pytest
import torch

from thermvision.finetune.loss import flow_loss
from thermvision.finetune.optimizers import learning_rate_at, make_optimizer
from thermvision.finetune.times import sample_times
from thermvision.flux.families import FLUX1
from thermvision.types import InputError

SETTINGS = {"shift": 3.1582, "mu": 0.63, "scale": 1.0}


def draw(sampling, count=200_000, **changed):
    return sample_times(count, sampling, **{**SETTINGS, **changed}, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    ("sampling", "median"),
    [("uniform", 0.5), ("sigmoid", 0.5), ("shift", 3.1582 / 4.1582), ("flux_shift", math.exp(0.63) / (1 + math.exp(0.63)))],
)  # fmt: skip
def test_medians(sampling, median):
    times = draw(sampling)
    assert float(times.min()) >= 0 and float(times.max()) <= 1
    assert float(times.median()) == pytest.approx(median, abs=0.005)


def test_shift_is_the_published_formula():
    z = torch.randn(1000, generator=torch.Generator().manual_seed(1))
    s = 1 / (1 + np.exp(-1.5 * z.numpy().astype(np.float64)))
    assert np.allclose(draw("shift", 1000, scale=1.5).numpy(), 3.1582 * s / (1 + 2.1582 * s), atol=1e-6)


def test_flux_shift_of_4096_tokens_is_the_workflow_s_shift():
    assert torch.allclose(draw("flux_shift", 100, mu=1.15), draw("shift", 100, shift=math.exp(1.15)), atol=1e-6)


class Family:
    """Remembers what it was asked and answers with a known velocity."""

    pack = staticmethod(FLUX1.pack)

    def predict(self, transformer, tokens, t, text, image_ids, guidance):
        self.asked = tokens, t, guidance
        return transformer


def test_the_loss_is_the_mean_square_of_what_is_missed():
    x, e = torch.randn(2, 4, 6, 8), torch.randn(2, 4, 6, 8)
    t, family = torch.tensor([0.25, 1.0]), Family()
    answer, _ = FLUX1.pack(0.5 * (e - x))
    losses = flow_loss(family, answer, x, None, noise=e, times=t, guidance=1.0)
    assert torch.allclose(losses, (0.25 * (e - x) ** 2).mean(dim=(1, 2, 3)), atol=1e-6)
    mixed, _ = FLUX1.pack(torch.stack([0.75 * x[0] + 0.25 * e[0], e[1]]))
    assert torch.allclose(family.asked[0], mixed, atol=1e-6) and family.asked[2] == 1.0


def rates(make_config, **changed):
    config = make_config(steps=100, learning_rate=1.0, **changed)
    return np.array([learning_rate_at(config, step) for step in range(100)])


def test_schedules(make_config):
    assert np.all(rates(make_config) == 1)
    warm = rates(make_config, schedule="constant_with_warmup", warmup_steps=10)
    assert np.allclose(warm[:10], np.arange(1, 11) / 10) and np.all(warm[10:] == 1)
    assert np.allclose(rates(make_config, schedule="linear"), 1 - np.arange(100) / 100)
    assert np.allclose(rates(make_config, schedule="cosine"), (1 + np.cos(np.pi * np.arange(100) / 100)) / 2)
    restarts = rates(make_config, schedule="cosine_with_restarts", schedule_cycles=4)
    assert np.allclose(restarts[::25], 1) and restarts[24] < 0.01
    assert np.allclose(rates(make_config, schedule="polynomial", schedule_power=2.0), (1 - np.arange(100) / 100) ** 2)


@pytest.mark.parametrize("kind", ["adamw8bit", "paged_adamw8bit", "lion8bit"])
def test_8_bit_optimisers_say_what_they_need(make_config, kind):
    with pytest.raises(InputError, match="needs a CUDA GPU"):
        make_optimizer(make_config(optimizer=kind), [], "cpu")
