"""Files of a model repository on the Hugging Face hub: fetched at a pinned revision, checked twice, resumed when broken off."""

from __future__ import annotations

import errno
import hashlib
import http.client
import json
import os
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thermvision.disk import only_one
from thermvision.types import InputError

PUBLIC_HUB = "https://huggingface.co"
BLOCK_BYTES, TIMEOUT_S = 1 << 20, 60.0
SPARE_BYTES = 64 << 20  # of the disk, left free


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file of a repository: its path there, below the folder it is kept in, its size and its SHA-256."""

    path: str
    kept_as: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class HubFolder:
    """Several files of one repository at one commit, kept together in a folder."""

    name: str
    repository: str
    revision: str  # a commit, 40 hex digits
    listed: str  # the folder of the repository that holds the files
    files: tuple[HubFile, ...]
    licence: str
    environment: str  # variable that may name a folder with a copy
    purpose: str

    @property
    def size_bytes(self) -> int:
        """All files together."""
        return sum(file.size_bytes for file in self.files)

    @property
    def page(self) -> str:
        """The repository for a browser, at the pinned commit."""
        return f"{hub()}/{self.repository}/tree/{self.revision}/{self.listed}"


def hub() -> str:
    """Address of the hub: HF_ENDPOINT (mirrors use it), else the public one."""
    return (os.environ.get("HF_ENDPOINT") or PUBLIC_HUB).rstrip("/")


def fetch_folder(folder: HubFolder, target: Path, on_bytes: Callable[[int], None] | None = None) -> Path:
    """Bring every file into `target`: those there and whole are kept, one broken off goes on where it stopped.

    The hub's list of the pinned commit is asked first, and must tell the sizes and hashes that are pinned here; what arrives
    must have them too before it gets its name. on_bytes hears how much of all files is there. InputError, one sentence: hub
    out of reach or told not to be asked (HF_HUB_OFFLINE), commit gone, access refused, other content, disk full, another fetch.
    """
    with only_one(target, "fetch"):
        missing = [file for file in folder.files if not is_whole(file, target)]
        done = folder.size_bytes - sum(file.size_bytes for file in missing)
        if not missing:
            return target
        _not_offline(folder, target)
        _agrees_with_the_hub(folder, _listing(folder, target))
        _there_is_room(missing, target)
        for file in missing:
            _bring(folder, file, target, done, on_bytes)
            done += file.size_bytes
    return target


def is_whole(file: HubFile, target: Path) -> bool:
    """Whether the file lies in the folder with its pinned size and hash."""
    path = target / file.kept_as
    return path.is_file() and path.stat().st_size == file.size_bytes and sha256_of(path) == file.sha256


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, as hex digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _not_offline(folder: HubFolder, target: Path) -> None:
    if os.environ.get("HF_HUB_OFFLINE", "0").lower() not in ("", "0", "false", "no", "off"):
        raise InputError(
            f"the {folder.name} weights are not all in {target} and HF_HUB_OFFLINE forbids asking the hub; unset it, or copy the"
            f" files of {folder.page} into a folder and name it by ${folder.environment}"
        )


def _listing(folder: HubFolder, target: Path) -> dict[str, dict[str, Any]]:
    """What the hub says of the files at the pinned commit, by path."""
    url = f"{hub()}/api/models/{folder.repository}/tree/{folder.revision}/{folder.listed}?recursive=true"
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response:  # noqa: S310 (the hub's own address)
            entries = json.load(response)
        return {str(entry["path"]): entry for entry in entries if entry.get("type") == "file"}
    except urllib.error.HTTPError as error:
        raise _refused(folder, url, error) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{url} did not answer as the hub does; check HF_ENDPOINT or try again later, nothing was changed in {target}"
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise _out_of_reach(folder, url, error) from error


def _agrees_with_the_hub(folder: HubFolder, listing: dict[str, dict[str, Any]]) -> None:
    """Both pins at once: the commit holds the files, and they are the ones that were looked at."""
    for file in folder.files:
        entry = listing.get(file.path)
        lfs = (entry or {}).get("lfs")
        told = lfs if isinstance(lfs, dict) else {}
        found = (told.get("oid"), told.get("size"))
        if entry is None or found != (file.sha256, file.size_bytes):
            what = "is not there" if entry is None else f"has SHA-256 {str(found[0])[:12]}... and {found[1]} bytes"
            raise InputError(
                f"{file.path} of {folder.repository} at {folder.revision[:7]} {what}, expected {file.sha256[:12]}... and"
                f" {file.size_bytes} bytes; nothing was fetched: another repository answers to that name, check HF_ENDPOINT"
            )


def _there_is_room(missing: list[HubFile], target: Path) -> None:
    needed = sum(file.size_bytes - _begun(target, file) for file in missing)
    free = shutil.disk_usage(target).free
    if free < needed + SPARE_BYTES:
        raise InputError(
            f"the disk of {target} has {free >> 20} MB free, {needed + SPARE_BYTES >> 20} MB are needed; free some space or set"
            " THERMVISION_CACHE to another folder"
        )


def _bring(folder: HubFolder, file: HubFile, target: Path, done: int, on_bytes: Callable[[int], None] | None) -> None:
    """Download one file beside its place, check it, and give it its name."""
    part, url = _part(target, file), f"{hub()}/{folder.repository}/resolve/{folder.revision}/{file.path}"
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        _download(folder, file, url, part, lambda bytes_: on_bytes(done + bytes_) if on_bytes else None)
        found = sha256_of(part)
        if found != file.sha256:
            part.unlink()
            raise InputError(
                f"what {url} sent has SHA-256 {found[:12]}..., expected {file.sha256[:12]}...; it was not kept, try again later"
            )
        os.replace(part, target / file.kept_as)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        remedy = (
            "free some space and run the same command again, it goes on from there" if full else "mend its permissions"
        )
        raise InputError(
            f"{part} cannot be written ({os.strerror(error.errno or 0).lower()}); {remedy}, or set THERMVISION_CACHE to another folder"
        ) from error


def _download(folder: HubFolder, file: HubFile, url: str, part: Path, on_bytes: Callable[[int], None]) -> None:
    """Append what is missing of a file; a server that cannot begin in the middle sends it from the start."""
    begun = part.stat().st_size if part.is_file() else 0
    if begun > file.size_bytes:
        part.unlink()
        begun = 0
    if begun == file.size_bytes:
        return
    request = urllib.request.Request(url, headers={"Range": f"bytes={begun}-"} if begun else {})  # noqa: S310
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT_S)  # noqa: S310 (the hub's own address)
    except urllib.error.HTTPError as error:
        raise _refused(folder, url, error) from error
    except (OSError, http.client.HTTPException) as error:
        raise _out_of_reach(folder, url, error) from error
    goes_on = response.status == http.HTTPStatus.PARTIAL_CONTENT
    with response, open(part, "ab" if goes_on else "wb") as out:
        have = begun if goes_on else 0
        while have < file.size_bytes:
            try:
                block = response.read(min(BLOCK_BYTES, file.size_bytes - have))
            except (OSError, http.client.HTTPException) as error:
                raise _out_of_reach(folder, url, error) from error
            if not block:
                raise _out_of_reach(folder, url, EOFError(f"it broke off after {have} of {file.size_bytes} bytes"))
            out.write(block)
            have += len(block)
            on_bytes(have)


def _part(target: Path, file: HubFile) -> Path:
    """Where a file grows; its hash is in the name, so that no other version is gone on with."""
    place = target / file.kept_as
    return place.with_name(f".{place.name}.{file.sha256[:12]}.part")


def _begun(target: Path, file: HubFile) -> int:
    part = _part(target, file)
    return min(part.stat().st_size, file.size_bytes) if part.is_file() else 0


def _refused(folder: HubFolder, url: str, error: urllib.error.HTTPError) -> InputError:
    if error.code in (401, 403):
        return InputError(
            f"the hub refuses {url} ({error.code}); if {folder.repository} asks for a licence to be accepted, do so in a browser, put its"
            f" files into a folder and name it by ${folder.environment}"
        )
    if error.code == http.HTTPStatus.NOT_FOUND:
        return InputError(
            f"{url} is not there (404): repository or commit is gone, or HF_ENDPOINT names a mirror without it; get the files elsewhere"
            f" and name their folder by ${folder.environment}"
        )
    return InputError(
        f"the hub cannot send {url} now ({error.code} {error.reason}); run the same command again later, it goes on from there"
    )


def _out_of_reach(folder: HubFolder, url: str, error: BaseException) -> InputError:
    reason = getattr(error, "reason", error)
    return InputError(
        f"{url} cannot be reached ({getattr(reason, 'strerror', None) or reason}); run the same command again, it goes on from there, or"
        f" fetch the files of {folder.page} on another machine and name their folder by ${folder.environment}"
    )
