"""Two simulated people in kelvin, made once, and files of them as users have them."""

import dataclasses

import numpy as np
import pytest

from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait
from thermvision.portraits.still import frontal_still

SEED, SIZE = 11, 128


def still_k(index: int, gender: str) -> np.ndarray:
    subject = draw_subject(SEED, index, gender)
    session = draw_session(SEED, subject, 0)
    session = dataclasses.replace(session, glasses="", headwear="", face_mask="", background="wall")
    return frontal_still(make_portrait(subject, session, SEED).head, SIZE).temperature_k


@pytest.fixture(scope="session")
def woman() -> np.ndarray:
    """(128, 128) kelvin, the face in the middle."""
    return still_k(0, "female")


@pytest.fixture(scope="session")
def man() -> np.ndarray:
    return still_k(1, "male")
