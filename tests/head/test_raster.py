"""The z-buffer: pixel centres, front and back, depth order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermvision.head.projection import View
from thermvision.head.raster import rasterize


def draw(points, triangles, size=16):
    seen = np.empty((size, size), np.int32)
    depth = np.empty((size, size), np.float32)
    rasterize(np.array(points, np.float32), np.array(triangles, np.int32), seen, depth)
    return seen, depth


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 1.0, 1),  # one whole pixel
        (0.6, 1.4, 0),  # between two centres: nothing
        (0.4, 0.6, 1),  # a sliver that holds a centre
        (2.0, 5.0, 9),
    ],
)
def test_a_square_covers_the_centres_it_holds(low, high, expected):
    corners = [(low, low, 0.01), (high, low, 0.01), (high, high, 0.01), (low, high, 0.01)]
    seen, _ = draw(corners, [(0, 2, 1), (0, 3, 2)])
    assert (seen >= 0).sum() == expected


def test_back_faces_are_not_drawn():
    corners = [(1, 1, 0.01), (9, 1, 0.01), (1, 9, 0.01)]
    assert (draw(corners, [(0, 2, 1)])[0] >= 0).any()
    assert (draw(corners, [(0, 1, 2)])[0] < 0).all()


def test_the_nearer_surface_wins_whatever_the_order():
    near = [(0, 0, 0.02), (16, 0, 0.02), (0, 16, 0.02)]
    far = [(0, 0, 0.01), (16, 0, 0.01), (0, 16, 0.01)]
    seen, _ = draw(near + far, [(0, 2, 1), (3, 5, 4)])
    assert set(np.unique(seen)) == {-1, 0}
    seen, _ = draw(far + near, [(0, 2, 1), (3, 5, 4)])
    assert set(np.unique(seen)) == {-1, 1}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-20, 36), min_size=6, max_size=6))
def test_any_triangle_matches_the_sign_test(values):
    """Against the definition: a pixel is covered if its centre lies on the inner side of all three edges."""
    p = np.array(values, np.float32).reshape(3, 2)
    area = (p[1, 0] - p[0, 0]) * (p[2, 1] - p[0, 1]) - (p[1, 1] - p[0, 1]) * (p[2, 0] - p[0, 0])
    if abs(area) < 0.5:
        return
    order = (0, 2, 1) if area > 0 else (0, 1, 2)
    seen, _ = draw([(x, y, 0.01) for x, y in p], [order])
    y, x = np.mgrid[0:16, 0:16] + 0.5
    sides = [
        ((b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])) * np.sign(area) / np.hypot(*(b - a))
        for a, b in ((p[0], p[1]), (p[1], p[2]), (p[2], p[0]))
    ]
    margin = np.min(sides, axis=0)
    clear = abs(margin) > 1e-3
    assert ((seen >= 0) == (margin > 0))[clear].all()


def test_projection_puts_the_axis_in_the_middle_and_right_is_right():
    view = View.from_fov(512, 256, 24.0)
    x, y, w = view.project(np.float32([[0, 0, 800], [10, 20, 800]])).T
    assert (x[0], y[0]) == (256, 128)
    assert x[1] > 256 and y[1] > 128
    assert w[0] == pytest.approx(1 / 800)
    edge = view.project(np.float32([[np.tan(np.radians(12)) * 800, 0, 800]]))[0]
    assert edge[0] == pytest.approx(512, abs=1e-3)
