"""Noise in time: white noise passes; frozen, smeared, wrong in strength or flickering noise does not."""

import numpy as np
import pytest

from thermvision.quality.noise import noise_facts, noise_findings

NETD_K = 0.04


def series(count=24, fault=""):
    stream = np.random.default_rng(3)
    pattern = 297 + 0.02 * stream.standard_normal((40, 60))
    noise = NETD_K * stream.standard_normal((count, 40, 60))
    if fault == "frozen":
        noise[:] = noise[0]
    if fault == "smeared":
        for i in range(1, count):
            noise[i] = 0.5 * noise[i - 1] + 0.87 * noise[i]
    if fault == "strong":
        noise *= 4
    if fault == "flicker":
        noise += 0.2 * stream.standard_normal((count, 1, 1))
    return (pattern + noise).astype(np.float32)


def verdicts(images):
    facts = noise_facts("clip", images, np.ones(images.shape[1:], bool), NETD_K)
    return {one.name: one.verdict for one in noise_findings([facts])}


def test_white_noise_passes():
    assert set(verdicts(series()).values()) == {"pass"}


@pytest.mark.parametrize(
    ("fault", "name"),
    [("frozen", "noise fresh in every frame"), ("frozen", "noise as the camera's"), ("smeared", "noise fresh in every frame"),
     ("strong", "noise as the camera's"), ("flicker", "no brightness flicker")],
)  # fmt: skip
def test_wrong_noise_fails(fault, name):
    assert verdicts(series(fault=fault))[name] == "fail"


def test_too_little_to_look_at():
    images = series(4)
    assert noise_facts("clip", images, np.ones(images.shape[1:], bool), NETD_K) is None
    assert noise_facts("clip", series(), np.zeros((40, 60), bool), NETD_K) is None
    assert {one.verdict for one in noise_findings([])} == {"n/a"}
