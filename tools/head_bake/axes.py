"""Which MakeHuman targets become phenotype corners, shape axes and face units of the head model."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np

from .makehuman import read_target

SHAPE_FOLDERS = ("head", "forehead", "eyes", "nose", "mouth", "ears", "chin", "cheek", "neck")
_OPPOSITES = (
    ("decr", "incr"), ("down", "up"), ("in", "out"), ("backward", "forward"), ("compress", "uncompress"), ("concave", "convex"),
)  # fmt: skip
_SKIP = (
    "head-trans",
    "neck-trans",
    "measure-neck-height",
    "head-age",
    "head-back-scale-depth",
)  # move the whole head or double another


def phenotype_corners(data: Path, num_vertices: int) -> dict[str, np.ndarray]:
    """Displacements at the corners of ancestry x gender x age and of gender x age x weight (average muscle)."""
    folder = data / "mpfb2/targets/macrodetails"
    corners = {}
    for gender, age in itertools.product(("female", "male"), ("young", "old")):
        for ancestry in ("african", "asian", "caucasian"):
            corners[f"{ancestry}-{gender}-{age}"] = read_target(
                folder / f"{ancestry}-{gender}-{age}.target.gz", num_vertices
            )
        for weight in ("min", "average", "max"):
            name = f"universal-{gender}-{age}-averagemuscle-{weight}weight"
            corners[f"{weight}weight-{gender}-{age}"] = read_target(folder / f"{name}.target.gz", num_vertices)
    return corners


def shape_axes(data: Path, num_vertices: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Signed axes: name -> displacements at -1 and at +1; `l-`/`r-` axes stay separate, tied when sampled."""
    axes = {}
    for folder in SHAPE_FOLDERS:
        names = {
            p.name.removesuffix(".target.gz"): p for p in sorted((data / "mpfb2/targets" / folder).glob("*.target.gz"))
        }
        done = set()
        for name, path in names.items():
            if name in done or name.startswith(_SKIP):
                continue
            stem, _, ending = name.rpartition("-")
            pair = next(
                (
                    (a, b)
                    for a, b in _OPPOSITES
                    if ending in (a, b) and f"{stem}-{a}" in names and f"{stem}-{b}" in names
                ),
                None,
            )
            if pair is None:
                axes[name] = (np.zeros((num_vertices, 3)), read_target(path, num_vertices))
                continue
            done |= {f"{stem}-{pair[0]}", f"{stem}-{pair[1]}"}
            axes[stem] = tuple(read_target(names[f"{stem}-{side}"], num_vertices) for side in pair)
    return axes


def face_units(data: Path, num_vertices: int) -> dict[str, np.ndarray]:
    """The 52 ARKit face units."""
    folder = data / "faceunits01/targets/faceunits"
    return {path.stem: read_target(path, num_vertices) for path in sorted(folder.glob("*.target"))}
