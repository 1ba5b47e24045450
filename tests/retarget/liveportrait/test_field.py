"""The network's backward field: inverted at points, read on the skin, and exactly still where nothing moves."""

import numpy as np
import pytest

from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.model import load_head_model
from thermvision.motion.euler import euler_deg, rotation_from_euler_deg
from thermvision.retarget.liveportrait.field import carried, displacement_of, enlarged, moves_at, surface_move
from thermvision.retarget.liveportrait.relief import relief_under
from thermvision.types import InputError

SHAPE = (16, 64, 64)


def grid():
    z, y, x = (np.linspace(-1, 1, n, dtype=np.float32) for n in SHAPE)
    return np.stack(np.meshgrid(z, y, x, indexing="ij")[::-1], axis=-1)


def head_points(turn=(0, 0, 0)):
    """The average head's 478 points in the crop's units, turned."""
    model = load_head_model()
    points = landmark_positions_mm(model, model.base_mm[: model.num_vertices], "478").astype(float)
    return (points - points.mean(axis=0)) @ rotation_from_euler_deg(*turn).T / 175 + [0, 0.05, -0.2]


def test_the_identity_is_exactly_no_move():
    field = displacement_of(grid())
    assert not field.any()
    points = head_points()
    np.testing.assert_array_equal(carried(field, points), points)
    assert not surface_move(field, points, 512).any()


def test_a_shift_carries_points_against_the_field():
    """The field says where each place comes from: a source to the left of it means that the face went to the right."""
    field = displacement_of(grid() + np.array([-0.1, 0.05, 0], np.float32))
    np.testing.assert_allclose(
        carried(field, head_points()) - head_points(), np.broadcast_to([0.1, -0.05, 0], (478, 3)), atol=1e-5
    )
    np.testing.assert_allclose(
        surface_move(field, head_points(), 512), np.broadcast_to([-25.6, 12.8], (512, 512, 2)), atol=1e-3
    )


def test_points_go_where_a_smooth_field_brings_them():
    rng = np.random.default_rng(3)
    places = grid()
    waves = sum(rng.normal(0, 0.02, 3) * np.sin(places @ rng.normal(0, 3, 3) + k)[..., None] for k in range(4))
    field = waves.astype(np.float32)
    points = head_points()
    now = carried(field, points)
    assert np.abs(now - points).max() > 0.02
    np.testing.assert_allclose(now + moves_at(field, now), points, atol=2e-3)


def test_a_head_that_turns_is_followed_at_its_own_depth():
    """Field of a rigid turn by 12 degrees: the points arrive where the turn puts them, which takes their depth."""
    turn, centre = rotation_from_euler_deg(12, 0, 0), np.array([0, 0.05, -0.1])
    source = (grid() - centre) @ turn + centre  # backwards
    field = displacement_of(source.astype(np.float32))
    points = head_points()
    expected = (points - centre) @ turn.T + centre
    np.testing.assert_allclose(carried(field, points), expected, atol=6e-3)
    flat = surface_move(field, carried(field, points), 512)
    nose, ear = (tuple(((expected[i, 1::-1] + 1) * 256).astype(int)) for i in (4, 454))
    np.testing.assert_allclose(flat[nose], (points - expected)[4, :2] * 256, atol=2.5)
    assert np.sign(flat[nose][0]) != np.sign(
        flat[ear][0]
    )  # front and back go opposite ways; a mean over depth would not


@pytest.mark.parametrize("turn", [(0, 0, 0), (25, -10, 8), (-35, 5, 0)])
def test_the_relief_under_points_is_turned_as_they_are(turn):
    points = head_points(turn)
    relief = relief_under(points[:, :2] * 256 + 256)
    np.testing.assert_allclose(euler_deg(relief.rotation), turn, atol=0.2)
    depth = relief.depth_px / 256
    np.testing.assert_allclose(depth, points[:, 2] - points[:, 2].mean(), atol=1e-3)
    facing = relief.facing(relief.rotation)
    assert facing[4]
    assert facing[454] == (turn[0] < 20)  # the subject's left cheek edge turns away when the face turns to image right
    assert facing.mean() > 0.6


def test_points_on_a_line_are_no_face():
    line = np.stack([np.linspace(0, 100, 478), np.linspace(0, 50, 478)], axis=1)
    with pytest.raises(InputError, match="on a line"):
        relief_under(line)


def test_more_pixels_keep_places():
    ramp = np.broadcast_to((np.arange(16) + 0.5) / 16, (16, 16)).astype(np.float32)
    np.testing.assert_allclose(
        enlarged(ramp, 64)[:, 8:-8], np.broadcast_to((np.arange(8, 56) + 0.5) / 64, (64, 48)), atol=1e-6
    )
