"""Random generators: one per named thing, so that order of work and number of workers never matter."""

from __future__ import annotations

import hashlib

import numpy as np


def rng(seed: int, *keys: int | str) -> np.random.Generator:
    """A generator for the thing that `keys` names under `seed`; seed 0 is a seed like any other.

    The same (seed, keys) gives the same stream on every machine: the keys are hashed with SHA-256, so neither Python's
    hash randomisation nor the order of calls plays a part.
    """
    text = "\x1f".join([str(int(seed)), *(f"{type(key).__name__}:{key}" for key in keys)])
    words = np.frombuffer(hashlib.sha256(text.encode()).digest(), dtype=np.uint32)
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(words.tolist())))
