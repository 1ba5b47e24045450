"""The parts of a relief: membranes, cut grids, masks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from thermvision.portraits.backdrop import backdrop_k
from thermvision.portraits.picture_radiance import apparent_temperature_k, black_temperature_k, facing_temperature_k
from thermvision.portraits.region_fit import fit_regions
from thermvision.portraits.relief_grid import cut_grid
from thermvision.portraits.smooth_fill import smooth_fill
from thermvision.portraits.wide_median import wide_median
from thermvision.thermal.radiometry import band_radiance


@given(st.integers(3, 40), st.integers(3, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_a_fill_keeps_what_is_known_and_stays_within_it(height, width, seed):
    stream = np.random.default_rng(seed)
    image, known = stream.normal(300, 5, (height, width)).astype(np.float32), stream.random((height, width)) < 0.3
    filled = smooth_fill(image, known)
    assert np.array_equal(filled[known], image[known])
    if known.any():
        assert image[known].min() - 1e-3 <= filled.min() and filled.max() <= image[known].max() + 1e-3


def test_a_fill_is_a_membrane():
    rows, columns = np.mgrid[:64, :64].astype(np.float32)
    plane = 0.3 * rows - 0.2 * columns
    known = np.ones((64, 64), bool)
    known[12:52, 12:52] = False
    np.testing.assert_allclose(smooth_fill(plane, known), plane, atol=0.25)


@given(arrays(np.float64, (7, 9), elements=st.floats(-1, 1, allow_subnormal=False)))
@settings(max_examples=60, deadline=None)
def test_a_cut_grid_covers_what_is_inside_and_nothing_else(level):
    grid = cut_grid(level)
    assert (grid.mix(level) >= -1e-9).all()
    if not len(grid.triangles):
        return
    places = grid.mix(np.stack(np.meshgrid(np.arange(9.0), np.arange(7.0)), axis=-1))
    a, b, c = np.moveaxis(places[grid.triangles], 1, 0)
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    assert (area >= -1e-12).all()  # all wound alike
    assert area.sum() / 2 <= 6 * 8 + 1e-9


def test_the_outline_of_a_disc_is_round():
    rows, columns = np.mgrid[:41, :41] - 20.0
    grid = cut_grid(15.3 - np.hypot(rows, columns))
    places = grid.mix(np.stack([columns, rows], axis=-1))
    outline = places[grid.first != grid.second]
    np.testing.assert_allclose(np.hypot(*outline.T), 15.3, atol=0.05)
    a, b, c = np.moveaxis(places[grid.triangles], 1, 0)
    area = 0.5 * np.abs((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])).sum()
    assert area == pytest.approx(np.pi * 15.3**2, rel=0.01)


def test_thin_things_do_not_reach_a_wide_median():
    image = np.full((80, 80), 290.0)
    image[:, 40] = 310.0
    assert np.abs(wide_median(image, 21) - 290).max() < 0.1


def test_the_wall_behind_a_person_is_the_wall():
    columns = np.linspace(0, 3, 96)[None].repeat(96, axis=0)
    noise = np.random.default_rng(0).normal(0, 0.05, (96, 96))
    wall = (294 + columns + noise).astype(np.float32)
    person = np.zeros((96, 96), np.float32)
    person[30:, 30:66] = 1
    behind = backdrop_k(np.where(person > 0, 307, wall).astype(np.float32), person, np.random.default_rng(1))
    assert np.abs(behind - (294 + columns)).max() < 0.6
    assert (behind - columns)[50:, 40:56].std() == pytest.approx(noise.std(), rel=0.8)
    assert np.array_equal(behind[:20], wall[:20])


@given(st.floats(285, 312), st.floats(0.0, 1.0), st.floats(285, 300))
@settings(max_examples=60, deadline=None)
def test_temperatures_there_and_back(apparent_k, cosine, reflected_k):
    black = black_temperature_k(np.array([apparent_k]), reflected_k)
    assert apparent_temperature_k(band_radiance(black), reflected_k)[0] == pytest.approx(apparent_k, abs=1e-3)
    facing = facing_temperature_k(np.array([apparent_k]), np.array([cosine]), reflected_k)[0]
    assert abs(facing - reflected_k) >= abs(apparent_k - reflected_k) - 1e-3  # more of itself, less of the room
    assert facing_temperature_k(np.array([apparent_k]), np.array([1.0]), reflected_k)[0] == pytest.approx(
        apparent_k, abs=1e-3
    )


def test_regions_are_found_again_from_part_of_the_skin():
    from thermvision.head.model import load_head_model
    from thermvision.physiology.region_model import draw_region_temperatures

    model, stream = load_head_model(), np.random.default_rng(4)
    true = draw_region_temperatures(stream, room_temperature_c=24, core_temperature_c=37, gender="female")
    anchors = np.array([true.get(name, true["neck_front"] - 0.3) for name in model.region_names])
    seen = model.region_basis @ anchors + 3.0  # a picture whose level is off
    own = model.base_mm[: model.num_vertices]
    weight = ((own[:, 0] > -10) & (own[:, 2] < -60)).astype(float)
    found = fit_regions(model, seen, weight, 297.0, "female")
    assert set(true) <= set(found)
    for name in ("forehead_centre", "cheek_left", "chin", "nose_tip"):
        assert found[name] == pytest.approx(true[name] + 3, abs=0.4), name
    assert abs(found["cheek_right"] - true["cheek_right"] - 3) < 1.6  # not seen: as usual
    assert found["mouth_interior"] > found["lip_lower"]
