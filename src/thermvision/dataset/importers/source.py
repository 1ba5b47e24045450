"""Where an import reads from: a folder, a zip file, or a folder of zip files, all as one list of names."""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol, runtime_checkable

from thermvision.types import InputError

MAX_FILE_BYTES = 512 << 20  # of one file, unpacked; a zip that promises or gives more is refused
MAX_FILES = 5_000_000
_NOISE = ("__MACOSX", "Thumbs.db", "desktop.ini")


class Unreadable(Exception):
    """One file cannot be read; the reason in words. The import goes on without it."""


@runtime_checkable
class Source(Protocol):
    """Files by name: relative, with slashes, sorted."""

    names: tuple[str, ...]

    def read(self, name: str) -> bytes:
        """The content of a file; Unreadable if it cannot be had."""
        ...

    def fingerprint(self) -> str:
        """Sixteen hex digits of names and sizes."""
        ...


@dataclass(slots=True)
class FolderSource:
    """Files below a folder; links are followed, each folder once."""

    root: Path
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        found, seen = [], set[Path]()
        for here, folders, files in os.walk(self.root, followlinks=True):
            real = Path(here).resolve()
            folders[:] = [] if real in seen else sorted(one for one in folders if not _is_noise(one))
            if real not in seen:
                found += [
                    (Path(here) / name).relative_to(self.root).as_posix() for name in files if not _is_noise(name)
                ]
            seen.add(real)
        self.names = tuple(sorted(name for name in found if (self.root / name).is_file()))

    def read(self, name: str) -> bytes:
        """The content of a file."""
        path = self.root / name
        try:
            if path.stat().st_size > MAX_FILE_BYTES:
                raise Unreadable(f"is larger than {MAX_FILE_BYTES >> 20} MB")
            return path.read_bytes()
        except OSError as error:
            raise Unreadable(f"cannot be read ({(error.strerror or 'error').lower()})") from error

    def fingerprint(self) -> str:
        """Of names and sizes."""
        return _hash((name, (self.root / name).stat().st_size) for name in self.names)


@dataclass(slots=True)
class ZipSource:
    """Members of a zip file, read one by one; nothing is unpacked to the disk."""

    path: Path
    names: tuple[str, ...] = field(init=False)
    _members: dict[str, zipfile.ZipInfo] = field(init=False)
    _file: zipfile.ZipFile = field(init=False)

    def __post_init__(self) -> None:
        try:
            self._file = zipfile.ZipFile(self.path)
            members = [one for one in self._file.infolist() if not one.is_dir()]
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise InputError(
                f"{self.path} is no zip file that can be read ({error}); fetch it again, or unpack it and give the folder"
            ) from error
        if len(members) > MAX_FILES:
            raise InputError(f"{self.path} lists {len(members)} files; at most {MAX_FILES} are read")
        self._members = {}
        for member in members:
            name = member.filename.replace("\\", "/")
            parts = PurePosixPath(name).parts
            if name.startswith("/") or ".." in parts or ":" in parts[0]:
                raise InputError(
                    f"{self.path} holds '{member.filename}', a path that leads out of it; this zip file is not to be trusted"
                )
            if not any(map(_is_noise, parts)):
                self._members["/".join(parts)] = member
        self.names = tuple(sorted(self._members))

    def read(self, name: str) -> bytes:
        """The content of a member, never more than MAX_FILE_BYTES, whatever its head promises."""
        member = self._members[name]
        if member.file_size > MAX_FILE_BYTES:
            raise Unreadable(f"is larger than {MAX_FILE_BYTES >> 20} MB when unpacked")
        if member.flag_bits & 1:
            raise Unreadable("is encrypted")
        try:
            with self._file.open(member) as stream:
                data = stream.read(MAX_FILE_BYTES + 1)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError) as error:
            raise Unreadable(f"is damaged in the zip file ({error})") from error
        if len(data) > MAX_FILE_BYTES:
            raise Unreadable(f"is larger than {MAX_FILE_BYTES >> 20} MB when unpacked")
        return data

    def fingerprint(self) -> str:
        """Of names and sizes."""
        return _hash((name, self._members[name].file_size) for name in self.names)


@dataclass(slots=True)
class JoinedSource:
    """Several sources as one; of files with the same name the first one's counts."""

    parts: tuple[Source, ...]
    names: tuple[str, ...] = field(init=False)
    _home: dict[str, Source] = field(init=False)

    def __post_init__(self) -> None:
        self._home = {name: part for part in reversed(self.parts) for name in part.names}
        self.names = tuple(sorted(self._home))

    def read(self, name: str) -> bytes:
        """The content of a file."""
        return self._home[name].read(name)

    def fingerprint(self) -> str:
        """Of its parts."""
        return _hash((part.fingerprint(), 0) for part in self.parts)


@dataclass(slots=True)
class NamedSource:
    """A source with a folder's name before its files' names, for layouts in which that name says something."""

    inner: Source
    title: str
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.names = tuple(f"{self.title}/{name}" for name in self.inner.names)

    def read(self, name: str) -> bytes:
        """The content of a file."""
        return self.inner.read(name.removeprefix(f"{self.title}/"))

    def fingerprint(self) -> str:
        """Of what is inside."""
        return self.inner.fingerprint()


@dataclass(slots=True)
class FileSource:
    """A single file beside the source, such as a table of boxes."""

    path: Path
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.names = (self.path.name,)

    def read(self, name: str) -> bytes:
        """Its content."""
        return _read_file(self.path)

    def fingerprint(self) -> str:
        """Of its content."""
        return hashlib.sha256(_read_file(self.path)).hexdigest()[:16]


def open_source(path: Path, flag: str = "SRC", *, may_be_file: bool = False) -> Source:
    """A folder (with the zip files at its top opened too), a zip file, or with may_be_file any file; InputError if it is none."""
    if not path.exists():
        raise InputError(f"{flag} {path} does not exist; give a folder or a zip file")
    if path.is_dir():
        folder = FolderSource(path)
        zips = [name for name in folder.names if name.lower().endswith(".zip") and "/" not in name]
        source: Source = (
            JoinedSource((folder, *(_in_its_folder(ZipSource(path / name)) for name in zips))) if zips else folder
        )
        if not source.names:
            raise InputError(f"{flag} {path} is empty; give the folder that the set was unpacked in")
        return source
    if zipfile.is_zipfile(path) or path.suffix.lower() == ".zip":
        return ZipSource(path)
    if may_be_file:
        return FileSource(path)
    raise InputError(f"{flag} {path} is a file that is no zip; give a folder or a zip file")


def _in_its_folder(packed: ZipSource) -> Source:
    """A zip file among others as the folder that it would be unpacked to: under its own name, unless it holds that folder."""
    title = packed.path.stem
    return packed if all(name.startswith(f"{title}/") for name in packed.names) else NamedSource(packed, title)


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"cannot be read ({(error.strerror or 'error').lower()})") from error


def _is_noise(part: str) -> bool:
    return part.startswith(".") or part in _NOISE


def _hash(entries: Iterable[tuple[str, int]]) -> str:
    digest = hashlib.sha256()
    for name, size in entries:
        digest.update(f"{name}\0{size}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:16]
