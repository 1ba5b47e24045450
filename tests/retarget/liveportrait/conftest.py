"""Random networks of the published layout, made once a session; one thread, as tests run in parallel."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason='needs the extra: pip install "thermvision[flux]"')
pytest.importorskip("safetensors", reason='needs the extra: pip install "thermvision[flux]"')

from thermvision.retarget.liveportrait.layout import NETWORKS, STITCHING_NETWORKS  # noqa: E402
from thermvision.retarget.liveportrait.random_weights import random_network  # noqa: E402


@pytest.fixture(scope="module", autouse=True)  # not the session: training is tested in the same process
def _one_thread_no_gradients():
    torch.set_num_threads(1)
    with torch.no_grad():
        yield


@pytest.fixture(scope="session")
def states():
    """State dicts of all five files: four by stem, three by part of the stitching file."""
    return {name: random_network(name, seed=7).state_dict() for name in (*NETWORKS, *STITCHING_NETWORKS)}
