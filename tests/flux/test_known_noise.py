"""The recipe's coupling of noise and people leaves noise standard normal, and says what it should."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def known(recipe):
    return recipe("known")


def test_noise_that_knows_stays_standard_normal_and_holds_the_numbers(known):
    import torch

    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(4000, 64, 24, generator=generator)
    numbers = torch.randn(4000, 8, generator=generator)
    told = known.noise_that_knows(noise, numbers)
    torch.testing.assert_close(told[..., -8:].sum(dim=1) / 8, numbers, atol=1e-5, rtol=0)
    assert torch.equal(told[..., :-8], noise[..., :-8])
    assert abs(told.std().item() - 1) < 2e-3
    tokens = told[..., -1]
    covariance = tokens.T @ tokens / len(tokens)
    assert (covariance - torch.eye(64)).abs().max() < 0.1  # no two tokens know of each other


def test_noise_of_an_uncoupled_pair_is_left_alone(known):
    import torch

    noise = torch.randn(3, 64, 24, generator=torch.Generator().manual_seed(1))
    numbers = torch.zeros(3, 8)
    numbers[1] = torch.nan
    told = known.noise_that_knows(noise, numbers)
    assert torch.equal(told[1], noise[1])
    assert not torch.equal(told[0], noise[0])


def test_ranks_are_normal_within_each_class_and_keep_the_order(known):
    stream = np.random.default_rng(0)
    values, classes = stream.exponential(size=2000), stream.integers(0, 2, 2000)
    values[classes == 1] += 100
    normal = known.normal_by_rank(values, classes, stream)
    for label in (0, 1):
        one = normal[classes == label]
        assert abs(one.mean()) < 0.01
        assert abs(one.std() - 1) < 0.02
        assert (np.argsort(one) == np.argsort(values[classes == label])).all()


def test_the_numbers_of_simulated_people_are_close_to_independent_standard_normals(known):
    rows = [
        {"person": p, "gender": "female" if p % 2 == 0 else "male", "age_years": 30 + p % 40, "beard": 0.0, "moustache": 0.0, "hair_style": "long",
         "glasses": "", "headwear": "", "mask_worn": "", "room_temperature_c": 24.0, "expression": "happy", "expression_intensity": 0.8 + 1e-4 * p,
         "jaw_open": 0.1, "eyes_closed": False, "yaw_deg": (p * 7) % 11 - 5, "pitch_deg": (p * 5) % 7, "roll_deg": (p * 3) % 5}
        for p in range(400)
    ]  # fmt: skip
    numbers = known.known_numbers(rows)
    assert numbers.dtype == np.float32
    assert np.isfinite(numbers).all()
    assert np.abs(numbers.mean(axis=0)).max() < 0.25
    assert (np.abs(numbers.std(axis=0) - 1) < 0.25).all()
    shape = numbers[:, : known.SHAPE_DIRECTIONS]
    assert np.abs(np.corrcoef(shape.T) - np.eye(shape.shape[1])).max() < 0.25
