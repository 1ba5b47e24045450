"""The schedule against the published sampler's formulas and against diffusers' scheduler."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermvision.flux.schedule import cut_end, flux2_mu, shift_mu, sigmas, start_later
from thermvision.types import InputError


def test_tokens_of_512_px():
    assert shift_mu(1024) == pytest.approx(0.63)
    assert (shift_mu(256), shift_mu(4096)) == (0.5, 1.15)


@pytest.mark.parametrize(("steps", "tokens"), [(40, 1024), (20, 4096), (20, 64), (1, 16)])
def test_schedule_is_that_of_diffusers(steps, tokens):
    from diffusers import FlowMatchEulerDiscreteScheduler

    theirs = FlowMatchEulerDiscreteScheduler(
        use_dynamic_shifting=True,
        base_shift=0.5,
        max_shift=1.15,
        base_image_seq_len=256,
        max_image_seq_len=4096,
        shift=3.0,
    )
    theirs.set_timesteps(sigmas=np.linspace(1.0, 1 / steps, steps), mu=shift_mu(tokens))
    np.testing.assert_allclose(sigmas(steps, tokens), theirs.sigmas.numpy(), atol=1e-6)


def test_a_static_shift_is_a_mu():
    from diffusers import FlowMatchEulerDiscreteScheduler

    theirs = FlowMatchEulerDiscreteScheduler(shift=3.0)
    theirs.set_timesteps(sigmas=np.linspace(1.0, 1 / 8, 8))
    np.testing.assert_allclose(sigmas(8, 64, mu=np.log(3.0)), theirs.sigmas.numpy(), atol=1e-6)


def test_mu_of_flux2_is_that_of_the_pipeline():
    from diffusers.pipelines.flux2.pipeline_flux2_klein import compute_empirical_mu

    for tokens in (16, 1024, 4096, 8192):
        for steps in (4, 28, 50, 200):
            assert flux2_mu(tokens, steps) == pytest.approx(compute_empirical_mu(tokens, steps), abs=1e-12)


@pytest.mark.parametrize(
    ("denoise", "steps", "end"),
    [(0.5, 19, 0.675), (0.7, 27, 0.475), (0.8, 31, 0.353), (0.88, 35, 0.2115), (0.9, 35, 0.2115), (0.95, 37, 0.132),
     (0.97, 38, 0.090), (0.98, 39, 0.046), (0.99, 39, 0.046), (1.0, 40, 0.0)],
)  # fmt: skip
def test_where_denoise_stops(denoise, steps, end):
    kept = cut_end(sigmas(40, 1024), denoise)
    assert len(kept) - 1 == steps and kept[-1] == pytest.approx(end, abs=6e-4)


@given(st.integers(1, 100), st.integers(4, 8192))
def test_times_fall_from_one_to_zero(steps, tokens):
    times = sigmas(steps, tokens)
    assert len(times) == steps + 1 and times[0] == 1 and times[-1] == 0 and (np.diff(times) < 0).all()


def test_starting_from_a_picture():
    times = sigmas(10, 1024)
    assert len(start_later(times, 1.0)) == 11 and len(start_later(times, 0.0)) == 1
    assert np.array_equal(start_later(times, 0.6), times[4:])


@pytest.mark.parametrize("call", [lambda: sigmas(0, 64), lambda: cut_end(sigmas(4, 64), 0.2), lambda: cut_end(sigmas(4, 64), 0.0),
                                  lambda: cut_end(sigmas(4, 64), 1.2), lambda: start_later(sigmas(4, 64), -0.1), lambda: start_later(sigmas(4, 64), float("nan"))])  # fmt: skip
def test_values_without_a_meaning_are_refused(call):
    with pytest.raises(InputError, match=r"expected|none is left"):
        call()
