"""Which pixels of a thermal picture show the person: from the fitted head outwards, to where the picture changes.

A random walk with a prior (Grady 2006, 2005): the chance that a walker who steps less readily across temperature edges
ends at the person. Neighbouring pixels of like temperature belong together, the head's own pixels are the person's, and
how much a pixel looks like the person or like the background nearby decides the rest. It is one sparse linear system.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32
from scipy.ndimage import (
    binary_erosion,
    binary_opening,
    distance_transform_edt,
    gaussian_filter,
    label,
    median_filter,
    zoom,
)
from scipy.sparse import csr_matrix, diags
from scipy.sparse.linalg import spsolve

from thermvision.portraits.smooth_fill import smooth_fill

WORKING_PX = 144  # the longer side while looking
ROUNDS = 6
_DOUBT = -0.7  # log odds beside the mesh, where nothing else tells
_HAIR_FACES, _HAIR_SD_FACES = 0.17, 0.05  # how far hair stands off the mesh at most, usually, in heights of the face
_EDGE_SHARE = 0.35  # of the middle step between neighbours at outlines: the step that halves a walker's readiness
_LEAST_EDGE_K = 0.12
_UNARY, _ANCHOR = 0.02, 50.0
_REACH_FACES = 0.75  # how far from the head's mesh hair and clothes may reach, in heights of the face


def person_mask(
    temperature_k: Float32[np.ndarray, "h w"],
    mesh_seen: Bool[np.ndarray, "h w"],
    face_seen: Bool[np.ndarray, "h w"],
    face_height_px: float,
) -> Float32[np.ndarray, "h w"]:
    """Chance 0 to 1 that a pixel shows the person; 0.5 is the outline.

    mesh_seen: where the fitted head, neck and shoulders would be seen; face_seen: the face alone. face_height_px: from hairline to chin, about.
    """
    height, width = temperature_k.shape
    shrink = min(1.0, WORKING_PX / max(height, width))
    size = (max(8, round(height * shrink)), max(8, round(width * shrink)))
    smoothed = gaussian_filter(temperature_k, 0.4 / shrink)
    small, mesh = _resized(smoothed, size), _resized(mesh_seen.astype(np.float32), size) > 0.5
    face_px = face_height_px * size[0] / height
    inside = binary_erosion(mesh, iterations=max(1, round(0.06 * face_px)), border_value=1)
    away = distance_transform_edt(~_with_curtain(mesh, _resized(face_seen.astype(np.float32), size) > 0.5))
    outside = away > _REACH_FACES * face_px
    frame = np.zeros(size, bool)
    frame[: max(1, size[0] // 40)] = True
    frame[: size[0] // 2, [0, -1]] = True
    outside |= frame & (away > 0.5 * face_px)
    likely = np.where(mesh, 2.0, np.clip((_HAIR_FACES - away / face_px) / _HAIR_SD_FACES, -6, _DOUBT))
    chance = 1 / (1 + np.exp(-likely))
    steps = _weights(small)
    for turn in range(ROUNDS):
        alike = _alike(small, chance, likely, inside, outside, turn == 0)
        chance = _walk(steps, alike, inside, outside)
    full = np.clip(_resized(chance, (height, width)), 0, 1)
    return _connected(_sharpened(full, temperature_k, shrink), mesh_seen)


def _with_curtain(mesh: np.ndarray, face: np.ndarray) -> np.ndarray:
    """The mesh, and below the head as wide as it is: where long hair hangs."""
    rows = np.flatnonzero(face.any(axis=1))
    if not rows.size:
        return mesh
    head = mesh.copy()
    head[round(0.35 * rows[0] + 0.65 * rows[-1]) :] = False
    return mesh | np.maximum.accumulate(head, axis=0)


def _resized(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    factors = (size[0] / image.shape[0], size[1] / image.shape[1])
    return np.asarray(zoom(image, factors, order=1, grid_mode=True, mode="nearest"), np.float32)


def _weights(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How readily a walker steps down and to the right."""
    down, right = np.abs(np.diff(image, axis=0)), np.abs(np.diff(image, axis=1))
    scale = max(_LEAST_EDGE_K, _EDGE_SHARE * float(np.percentile(np.concatenate([down.ravel(), right.ravel()]), 97)))
    return 1 / (1 + (down / scale) ** 2) ** 2 + 1e-4, 1 / (1 + (right / scale) ** 2) ** 2 + 1e-4


