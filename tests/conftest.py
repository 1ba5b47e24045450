"""Fixtures that several test folders use."""

import signal
from pathlib import Path

import pytest


def pytest_configure():
    """A shell's background jobs ignore Ctrl-C and pass that on to what they start, so nothing that tests start would hear it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Material beside the repository (real driving videos, temperature table); tests that need it skip where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not (folder / "data").is_dir():
        pytest.skip(
            "needs ../shared (real driving videos and the FDA temperature table), which is not part of the project"
        )
    return folder
