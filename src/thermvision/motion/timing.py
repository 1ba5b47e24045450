"""Curves over time from which programs are made: bells, plateaus, blinks, slow drift."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

BLINKS_PER_MINUTE = (12.0, 20.0)
BLINK_LENGTH_S = (0.15, 0.3)


def bell(t: Float[np.ndarray, " f"], centre: float, width: float) -> Float[np.ndarray, " f"]:
    """1 at the centre, a Gaussian fall to either side with standard deviation `width` / 2."""
    return np.exp(-0.5 * ((t - centre) / (width / 2)) ** 2)


def plateau(
    t: Float[np.ndarray, " f"], start: float, stop: float, onset: float, offset: float
) -> Float[np.ndarray, " f"]:
    """0 outside start..stop, 1 in between, with smooth edges that take the shares `onset` and `offset` of the length."""
    length = stop - start
    rise = np.clip((t - start) / (onset * length), 0, 1)
    fall = np.clip((stop - t) / (offset * length), 0, 1)
    share = np.minimum(rise, fall)
    return share * share * (3 - 2 * share)


def blinks(t: Float[np.ndarray, " f"], rng: np.random.Generator) -> Float[np.ndarray, " f"]:
    """Lid closure 0-1: 12-20 blinks a minute at irregular intervals, closing twice as fast as opening, none at the start."""
    closure = np.zeros_like(t)
    mean_gap = 60.0 / rng.uniform(*BLINKS_PER_MINUTE)
    now = rng.uniform(0.5, mean_gap)
    while now < t[-1]:
        length = rng.uniform(*BLINK_LENGTH_S)
        shut = np.clip((t - now) / (0.33 * length), 0, 1)
        open_again = np.clip((now + length - t) / (0.55 * length), 0, 1)
        share = np.minimum(shut, open_again)
        closure = np.maximum(closure, share * share * (3 - 2 * share))
        peak = int(np.argmin(np.abs(t - now - 0.38 * length)))
        closure[peak] = 1.0  # a fast blink may shut between two frames; the frame nearest shows it
        now += max(0.6, rng.gamma(4.0, mean_gap / 4.0))
    return closure


def drift(t: Float[np.ndarray, " f"], rng: np.random.Generator, *, period_s: float) -> Float[np.ndarray, "f 3"]:
    """Three smooth random curves of about unit variance with features of about `period_s`."""
    waves = 6
    frequency = rng.uniform(0.4, 1.3, (waves, 3)) / period_s
    phase = rng.uniform(0, 2 * np.pi, (waves, 3))
    return np.sin(2 * np.pi * frequency * t[:, None, None] + phase).sum(axis=1) * np.sqrt(2 / waves)
