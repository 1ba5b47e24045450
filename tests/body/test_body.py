"""Bodies: joined to the bust, posed as asked, standing on the floor."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from thermvision.body.arms import AT_FACE, SEATED, STANDING
from thermvision.body.model import load_body_model
from thermvision.body.posed import PosedBody, Stance, pose_body
from thermvision.body.things import draw_thing_k
from thermvision.head.model import load_head_model
from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait
from thermvision.types import Portrait


@pytest.fixture(scope="module", params=[(0, "female"), (3, "male")])
def portrait(request) -> Portrait:
    subject = draw_subject(5, *request.param)
    return make_portrait(subject, draw_session(5, subject, 0), 5, full_body=True)


def posed(portrait: Portrait, posture: str, attitude: str, side: str = "l") -> PosedBody:
    stream = np.random.default_rng(1)
    return pose_body(portrait.body, Stance(posture, attitude, side), draw_thing_k(295.0, stream), stream)


def border(triangles: np.ndarray) -> set[tuple[int, int]]:
    edges = np.sort(np.concatenate([triangles[:, [k, (k + 1) % 3]] for k in range(3)]), axis=1)
    single, times = np.unique(edges, axis=0, return_counts=True)
    return {(int(a), int(b)) for a, b in single[times == 1]}


def test_bust_and_body_share_every_edge_of_the_cut():
    head, model = load_head_model(), load_body_model()
    skin = head.triangles[head.triangle_part == 0]
    cut = {edge for edge in border(skin) if head.base_mm[list(edge), 1].min() > 60}
    assert len(cut) > 50
    assert cut <= border(model.triangles)
    open_edges = border(np.concatenate([skin, model.triangles]))
    points = np.concatenate([head.base_mm[: head.num_vertices], model.base_mm[: model.num_own]])
    low = [edge for edge in open_edges if points[list(edge), 1].min() > 60]
    assert all(points[list(edge), 1].min() > 1350 for edge in low)  # the ankles, hidden in shoes


def test_the_asset_is_small_and_weights_sum_to_one():
    model = load_body_model()
    assert len(model.triangles) < 10000
    np.testing.assert_allclose(model.weights.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("attitude", [*STANDING, *AT_FACE])
def test_standing_poses_are_finite_and_reach_the_floor(portrait: Portrait, attitude: str):
    body = posed(portrait, "standing", attitude)
    assert np.isfinite(body.vertices_mm).all() and np.isfinite(body.bust_mm).all()
    assert abs(body.vertices_mm[:, 1].max() - body.floor_mm) < 12  # the soles
    assert 1200 < body.floor_mm < 1750
    assert body.triangles.max() == body.num_head + len(body.vertices_mm) - 1
    assert body.triangle_uv.max() < len(body.uv) and body.uv.min() >= 0 and body.uv.max() <= 512


@pytest.mark.parametrize("attitude", list(SEATED))
def test_who_sits_has_a_seat_between_knee_and_chest(portrait: Portrait, attitude: str):
    body = posed(portrait, "seated", attitude)
    assert body.seat_mm is not None
    assert 300 < body.floor_mm - body.seat_mm < 560


def test_the_upper_chest_stays_where_the_head_needs_it(portrait: Portrait):
    body, rest = posed(portrait, "standing", "crossed"), portrait.body.rest_mm
    neck = load_head_model().segment_weights[:, 2] > 0.9
    np.testing.assert_allclose(body.bust_mm[neck], rest[: body.num_head][neck], atol=0.05)


def test_same_draws_same_body(portrait: Portrait):
    one, two = posed(portrait, "standing", "cup_low"), posed(portrait, "standing", "cup_low")
    for field in dataclasses.fields(one):
        np.testing.assert_array_equal(getattr(one, field.name), getattr(two, field.name))


def test_clothes_are_warmer_than_the_room_and_cooler_than_skin(portrait: Portrait):
    room_k = portrait.session.room_temperature_c + 273.15
    cloth = portrait.body.temperature_k[portrait.body.emissivity < 230]
    assert 1.0 < np.median(cloth) - room_k < 8.0
    assert np.median(cloth) < portrait.session.region_temperature_k["neck_front"] - 2


def test_a_bust_has_no_body():
    subject = draw_subject(5, 0, "female")
    assert make_portrait(subject, draw_session(5, subject, 0), 5).body is None
