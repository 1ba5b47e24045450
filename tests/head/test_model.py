"""The baked head: sizes, symmetry, and people who look like people."""

from importlib import resources

import numpy as np
import pytest

from thermvision.head.identity import draw_identity, neutral_mesh
from thermvision.head.model import load_head_model
from thermvision.rng import rng

MODEL = load_head_model()


def test_asset_is_small_and_whole():
    asset = resources.files("thermvision") / "assets/head/head.npz"
    assert len(asset.read_bytes()) < 12e6
    assert len(MODEL.unit_names) == 52
    assert {"tongueOut", "jawOpen", "eyeBlinkLeft"} <= set(MODEL.unit_names)
    assert set(MODEL.part_names) == {"skin", "eye_left", "eye_right", "teeth_upper", "teeth_lower", "tongue"}


@pytest.mark.parametrize(("name", "count"), [("5", 5), ("54", 54), ("68", 68), ("70", 70), ("478", 478)])
def test_landmark_sets_are_points_of_the_mesh(name, count):
    weights = MODEL.landmark_barycentric[name]
    assert weights.shape == (count, 3)
    assert np.allclose(weights.sum(axis=1), 1, atol=1e-5)
    assert weights.min() >= -1e-6


def test_base_mesh_is_symmetric():
    base = MODEL.base_mm[: MODEL.num_vertices]
    mirrored = base * np.float32([-1, 1, 1])
    nearest = np.array([np.abs(base - p).sum(axis=1).min() for p in mirrored[::37]])
    assert nearest.max() < 0.2


def test_left_is_image_right():
    left = MODEL.base_mm[MODEL.num_vertices + MODEL.joint_names.index("eye_left")]
    assert left[0] > 20  # the subject's left eye lies to image right
    assert left[2] < -50  # and in front of the head joint, towards the camera


@pytest.mark.parametrize("gender", ["female", "male"])
def test_drawn_people_have_human_measures(gender):
    """Means and spreads in the range of adult anthropometry (face width 120-160 mm, face height 95-140, pupils 54-74)."""
    widths, pupils, heights = [], [], []
    for i in range(60):
        mesh = neutral_mesh(MODEL, draw_identity(rng(5, gender, i), gender, MODEL))
        corners = mesh[MODEL.triangles[MODEL.landmark_triangles["68"]]]
        points = np.einsum("nc,ncd->nd", MODEL.landmark_barycentric["68"], corners)
        widths.append(abs(points[0, 0] - points[16, 0]))
        heights.append(points[8, 1] - points[27, 1])
        eyes = mesh[MODEL.num_vertices :]
        pupils.append(abs(eyes[MODEL.joint_names.index("eye_left"), 0] - eyes[MODEL.joint_names.index("eye_right"), 0]))
    assert 115 < np.mean(widths) < 160 and np.std(widths) < 12
    assert 54 < np.mean(pupils) < 74 and min(pupils) > 48 and max(pupils) < 80
    assert 95 < np.mean(heights) < 140 and 2 < np.std(heights) < 12


def test_region_shares_sum_to_one_and_hold_at_their_anchors():
    skin = np.unique(MODEL.triangles[MODEL.triangle_part == 0])
    assert np.allclose(MODEL.region_basis[skin].sum(axis=1), 1, atol=0.02)
    held = MODEL.region_basis.max(axis=0)
    assert (held > 0.9).all(), dict(zip(MODEL.region_names, held.round(2), strict=True))
