"""The smoother is the Kalman smoother: against the linear equations that it solves."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from thermvision.motion.euler import rotation_from_euler_deg
from thermvision.retarget.liveportrait.rts import smooth_turns, smooth_values

START_VARIANCE = 1e5  # of the original, in units of a step's variance


def exact(values, noise_ratio):
    """The mean of a random walk given noisy values: (prior precision + noise precision) x = noise precision * values."""
    count = len(values)
    precision = np.zeros((count, count))
    precision[0, 0] += 1 / START_VARIANCE
    for a in range(count - 1):
        precision[a : a + 2, a : a + 2] += [[1, -1], [-1, 1]]
    prior = precision @ np.full(count, values[0])  # the walk starts at the first value
    return np.linalg.solve(precision + np.eye(count) / noise_ratio, values / noise_ratio + prior)


@pytest.mark.parametrize("noise_ratio", [0.03, 0.3, 10.0])
def test_values_are_the_exact_smoothing(noise_ratio):
    rng = np.random.default_rng(4)
    values = rng.normal(0, 1, (40, 5)).cumsum(axis=0)
    expected = np.stack([exact(column, noise_ratio) for column in values.T], axis=1)
    np.testing.assert_allclose(smooth_values(values, noise_ratio), expected, atol=1e-6)


def test_steady_gains_are_those_of_the_original():
    """Weight of the newest value in the filter, which is the smoother's last frame: 0.97, 0.81 and 0.27 (reference 2.6)."""
    for noise_ratio, gain in [(0.03, 0.972), (0.3, 0.805), (10.0, 0.270)]:
        step = np.zeros(200)
        step[-1] = 1
        assert smooth_values(step, noise_ratio)[-1] == pytest.approx(gain, abs=0.002)


def test_rotations_stay_rotations_and_jitter_goes():
    rng = np.random.default_rng(1)
    clean = np.stack([rotation_from_euler_deg(20 * np.sin(f / 20), 0, 3) for f in range(120)])
    noisy = (Rotation.from_rotvec(rng.normal(0, 0.6, (120, 3)), degrees=True) * Rotation.from_matrix(clean)).as_matrix()
    smooth = smooth_turns(noisy, 10.0)
    np.testing.assert_allclose(np.swapaxes(smooth, 1, 2) @ smooth, np.broadcast_to(np.eye(3), smooth.shape), atol=1e-12)

    def wrong_deg(turns):
        return np.degrees((Rotation.from_matrix(clean).inv() * Rotation.from_matrix(turns)).magnitude()).mean()

    assert wrong_deg(smooth) < 0.7 * wrong_deg(noisy)


def test_nothing_changes_where_nothing_is_asked():
    values = np.random.default_rng(2).normal(size=(5, 3)).astype(np.float32)
    assert smooth_values(values, 0.0) is values
    assert smooth_values(values[:1], 5.0).shape == (1, 3)
    np.testing.assert_allclose(smooth_values(np.ones((7, 2)), 5.0), 1.0)
