"""Cut head, neck and shoulders out of the base mesh, lay out the texture atlas, bind joints and skinning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from .makehuman import BaseMesh

PARTS = ("skin", "eye_left", "eye_right", "teeth_upper", "teeth_lower", "tongue")
_GROUPS = {
    "helper-l-eye": "eye_left",
    "helper-r-eye": "eye_right",
    "helper-upper-teeth": "teeth_upper",
    "helper-lower-teeth": "teeth_lower",
    "helper-tongue": "tongue",
}
JOINTS = {
    "neck": "joint-neck",
    "head": "joint-head",
    "jaw": "joint-jaw",
    "eye_left": "joint-l-eye",
    "eye_right": "joint-r-eye",
}
_CHEST_CUT_MM, _ARM_CUT_MM = -390.0, 245.0  # keep what lies above the chest and inside the upper arms


@dataclass(frozen=True)
class Cut:
    """The kept part: `source` maps kept vertices to the base mesh; joints follow as virtual vertices (means of cubes)."""

    source: np.ndarray  # (v,) base mesh vertex
    joint_sources: list[np.ndarray]  # per joint, base mesh vertices whose mean it is
    triangles: np.ndarray  # (t, 3)
    triangle_uv: np.ndarray  # (t, 3) into uv
    triangle_part: np.ndarray  # (t,) into PARTS
    uv: np.ndarray  # (u, 2) atlas coordinates, 0-1, v down

    def gather(self, field: np.ndarray) -> np.ndarray:
        """A per-vertex field of the base mesh on the kept vertices and, behind them, the joints."""
        joints = np.stack([field[source].mean(axis=0) for source in self.joint_sources])
        return np.concatenate([field[self.source], joints])


def cut_head(mesh: BaseMesh) -> Cut:
    """Head, neck and shoulders with eyeballs, teeth and tongue as triangles."""
    body = mesh.quads["body"]
    centre = mesh.vertices_mm[body[:, :, 0]].mean(axis=1)
    body = body[(centre[:, 1] < _CHEST_CUT_MM) & (abs(centre[:, 0]) < _ARM_CUT_MM)]
    quads = [body] + [mesh.quads[group] for group in _GROUPS]
    part = np.concatenate([np.full(len(q), i) for i, q in enumerate(quads)])
    corners = np.concatenate(quads)
    source, vertex = np.unique(corners[:, :, 0], return_inverse=True)
    uv_source, uv_index = np.unique(corners[:, :, 1], return_inverse=True)
    vertex, uv_index = vertex.reshape(-1, 4), uv_index.reshape(-1, 4)
    # Split each quad along its shorter diagonal, so that folds at lids and lips follow the surface.
    p = mesh.vertices_mm[source][vertex]
    short_first = np.linalg.norm(p[:, 0] - p[:, 2], axis=1) <= np.linalg.norm(p[:, 1] - p[:, 3], axis=1)
    split = np.where(short_first[:, None, None], [[0, 1, 2], [0, 2, 3]], [[0, 1, 3], [1, 2, 3]])
    rows = np.arange(len(vertex))[:, None, None]
    triangles, triangle_uv = vertex[rows, split].reshape(-1, 3), uv_index[rows, split].reshape(-1, 3)
    joints = [np.unique(mesh.quads[group][:, :, 0]) for group in JOINTS.values()]
    uv = _pack_atlas(mesh.uv[uv_source], triangle_uv, np.repeat(part, 2), mesh.vertices_mm[source], triangles)
    return Cut(
        source, joints, triangles.astype(np.int32), triangle_uv.astype(np.int32), np.repeat(part, 2).astype(np.int8), uv
    )


# Where each island goes in the atlas: x, y, width, height. The face's island gets more than half of it.
_SLOTS = {
    "head": (0.005, 0.005, 0.56, 0.99),
    "torso": (0.58, 0.005, 0.41, 0.30),
    "mouth": (0.58, 0.33, 0.25, 0.20),
    "socket_0": (0.86, 0.33, 0.12, 0.15),
    "socket_1": (0.86, 0.50, 0.12, 0.15),
    "eye_left": (0.58, 0.56, 0.12, 0.12),
    "eye_right": (0.72, 0.56, 0.12, 0.12),
    "teeth_upper": (0.58, 0.71, 0.18, 0.08),
    "teeth_lower": (0.58, 0.81, 0.18, 0.08),
    "tongue": (0.78, 0.71, 0.10, 0.20),
}


def _pack_atlas(
    uv: np.ndarray, triangle_uv: np.ndarray, part: np.ndarray, vertices: np.ndarray, triangles: np.ndarray
) -> np.ndarray:
    """MakeHuman's uv islands moved and scaled into `_SLOTS`, v turned to point down."""
    edges = np.concatenate([triangle_uv[:, [i, (i + 1) % 3]] for i in range(3)])
    graph = coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(len(uv), len(uv)))
    _, island = connected_components(graph, directed=False)
    packed, sockets = np.zeros_like(uv), 0
    for index in np.unique(island):
        members = np.flatnonzero(island == index)
        used = island[triangle_uv[:, 0]] == index
        name = PARTS[np.bincount(part[used]).argmax()]
        if name == "skin":
            size = np.ptp(uv[members], axis=0)
            height = vertices[triangles[used]].mean(axis=(0, 1))[1]
            if size[1] > 0.5:
                name = "head"
            elif size[0] > 0.4:
                name = "torso"
            elif height > -690 and size[0] > 0.1:
                name = "mouth"
            else:
                name, sockets = f"socket_{sockets}", sockets + 1
        x, y, width, height = _SLOTS[name]
        low, span = uv[members].min(axis=0), np.ptp(uv[members], axis=0)
        unit = (uv[members] - low) / span
        packed[members] = np.stack([x + unit[:, 0] * width, y + (1 - unit[:, 1]) * height], axis=1)
    # The face lies on its side in MakeHuman's layout. Upright, neighbours on the screen are neighbours in memory.

    return packed[:, ::-1]


def bone_to_segment(cut: Cut, weights: dict[str, np.ndarray]) -> np.ndarray:
    """Skinning weights (v, 3) for torso, neck and head from the default rig's many bones."""
    neck = sum(weights[bone] * share for bone, share in (("neck01", 1.0), ("neck02", 1.0), ("neck03", 0.55)))
    torso_bones = ("clavicle", "shoulder", "upperarm", "spine", "breast", "pelvis")
    torso = sum(w for bone, w in weights.items() if bone.startswith(torso_bones))
    total = sum(weights.values())
    head = total - neck - torso
    segment = np.stack([torso, neck, head], axis=1)[cut.source]
    empty = segment.sum(axis=1) < 1e-6
    segment[empty] = [0.0, 0.0, 1.0]  # eyeballs, teeth: they carry bones of their own elsewhere
    return segment / segment.sum(axis=1, keepdims=True)
