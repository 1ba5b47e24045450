"""What lies under each pixel of a still: a kind of surface, and which way it faces. Lets training change one kind's
temperature, and light the same person for a picture as a visible-light camera would take it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

BACKGROUND, SKIN, BROW, LIPS, IRIS, SCLERA, MOUTH, HAIR, CLOTH, LENS, FRAME, HAT, MASK = range(13)
KINDS = 13
_WORN = {"lens": LENS, "frame_plastic": FRAME, "frame_metal": FRAME, "cloth": HAT, "knit": HAT, "mask": MASK}
_LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)  # MediaPipe
_BROWS = ((70, 63, 105, 66, 107, 55, 65, 52, 53, 46), (300, 293, 334, 296, 336, 285, 295, 282, 283, 276))
_IRIS_MM = 6.2


def inside(polygon, x, y):
    """Which points lie in a polygon (n, 2): an odd number of its edges to their left."""
    found = np.zeros(len(x), bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        found ^= ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0 if y1 != y0 else 1e-9) + x0)
    return found


@lru_cache(maxsize=1)
def head_kinds():
    """Kind of each triangle of the head model, cloth left out, which depends on the session."""
    from thermvision.head.landmarks import landmark_positions_mm
    from thermvision.head.model import load_head_model

    model = load_head_model()
    base = model.base_mm[: model.num_vertices]
    points = landmark_positions_mm(model, base, "478")
    middle = base[model.triangles].mean(axis=1)
    names = np.array(model.part_names)[model.triangle_part]
    kinds = np.full(len(names), SKIN, np.uint8)
    front = (names == "skin") & (middle[:, 2] < -40)
    kinds[front & inside(points[list(_LIPS), :2], middle[:, 0], middle[:, 1])] = LIPS
    for brow in _BROWS:
        kinds[front & inside(points[list(brow), :2], middle[:, 0], middle[:, 1])] = BROW
    for eye, pupil in (("eye_left", 473), ("eye_right", 468)):
        near = np.linalg.norm(middle - points[pupil], axis=1) < _IRIS_MM
        kinds[names == eye] = np.where(near, IRIS, SCLERA)[names == eye]
    kinds[np.isin(names, ("teeth_upper", "teeth_lower", "tongue"))] = MOUTH
    return kinds


def triangle_kinds(head, neckline):
    """Kind of each triangle of a person: the head model's, hair and worn things."""
    from thermvision.head.assemble import CELLS, WORN
    from thermvision.head.assemble import HAIR as HAIR_LAYER
    from thermvision.head.clothes import depth_under_cloth_mm
    from thermvision.portraits.worn_layer import MATERIALS

    kinds = np.full(len(head.triangles), HAIR, np.uint8)
    own = head_kinds().copy()
    base = head.model.base_mm[: head.model.num_vertices]
    covered = depth_under_cloth_mm(base[head.model.triangles].mean(axis=1), neckline) > 0
    own[covered & (own == SKIN)] = CLOTH
    kinds[: len(own)] = own
    by_cell = np.array([_WORN[name] for name in MATERIALS], np.uint8)
    cell = np.clip((head.uv[head.triangle_uv].mean(axis=1) * CELLS).astype(int), 0, CELLS - 1) @ [1, CELLS]
    worn = head.triangle_layer == WORN
    kinds[worn] = by_cell[np.minimum(cell[worn], len(by_cell) - 1)]
    kinds[head.triangle_layer == HAIR_LAYER] = HAIR
    return kinds


def pixel_surfaces(vertices_mm, triangles, kinds, view):
    """Kind (h, w) uint8 and the normal's x and y (h, w, 2) int8 (127 = 1; z points to the camera) under each pixel."""
    from thermvision.head.normals import vertex_normals
    from thermvision.head.raster import rasterize

    seen = np.empty((view.height_px, view.width_px), np.int32)
    projected, normals = view.project(vertices_mm), np.empty_like(vertices_mm)
    rasterize(projected, triangles, seen, np.empty(seen.shape, np.float32))
    vertex_normals(vertices_mm, triangles, normals)
    kind, facing = np.zeros(seen.shape, np.uint8), np.zeros((*seen.shape, 2), np.int8)
    y, x = np.nonzero(seen >= 0)
    corner = triangles[seen[y, x]]
    (ax, ay), (bx, by), (cx, cy) = (projected[corner[:, k], :2].T for k in range(3))
    area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    area = np.where(np.abs(area) < 1e-6, 1e-6, area)
    px, py = x + 0.5, y + 0.5
    share_b = ((px - ax) * (cy - ay) - (cx - ax) * (py - ay)) / area
    share_c = ((bx - ax) * (py - ay) - (px - ax) * (by - ay)) / area
    shares = np.stack([1 - share_b - share_c, share_b, share_c], axis=1)
    normal = np.einsum("nk,nkd->nd", shares, normals[corner])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    kind[y, x] = kinds[seen[y, x]]
    facing[y, x] = np.rint(127 * normal[:, :2])
    return kind, facing
