"""What is installed, what is missing, and what to do about it."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.metadata
import os
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from thermvision import __version__, weights
from thermvision.types import InputError

_CORE = (
    "numpy",
    "numba",
    "scipy",
    "pydantic",
    "tyro",
    "pyyaml",
    "pyarrow",
    "av",
    "pillow",
    "isal",
    "rich",
    "jaxtyping",
)
_EXTRAS = {"track": ("mediapipe",), "annotate": ("onnxruntime",)}
_MODULES = {"pyyaml": "yaml", "pillow": "PIL"}  # where it is not the package's name
_MIN_FREE_GB = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `needed` if the simulator cannot run without it."""

    what: str
    ok: bool
    needed: bool
    found: str
    remedy: str = ""

    def as_dict(self) -> dict[str, object]:
        """For --json."""
        return dataclasses.asdict(self)


def examine() -> list[Finding]:
    """Everything the package depends on, in the order in which one would mend it."""
    python_ok = (3, 11) <= sys.version_info < (3, 14)
    findings = [
        Finding("thermvision", True, True, __version__),
        Finding(
            "python",
            python_ok,
            True,
            f"{platform.python_version()} on {platform.platform()}",
            "use Python 3.11 to 3.13",
        ),
        Finding("cores", True, False, str(len(os.sched_getaffinity(0)))),
    ]
    findings += [_package(name, needed=True, remedy="pip install thermvision") for name in _CORE]
    findings += [
        _package(name, needed=False, remedy=f"pip install 'thermvision[{extra}]'")
        for extra, names in _EXTRAS.items()
        for name in names
    ]
    findings += [_asset(), _encoder(), _numba_cache(), *_weights(), _disk()]
    return findings


def _package(name: str, *, needed: bool, remedy: str) -> Finding:
    """Whether a package is installed and loads: a missing system library shows only then."""
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, False, needed, "not installed", remedy)
    try:
        importlib.import_module(_MODULES.get(name, name))
    except Exception as error:
        return Finding(name, False, needed, f"{version} does not load ({' '.join(str(error).split())})", remedy)
    return Finding(name, True, needed, version)


def _asset() -> Finding:
    try:
        from thermvision.head.model import load_head_model

        model = load_head_model()
        return Finding("head model", True, True, f"{model.num_vertices} vertices, {len(model.unit_names)} face units")
    except (OSError, KeyError, ValueError) as error:
        return Finding("head model", False, True, str(error), "install the package again")


def _encoder() -> Finding:
    try:
        import av

        av.codec.Codec("libx264", "w")
        return Finding("H.264 encoder", True, True, "libx264")
    except (ImportError, ValueError, OSError) as error:
        return Finding("H.264 encoder", False, True, str(error), "pip install --force-reinstall av")


def _numba_cache() -> Finding:
    """Numba keeps compiled kernels beside the package or in the user's cache; without either each start takes long."""
    beside = Path(__file__).parent
    user = Path(os.environ.get("NUMBA_CACHE_DIR") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"))
    place = next((folder for folder in (beside, user, user.parent) if os.access(folder, os.W_OK)), None)
    return Finding(
        "compiled kernels",
        place is not None,
        False,
        "can be kept" if place else "cannot be kept",
        "set NUMBA_CACHE_DIR to a folder you may write to",
    )


def _weights() -> list[Finding]:
    found = []
    for name, entry in (weights.WEIGHTS | weights.FOLDERS).items():
        try:
            path = weights.find_folder(name) if name in weights.FOLDERS else weights.find(name)
            found.append(Finding(f"weights {name}", True, False, f"{path} ({entry.licence})"))
        except InputError as error:
            found.append(Finding(f"weights {name}", False, False, f"for {entry.purpose}; {entry.licence}", str(error)))
    return found


def _disk() -> Finding:
    free_gb = shutil.disk_usage(Path.cwd()).free / 1e9
    return Finding(
        "free disk here",
        free_gb > _MIN_FREE_GB,
        False,
        f"{free_gb:.1f} GB",
        "a clip of 300 frames of 512x512 takes about 75 MB",
    )
