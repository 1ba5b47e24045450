"""Model files that are fetched once: where they come from, where they lie, whether they are whole."""

from __future__ import annotations

import errno
import http.client
import os
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from thermvision.hub import HubFile, HubFolder, fetch_folder, is_whole, sha256_of
from thermvision.types import InputError

__all__ = [
    "FOLDERS",
    "NAMES",
    "WEIGHTS",
    "cache_folder",
    "fetch",
    "find",
    "find_folder",
    "sha256_of",
    "source",
    "status",
]


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
# Commit, sizes and hashes are what the hub's own pages show of these files (those of KwaiVGI/LivePortrait, the repository's
# earlier name, and of KlingTeam/LivePortrait); several public projects pin the same. The five networks of human faces only:
# the InsightFace and animal files beside them are for non-commercial research.
FOLDERS = {
    "liveportrait": HubFolder(
        name="liveportrait",
        repository="KlingTeam/LivePortrait",
        revision="82a4fa6735ca58432b6ce39301b4b9ee066dea47",
        listed="liveportrait",
        files=tuple(
            HubFile(f"liveportrait/{place}", place, size_bytes, sha256)
            for place, size_bytes, sha256 in (
                ("base_models/appearance_feature_extractor.pth", 3_387_959, "5279bb8654293dbdf327030b397f107237dd9212fb11dd75b83dfb635211ceb5"),
                ("base_models/motion_extractor.pth", 112_545_506, "251e6a94ad667a1d0c69526d292677165110ef7f0cf0f6d199f0e414e8aa0ca5"),
                ("base_models/warping_module.pth", 182_180_086, "2f61a6f265fe344f14132364859a78bdbbc2068577170693da57fb96d636e282"),
                ("base_models/spade_generator.pth", 221_813_590, "4780afc7909a9f84e24c01d73b31a555ef651521a1fe3b2429bd04534d992aee"),
                ("retargeting_models/stitching_retargeting_module.pth", 2_393_098, "3652d5a3f95099141a56986aaddec92fadf0a73c87a20fac9a2c07c32b28b611"),
            )
        ),
        licence="MIT",
        environment="THERMVISION_LIVEPORTRAIT",
        purpose="the liveportrait retargeter",
    )
}  # fmt: skip
NAMES = (*WEIGHTS, *FOLDERS)


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


def find_folder(name: str, explicit: Path | None = None) -> Path:
    """The folder of weights `name`: `explicit`, else the environment's, else the fetched one, whose hashes are verified.

    A folder that the user names may hold a copy in another format; whoever reads it checks it. InputError if there is none or
    a fetched file is damaged.
    """
    folder = FOLDERS[name]
    from_environment = os.environ.get(folder.environment)
    given = explicit or (Path(from_environment) if from_environment else None)
    if given is not None:
        if not given.is_dir():
            raise InputError(
                f"{given} (from {'the weights option' if explicit else f'${folder.environment}'}) {'is a file' if given.exists() else 'does not exist'};"
                f" name the folder with the {name} weights, or leave it out and run `thermvision weights fetch {name}`"
            )
        return given
    cached = cache_folder() / name
    bad = [file.kept_as for file in folder.files if not is_whole(file, cached)]
    if bad:
        what = "missing" if len(bad) == len(folder.files) else f"not whole ({', '.join(bad)})"
        raise InputError(
            f"the {name} weights are {what} (needed for {folder.purpose}; looked at ${folder.environment} and {cached}); fetch them"
            f" once ({folder.size_bytes / 1e6:.0f} MB, {folder.licence}) with `thermvision weights fetch {name}`"
        )
    return cached


def source(name: str) -> str:
    """Where weights would be fetched from, for people to read."""
    return FOLDERS[name].page if name in FOLDERS else _known(name).url


def fetch(name: str) -> Path:
    """Download weights into the cache, verify the checksums, and only then give the files their names."""
    if name in FOLDERS:
        return fetch_folder(FOLDERS[name], cache_folder() / name)
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


def status(name: str) -> dict[str, str]:
    """Name, licence, purpose and state of weights: the path if present and whole, else what is wrong."""
    weights = FOLDERS[name] if name in FOLDERS else _known(name)
    try:
        state = str(find_folder(name) if name in FOLDERS else find(name))
    except InputError as error:
        state = f"cannot be used: {error}"
    return {"name": name, "licence": weights.licence, "purpose": weights.purpose, "state": state}


def _known(name: str) -> Weights:
    if name not in WEIGHTS:
        raise InputError(f"weights '{name}' are not known; choose one of {', '.join(NAMES)}")
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
