"""The bones a body is posed by, and which of MakeHuman's default rig each takes together."""

from __future__ import annotations

import numpy as np

# Bone -> (parent, joint cube at its head, prefixes of the rig's bones). `chest` does not move: it carries the head.
_TRUNK = {
    "chest": ("", "joint-spine-1", ("spine01", "spine02", "breast", "neck", "clavicle", "head", "special", "jaw")),
    "waist": ("chest", "joint-spine-3", ("spine03", "spine04")),
    "hips": ("waist", "joint-pelvis", ("spine05", "pelvis", "root")),
}
_SIDE = {
    "shoulder": ("chest", "joint-{s}-scapula", ("shoulder01.",)),
    "upperarm": ("shoulder", "joint-{s}-shoulder", ("upperarm01.", "upperarm02.")),
    "forearm": ("upperarm", "joint-{s}-elbow", ("lowerarm01.",)),
    "wrist": ("forearm", "joint-{s}-elbow", ("lowerarm02.",)),  # takes half of the hand's twist
    "hand": ("forearm", "joint-{s}-hand", ("wrist.", "metacarpal1.", "metacarpal2.", "metacarpal3.", "metacarpal4.")),
    "thigh": ("hips", "joint-{s}-upper-leg", ("upperleg01.", "upperleg02.")),
    "shin": ("thigh", "joint-{s}-knee", ("lowerleg01.", "lowerleg02.")),
    "foot": ("shin", "joint-{s}-ankle", ("foot.", "toe")),
}
POINTS = {"toe": "joint-{s}-foot-2", "knuckle": "joint-{s}-finger-3-1", "fingertip": "joint-{s}-finger-3-4"}


def table() -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """All bones, parents first: name -> (parent, joint cube, prefixes); sides are `_l` and `_r`, the subject's."""
    bones = dict(_TRUNK)
    for side in ("l", "r"):
        named = dict(_SIDE)
        for finger in range(1, 6):
            for part in range(1, 4):
                parent = "hand" if part == 1 else f"finger{finger}{part - 1}"
                cube = f"joint-{{s}}-finger-{finger}-{part}"
                named[f"finger{finger}{part}"] = (parent, cube, (f"finger{finger}-{part}.",))
        for name, (parent, cube, prefixes) in named.items():
            full = parent if parent in _TRUNK else f"{parent}_{side}"
            bones[f"{name}_{side}"] = (
                full, cube.format(s=side), tuple(p + side.upper() if p.endswith(".") else p for p in prefixes),
            )  # fmt: skip
    return bones


def gather_weights(weights: dict[str, np.ndarray], bones: dict[str, tuple[str, str, tuple[str, ...]]]) -> np.ndarray:
    """(v, bones) summing to 1; what no bone claims rides the chest."""
    columns = []
    for name, (_, _, prefixes) in bones.items():
        side = {"l": ".L", "r": ".R"}.get(name[-1]) if name[-2] == "_" else None
        mine = [w for b, w in weights.items() if b.startswith(prefixes) and (side is None or b.endswith(side))]
        columns.append(np.sum(mine, axis=0))
    table = np.stack(columns, axis=1)
    table[table.sum(axis=1) < 1e-6, 0] = 1.0
    return table / table.sum(axis=1, keepdims=True)
