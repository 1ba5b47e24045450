"""The packages of an extra, asked for where they are used."""

from __future__ import annotations

from importlib import import_module

from thermvision.types import InputError


def need(*packages: str, extra: str = "flux") -> None:
    """InputError with the remedy if one of the packages is not installed."""
    for package in packages:
        try:
            import_module(package)
        except ModuleNotFoundError as error:
            missing = error.name or package
            raise InputError(
                f'the Python package {missing} is not installed; pip install "thermvision[{extra}]" brings it'
            ) from error


def quieten() -> None:
    """Leave out what the libraries print of their own: bars, and notes that tell a user nothing."""
    import diffusers
    import transformers

    diffusers.utils.logging.set_verbosity_error()
    transformers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
