"""A difference that is known on a part of the head's mesh, carried on over the rest of it without a seam."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float
from scipy.sparse import coo_matrix, diags
from scipy.sparse.linalg import spsolve
from scipy.spatial import cKDTree

from thermvision.head.model import load_head_model
from thermvision.portraits.skin_points import head_texels

_REACH_MM, _INNER_REACH_MM = (
    60.0,
    12.0,
)  # over which a difference runs out where nothing is seen: skin, inside of the mouth
ALIKE_K = 3.0  # a mirrored difference beyond this is hair or glasses, not skin


def membrane(
    value: Float[np.ndarray, " v"], share: Float[np.ndarray, " v"], hairy: Bool[np.ndarray, " v"]
) -> Float[np.ndarray, " v"]:
    """The difference at all vertices: `value` where it is seen, else following the mirrored side, and running out to nothing.

    share: of a vertex' surroundings that is seen, 0-1. hairy: where hair is mirrored too, outside the face. One sparse linear system over the mesh's edges (Poisson's equation
    with the mirrored side as guide, screened by how far a difference reaches).
    """
    model = load_head_model()
    seen_here = share > 0.3
    twin = _vertex_twins()
    alike = seen_here[twin] & (hairy | (np.abs(value[twin]) < ALIKE_K))
    guess = np.where(seen_here, value, np.where(alike, value[twin], 0.0))
    start, end, weight = _links()
    shape = (model.num_vertices, model.num_vertices)
    links = coo_matrix((weight, (start, end)), shape).tocsr()
    degree = np.asarray(links.sum(axis=1)).ravel()
    laplace = diags(degree) - links
    # Steps of the mirrored side are followed where both ends have one; at borders nothing is asked.
    both = (seen_here | alike)[start] & (seen_here | alike)[end] & ~(seen_here[start] & seen_here[end])
    step = np.where(both, guess[start] - guess[end], 0.0) * weight
    flow = np.bincount(start, step, model.num_vertices)
    pull = np.where(seen_here, 1e3 * share, _reach_mm() ** -2.0) * np.maximum(degree, 1e-3)
    pull = np.where(seen_here, pull, pull * _mean_square_length())
    goal = np.where(seen_here, value, np.where(alike, guess, 0.0))
    return np.asarray(spsolve((laplace + diags(pull + 1e-9)).tocsc(), pull * goal + flow))


@lru_cache(maxsize=1)
def _links() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges of the mesh, both ways, and how stiff they are: short ones stiff."""
    model = load_head_model()
    t = model.triangles
    pairs = np.unique(np.sort(np.concatenate([t[:, [0, 1]], t[:, [1, 2]], t[:, [2, 0]]]), axis=1), axis=0)
    pairs = np.concatenate([pairs, _eyes_to_lids()])
    start, end = np.concatenate([pairs, pairs[:, ::-1]]).T
    length = np.linalg.norm(model.base_mm[start] - model.base_mm[end], axis=1)
    return start, end, 1 / np.maximum(length, 0.3)


def _eyes_to_lids() -> np.ndarray:
    """Pairs of an eyeball's vertices with the skin nearest to them: what covers the lids covers the eye."""
    model = load_head_model()
    own = model.base_mm[: model.num_vertices]
    skin = np.unique(model.triangles[model.triangle_part == 0])
    balls = [model.part_names.index(name) for name in ("eye_left", "eye_right")]
    eyes = np.unique(model.triangles[np.isin(model.triangle_part, balls)])
    nearest = cKDTree(own[skin]).query(own[eyes], k=2)[1]
    return np.stack([np.repeat(eyes, 2), skin[nearest].ravel()], axis=1)


@lru_cache(maxsize=1)
def _mean_square_length() -> np.ndarray:
    model = load_head_model()
    start, _, weight = _links()
    count = np.bincount(start, minlength=model.num_vertices)
    return np.bincount(start, weight**-2, model.num_vertices) / np.maximum(count, 1)


@lru_cache(maxsize=1)
def _reach_mm() -> np.ndarray:
    """How far a difference reaches at each vertex: mouth, teeth and tongue have their own temperature."""
    model, texels = load_head_model(), head_texels()
    mouth = np.bincount(texels.atlas.triangle, texels.mouth, len(model.triangles)) > 0
    inner = mouth | np.isin(
        model.triangle_part, [model.part_names.index(n) for n in ("teeth_upper", "teeth_lower", "tongue")]
    )
    reach = np.full(model.num_vertices, _REACH_MM)
    reach[np.unique(model.triangles[inner])] = _INNER_REACH_MM
    return reach


@lru_cache(maxsize=1)
def _vertex_twins() -> np.ndarray:
    """For each vertex the one on the other side of the face."""
    model = load_head_model()
    own = model.base_mm[: model.num_vertices]
    return np.asarray(cKDTree(own).query(own * np.array([-1, 1, 1], np.float32))[1])
