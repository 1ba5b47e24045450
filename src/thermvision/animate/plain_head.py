"""A plain grey head that does what a motion says: the driver's panel where there is no video of one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from jaxtyping import UInt8

from thermvision.head.assemble import assemble
from thermvision.head.fit_prior import AGE, WEIGHT
from thermvision.head.identity import ANCESTRIES, neutral_mesh
from thermvision.head.model import load_head_model
from thermvision.head.normals import vertex_normals
from thermvision.head.pose import Rig, pose_vertices
from thermvision.head.projection import View
from thermvision.head.raster import rasterize
from thermvision.motion.arkit import ARKIT_NAMES
from thermvision.motion.neutral import relative_to_neutral
from thermvision.motion.placing import FRAME_CENTRE_MM
from thermvision.portraits.framing import FIELD_OF_VIEW_DEG
from thermvision.retarget.mesh import lids_meet_once
from thermvision.types import Motion

DISTANCE_MM = 900.0
_LIGHT = np.array([-0.35, -0.5, -0.79], np.float32)  # from above and image left, towards the head
_DARKEST, _BRIGHTEST = 40.0, 225.0


def plain_head(motion: Motion, size_px: int) -> Iterator[UInt8[np.ndarray, "h w 3"]]:
    """Frames (size_px square, RGB) of an average head, matt and grey before black, moved by the driver's change from its neutral."""
    model, rig = load_head_model(), _average_rig()
    change, view = relative_to_neutral(motion), View.from_fov(size_px, size_px, FIELD_OF_VIEW_DEG)
    order = [ARKIT_NAMES.index(name) for name in model.unit_names]
    place = np.array([0.0, FRAME_CENTRE_MM, DISTANCE_MM])
    triangle, inverse_depth = np.empty((size_px, size_px), np.int32), np.empty((size_px, size_px), np.float32)
    for index in range(len(change)):
        vertices = pose_vertices(
            rig,
            lids_meet_once(change.arkit[index])[order],
            change.gaze_deg[index],
            change.sight_from_head[index],
            place + 0.5 * change.head_position_mm[index],
        )
        rasterize(view.project(vertices), model.triangles, triangle, inverse_depth)
        normals = np.empty_like(vertices)
        vertex_normals(vertices, model.triangles, normals)
        shade = np.clip(normals @ _LIGHT / np.linalg.norm(normals, axis=1).clip(1e-9), 0, 1)
        of_triangle = shade[model.triangles].mean(axis=1)
        grey = np.where(triangle < 0, 0.0, _DARKEST + (_BRIGHTEST - _DARKEST) * of_triangle[triangle])
        yield np.repeat(np.rint(grey).astype(np.uint8)[..., None], 3, axis=2)


@lru_cache(maxsize=1)
def _average_rig() -> Rig:
    model = load_head_model()
    identity = {name: 0.0 for name in model.shapes}
    identity |= {"gender": 0.5, "age": AGE[0], "weight": WEIGHT[0], **{name: 1 / 3 for name in ANCESTRIES}}
    joined = neutral_mesh(model, identity)
    return assemble(model, joined, joined[: model.num_vertices], []).rig
