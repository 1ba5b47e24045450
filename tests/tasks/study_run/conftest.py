"""The data set that several tests of this folder use."""

import pytest
from tasks.made_sets import simulated


@pytest.fixture(scope="session")
def portraits():
    return simulated()
