"""Model files that are fetched once: where they come from, where they lie, whether they are whole."""

from __future__ import annotations

import errno
import hashlib
import http.client
import os
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from thermvision.types import InputError


@dataclass(frozen=True, slots=True)
class Weights:
    """A published file with its pinned SHA-256."""

    name: str
    file_name: str
    url: str
    sha256: str
    licence: str
    environment: str  # variable that may hold the path of a copy
    purpose: str


WEIGHTS = {
    "face-landmarker": Weights(
        name="face-landmarker",
        file_name="face_landmarker.task",
        url="https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/face_landmarker.task",
        sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
        licence="Apache-2.0",
        environment="THERMVISION_FACE_LANDMARKER",
        purpose="tracking driving videos",
    )
}


def cache_folder() -> Path:
    """Where fetched files lie: THERMVISION_CACHE, else XDG_CACHE_HOME/thermvision, else ~/.cache/thermvision."""
    if given := os.environ.get("THERMVISION_CACHE"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "thermvision"


def find(name: str, explicit: Path | None = None) -> Path:
    """The file of weights `name`: `explicit`, else the environment's, else the fetched one; its checksum is verified.

    InputError if there is none (naming the places looked at and the command that fetches it) or if it is not the pinned file.
    """
    weights = _known(name)
    from_environment = os.environ.get(weights.environment)
    if explicit is not None:
        return _verified(Path(explicit), weights, "--model")
    if from_environment:
        return _verified(Path(from_environment), weights, weights.environment)
    cached = cache_folder() / weights.file_name
    if cached.is_file():
        return _verified(cached, weights, "the cache")
    raise InputError(
        f"the {name} weights are missing (needed for {weights.purpose}; looked at --model, ${weights.environment} and {cached});"
        f" fetch them once with `thermvision weights fetch {name}`"
    )


def fetch(name: str) -> Path:
    """Download weights into the cache, verify the checksum, and only then give the file its name."""
    weights = _known(name)
    target = cache_folder() / weights.file_name
    if target.is_file() and sha256_of(target) == weights.sha256:
        return target
    temporary = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            temporary = Path(file.name)
            for block in _downloaded(weights):
                file.write(block)
        found = sha256_of(temporary)
        if found != weights.sha256:
            raise InputError(
                f"what {weights.url} sent has SHA-256 {found}, expected {weights.sha256}; nothing was kept, try again later"
            )
        os.replace(temporary, target)
    except OSError as error:
        remedy = "free space" if error.errno == errno.ENOSPC else "mend its permissions"
        raise InputError(
            f"{target} cannot be written ({os.strerror(error.errno or 0).lower()}); {remedy} or set THERMVISION_CACHE to another folder"
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    return target


def _downloaded(weights: Weights) -> Iterator[bytes]:
    """The published file in blocks; InputError if the network fails before or on the way."""
    try:
        with urllib.request.urlopen(weights.url, timeout=60) as response:  # noqa: S310 (the table holds https only)
            while block := response.read(1 << 20):
                yield block
    except (OSError, http.client.HTTPException) as error:  # URLError is an OSError
        reason = getattr(error, "reason", error)
        raise InputError(
            f"{weights.url} cannot be reached ({getattr(reason, 'strerror', None) or reason}); fetch the file on another machine and"
            f" name it by --model or ${weights.environment}"
        ) from error


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, as hex digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def status(name: str) -> dict[str, str]:
    """Name, licence, purpose and state of weights: the path if present and whole, else what is wrong."""
    weights = _known(name)
    try:
        state = str(find(name))
    except InputError as error:
        state = f"cannot be used: {error}"
    return {"name": name, "licence": weights.licence, "purpose": weights.purpose, "state": state}


def _known(name: str) -> Weights:
    if name not in WEIGHTS:
        raise InputError(f"weights '{name}' are not known; choose one of {', '.join(WEIGHTS)}")
    return WEIGHTS[name]


def _verified(path: Path, weights: Weights, source: str) -> Path:
    if not path.is_file():
        raise InputError(
            f"{path} (from {source}) {'is a folder' if path.is_dir() else 'does not exist'}; fetch it with `thermvision weights fetch {weights.name}` and leave {source} out"
        )
    found = sha256_of(path)
    if found != weights.sha256:
        raise InputError(
            f"{path} (from {source}) has SHA-256 {found[:12]}..., expected {weights.sha256[:12]}...: it is damaged or another version;"
            f" fetch it anew with `thermvision weights fetch {weights.name}`"
        )
    return path
