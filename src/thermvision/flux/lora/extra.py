"""The heavy libraries of the extra [flux], imported where they are used."""

from __future__ import annotations

import importlib
from typing import Any

from thermvision.types import InputError


def needed(module: str) -> Any:
    """Import a module of the extra; InputError with the command that installs it if it is missing."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise InputError(
            f'the Python package {error.name} is not installed; install it with pip install "thermvision[flux]"'
        ) from error
