"""The fast forms equal the plain networks on seeded random weights, each by itself."""

import pytest
import torch

from thermvision.retarget.liveportrait.dense_motion import candidate_grids, heat_maps, sample
from thermvision.retarget.liveportrait.fast import fast_network
from thermvision.retarget.liveportrait.fast_dense_motion import candidate_channels
from thermvision.retarget.liveportrait.random_weights import random_network

EXACT = 1e-4  # asked for, of the outputs' spread; found: below 3e-5


def uniform(seed, *shape):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def keypoints(seed):
    driving = uniform(seed, 1, 21, 3) * 1.6 - 0.8
    return driving, driving + (uniform(seed + 1, 1, 21, 3) - 0.5) * 0.3


def check(found, expected):
    assert found.shape == expected.shape
    assert float((found - expected).abs().max()) < EXACT * min(1.0, float(expected.std(correction=0)) or 1.0)


@pytest.mark.parametrize("size", [64, 96])
def test_appearance(size):
    plain = random_network("appearance_feature_extractor", seed=1)
    image = uniform(2, 1, 3, size, size)
    expected = plain(image)
    check(fast_network(plain)(image), expected)


def test_motion():
    """At the published size, two pictures at once."""
    plain = random_network("motion_extractor", seed=1)
    images = uniform(2, 2, 3, 256, 256)
    expected = plain(images)
    found = fast_network(plain)(images)
    assert list(found) == list(expected) == ["pitch", "yaw", "roll", "t", "exp", "scale", "kp"]
    for name, value in expected.items():
        check(found[name], value)


def test_warping():
    """At the published size."""
    plain = random_network("warping_module", seed=1)
    volume, (driving, source) = uniform(2, 1, 32, 16, 64, 64) - 0.5, keypoints(3)
    expected = plain(volume, driving, source)
    found = fast_network(plain)(volume, driving, source)
    for name in expected._fields:
        check(getattr(found, name), getattr(expected, name))


def test_candidate_motions_equal_volumetric_sampling():
    """Also where keypoints move out of the volume, and where its sides differ."""
    compressed = uniform(1, 1, 4, 16, 32, 64) - 0.5
    driving, source = keypoints(5)
    source[0, 3] += 1.5
    moved = torch.stack(
        [sample(compressed, grid) for grid in candidate_grids(compressed, driving, source).unbind(1)], 1
    )
    heat = heat_maps(compressed, driving) - heat_maps(compressed, source)
    found = candidate_channels(compressed[0], driving[0], source[0]).unflatten(0, (22, 5))
    torch.testing.assert_close(found[:, 1:], moved[0], rtol=0, atol=1e-5)
    torch.testing.assert_close(found[1:, 0], heat[0], rtol=0, atol=1e-5)
    assert not found[0, 0].any()
    heat_found = found[:, 0].abs()
    assert not bool(
        ((heat_found > 0) & (heat_found < torch.finfo(torch.float32).tiny)).any()
    )  # subnormal numbers are slow


@pytest.fixture(scope="module")
def generator_and_output():
    plain = random_network("spade_generator", seed=1)
    features = (uniform(2, 1, 256, 12, 16) - 0.5) * 3
    return plain, features, plain(features)


def test_generator(generator_and_output):
    """At a smaller size: the full one is 892 GFLOP."""
    plain, features, expected = generator_and_output
    assert expected.shape == (1, 3, 96, 128)
    check(fast_network(plain)(features), expected)


def test_bfloat16_is_near(generator_and_output):
    """Products in bfloat16 show the same picture: over 40 dB against float32."""
    plain, features, expected = generator_and_output
    found = fast_network(plain, torch.bfloat16)(features)
    assert found.dtype == torch.float32
    assert -10 * float(torch.log10((found - expected).square().mean())) > 40
