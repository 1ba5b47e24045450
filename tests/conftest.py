"""Fixtures that several test folders use."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Material beside the repository (real driving videos, temperature table); tests that need it skip where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not (folder / "data").is_dir():
        pytest.skip(
            "needs ../shared (real driving videos and the FDA temperature table), which is not part of the project"
        )
    return folder