def _alike(
    image: np.ndarray, chance: np.ndarray, likely: np.ndarray, inside: np.ndarray, outside: np.ndarray, first: bool
) -> np.ndarray:
    """Chance of being the person from the temperature, against both nearby, and from where it lies (`likely`, log odds)."""
    ground = (chance < (0.1 if first else 0.3)) | outside
    behind = smooth_fill(median_filter(image, 3), ground)
    behind_sd = np.hypot(0.25, 1.4826 * np.median(np.abs(image - gaussian_filter(image, 3))[ground]))
    to_ground = np.abs(image - behind) / (2.0 * behind_sd)
    if first:
        odds = np.clip(1.5 * (to_ground - 2.0), -3, 3)
        return np.asarray(1 / (1 + np.exp(-odds - likely)))
    person = (chance > 0.8) | inside
    own = smooth_fill(image, person)
    own_sd = np.hypot(0.6, np.median(np.abs(image - gaussian_filter(image, 3))[person]))
    to_own = np.abs(image - own) / (3.0 * own_sd)
    odds = np.clip(0.5 * (np.minimum(to_ground, 5) ** 2 - np.minimum(to_own, 5) ** 2), -4, 4)
    return np.asarray(1 / (1 + np.exp(-odds - likely)))


def _walk(
    steps: tuple[np.ndarray, np.ndarray], alike: np.ndarray, inside: np.ndarray, outside: np.ndarray
) -> np.ndarray:
    down, right = steps
    height, width = alike.shape
    index = np.arange(height * width).reshape(height, width)
    start = np.concatenate([index[:-1].ravel(), index[:, :-1].ravel()])
    end = np.concatenate([index[1:].ravel(), index[:, 1:].ravel()])
    weight = np.concatenate([down.ravel(), right.ravel()])
    pull = np.where(inside | outside, _ANCHOR, _UNARY)
    goal = np.where(inside, 1.0, np.where(outside, 0.0, alike))
    links = csr_matrix((weight, (start, end)), shape=(index.size, index.size))
    links = links + links.T
    system = diags(np.asarray(links.sum(axis=1)).ravel() + pull.ravel()) - links
    found = spsolve(system.tocsc(), (pull * goal).ravel(), permc_spec="MMD_AT_PLUS_A")
    return np.asarray(found.reshape(height, width))


def _sharpened(chance: np.ndarray, temperature_k: np.ndarray, shrink: float) -> np.ndarray:
    """Within the outline's neighbourhood: how near a pixel's temperature is to what is inside and to what is outside."""
    reach = max(2.0, 1.6 / shrink)
    sure_in, sure_out = chance > 0.5, chance <= 0.5
    to_out, to_in = distance_transform_edt(sure_in), distance_transform_edt(sure_out)
    inner, outer = to_out > reach, to_in > reach
    own, behind = smooth_fill(temperature_k, inner), smooth_fill(temperature_k, outer)
    gap = own - behind
    share = np.where(np.abs(gap) > 1e-3, (temperature_k - behind) / np.where(np.abs(gap) > 1e-3, gap, 1), 0.5)
    trust = np.clip(np.abs(gap) / 0.8, 0, 1) * 0.9
    band = ~(inner | outer)
    soft = 0.5 + 0.5 * np.clip((to_out - to_in) / reach, -1, 1)
    mixed = trust * np.clip(share, 0, 1) + (1 - trust) * soft
    return np.where(band, gaussian_filter(np.where(band, mixed, sure_in), 0.6), sure_in).astype(np.float32)


def _connected(chance: np.ndarray, mesh_seen: np.ndarray) -> np.ndarray:
    """Only what hangs together with the head, without holes."""
    reach = max(1, round(0.004 * len(chance)))
    solid = binary_opening(np.pad(chance > 0.5, 2 * reach, mode="edge"), iterations=reach)  # no single strands
    parts, _ = label(solid[2 * reach : -2 * reach, 2 * reach : -2 * reach])
    counts = np.bincount(parts[mesh_seen & (parts > 0)], minlength=2)
    counts[0] = 0
    person = parts == counts.argmax()
    gaps, count = label(~person)
    border = np.unique(np.concatenate([gaps[0], gaps[:, 0], gaps[:, -1]]))
    holes = ~person & ~np.isin(gaps, border)
    sizes = np.bincount(gaps.ravel(), minlength=count + 1)
    holes &= sizes[gaps] < 0.002 * chance.size
    return np.where(person, np.maximum(chance, 0.501), np.where(holes, 1.0, np.minimum(chance, 0.499))).astype(
        np.float32
    )
