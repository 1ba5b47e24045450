"""Add temperature regions and masks to the head asset: how each region's temperature spreads over the skin."""

from __future__ import annotations

import numpy as np

from bake_head import ASSET
from head_bake import anchors, diffusion
from thermvision.head.model import HeadModel, load_head_model


def landmark_positions(model: HeadModel, name: str = "478") -> np.ndarray:
    """Positions (n, 3) of a landmark set on the base mesh."""
    corners = model.base_mm[model.triangles[model.landmark_triangles[name]]]
    return np.einsum("nc,ncd->nd", model.landmark_barycentric[name], corners)


def ears(model: HeadModel) -> dict[str, np.ndarray]:
    """Soft masks (v,) of the pinnae: what MakeHuman's ear targets move."""
    masks = {}
    for side, letter in (("left", "l"), ("right", "r")):
        moved = sum(
            np.linalg.norm(model.shapes[f"{letter}-ear-{axis}"], axis=2).max(axis=0)
            for axis in ("scale", "wing", "scale-depth")
        )
        masks[f"ear_{side}"] = np.clip(moved[: model.num_vertices] / np.percentile(moved, 99.7), 0, 1)
    return masks


def scalp(model: HeadModel, points: np.ndarray) -> np.ndarray:
    """Signed height (v,) in mm above the hairline, positive on the scalp."""
    base = model.base_mm[: model.num_vertices]
    # Hairline as height over azimuth (0 front, 180 back), from landmarks at the front and the ears' place at the sides.
    azimuth = np.degrees(np.arctan2(abs(base[:, 0]), -base[:, 2]))
    top, temple, sideburn = points[10], points[54], points[127]
    angle = lambda p: np.degrees(np.arctan2(abs(p[0]), -p[2]))  # noqa: E731
    knots = [0, angle(points[103]), angle(temple) + 6, angle(sideburn) - 6, angle(sideburn), 94, 106, 122, 150, 180]
    heights = [top[1] - 17, points[103][1] - 15, temple[1] - 7, sideburn[1] - 8, sideburn[1] + 14, -34, -6, 28, 44, 48]
    return np.interp(azimuth, knots, heights) - base[:, 1]


def anchor_vertices(model: HeadModel, points: np.ndarray, masks: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Vertices at which each region's temperature holds."""
    base = model.base_mm[: model.num_vertices]
    skin = np.unique(model.triangles[model.triangle_part == 0])
    at = {
        name: np.unique([skin[np.linalg.norm(base[skin] - points[i], axis=1).argmin()] for i in members])
        for name, members in anchors.BY_LANDMARK.items()
    }
    x, y, z = base[skin].T
    for side, sign in (("left", 1), ("right", -1)):
        ear = masks[f"ear_{side}"][skin] > 0.3
        at[f"ear_{side}"] = skin[ear & (abs(x) > np.percentile(abs(x[ear]), 55))]
        at[f"ear_meatus_{side}"] = skin[ear & (abs(x) < np.percentile(abs(x[ear]), 12))]
        at[f"neck_side_{side}"] = skin[(sign * x > 42) & (y > 75) & (y < 105) & (abs(z) < 45)]
    at["neck_front"] = skin[(abs(x) < 22) & (y > 85) & (y < 105) & (z < -10)]
    at["scalp"] = skin[masks["scalp_height_mm"][skin] > 25]
    at["torso"] = skin[y > 175]
    island = model.uv[model.triangle_uv[:, 0]][:, ::-1]
    mouth = (
        (model.triangle_part == 0)
        & (island[:, 0] > 0.57)
        & (island[:, 0] < 0.84)
        & (island[:, 1] > 0.32)
        & (island[:, 1] < 0.54)
    )
    inside = np.unique(model.triangles[mouth])
    at["mouth_interior"] = inside[base[inside, 2] > points[13][2] + 16]
    return {name: members for name, members in at.items() if len(members)}


def main() -> None:
    """Bake basis and masks."""
    model = load_head_model()
    points = landmark_positions(model)
    base = model.base_mm[: model.num_vertices]
    masks = {"scalp_height_mm": scalp(model, points), **ears(model)}
    at = anchor_vertices(model, points, masks)
    skin = np.unique(model.triangles[model.triangle_part == 0])
    compact = np.full(model.num_vertices, -1)
    compact[skin] = np.arange(len(skin))
    basis = np.zeros((model.num_vertices, len(at)), np.float32)
    basis[skin] = diffusion.spread(
        base[skin].astype(float), compact[model.triangles[model.triangle_part == 0]], [compact[m] for m in at.values()]
    )
    arrays = dict(np.load(ASSET))
    arrays = {name: a for name, a in arrays.items() if not name.startswith(("mask_", "region_"))}
    arrays |= {f"mask_{name}": mask.astype(np.float16) for name, mask in masks.items()}
    arrays |= {"region_names": np.array(list(at)), "region_basis": basis.astype(np.float16)}
    np.savez_compressed(ASSET, **arrays)
    print({name: len(members) for name, members in at.items()}, f"{ASSET.stat().st_size / 1e6:.1f} MB")
    print("overshoot", basis[skin].min(), basis[skin].max())


if __name__ == "__main__":
    main()
