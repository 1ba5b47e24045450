"""Crops: where they lie, that a turned face is cropped upright, and that what was cut out goes back where it was."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.model import load_head_model
from thermvision.retarget.liveportrait.crop import CropFrame, crop_around, square_around_all
from thermvision.retarget.liveportrait.resample import Paste, cut_out, sample_at
from thermvision.types import InputError


def face(scale=0.8, turn_deg=0.0, at=(200.0, 180.0)):
    """The average head's points, seen from ahead, turned in the picture, px."""
    model = load_head_model()
    points = landmark_positions_mm(model, model.base_mm[: model.num_vertices], "478")[:, :2].astype(float)
    c, s = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    return (points - points.mean(axis=0)) @ np.array([[c, s], [-s, c]]) * scale + at


def test_the_square_is_the_face_times_the_scale_with_its_middle_shifted():
    points = face()
    crop = crop_around(points, 512, scale=2.3, shift_down=0.0)
    placed = crop.to_crop(points)
    edge = placed[[127, 356, 152, 70, 105, 300]]
    extent = np.ptp(crop.to_crop(points)[[127, 234, 356, 454, 152]], axis=0).max()
    assert extent == pytest.approx(512 / 2.3, rel=0.02)
    assert abs(edge[:2, 0].mean() - 256) < 4
    for right, down in [(0.0, -0.125), (0.1, 0.0)]:
        moved = crop_around(points, 512, scale=2.3, shift_right=right, shift_down=down).to_crop(points)
        np.testing.assert_allclose(
            moved - placed, np.broadcast_to([-512 * right, -512 * down], placed.shape), atol=1e-6
        )


def test_a_tilted_face_is_upright_in_its_crop_unless_told_otherwise():
    straight = crop_around(face(), 512, scale=2.3).to_crop(face())
    tilted = face(turn_deg=25.0)
    np.testing.assert_allclose(crop_around(tilted, 512, scale=2.3).to_crop(tilted), straight, atol=1e-6)
    level = crop_around(tilted, 512, scale=2.3, upright=False).to_crop(tilted)
    eyes = level[[33, 263]]
    assert np.degrees(np.arctan2(*(eyes[1] - eyes[0])[::-1])) == pytest.approx(25.0, abs=2.0)


@settings(deadline=None, max_examples=30)
@given(st.floats(-180, 180), st.floats(0.3, 4.0), st.floats(0, 1))
def test_there_and_back(turn_deg, scale, seed):
    points = face(scale, turn_deg)
    crop = crop_around(points, 512, scale=2.3, shift_right=0.2 * seed)
    np.testing.assert_allclose(crop.to_picture(crop.to_crop(points)), points, atol=1e-6)


def test_one_square_for_all_frames_of_a_driver_does_not_follow_the_face():
    frames = np.stack([face(at=(200 + 10 * np.sin(f), 180)) for f in range(20)])
    crop = square_around_all(frames, 256, scale=2.2, shift_down=-0.1)
    assert crop.linear[0, 1] == crop.linear[1, 0] == 0
    middles = crop.to_crop(frames).mean(axis=1)[:, 0]
    assert np.ptp(middles) == pytest.approx(20 * crop.scale, rel=0.05)


def smooth_picture(height, width):
    y, x = np.mgrid[:height, :width]
    return (300 + 3 * np.sin(x / 17) + 2 * np.cos(y / 23 + x / 40)).astype(np.float32)


@pytest.mark.parametrize(
    ("size", "scale", "turn_deg"), [((360, 400), 0.8, 12), ((720, 800), 2.0, -30), ((240, 260), 0.4, 0)]
)
def test_a_picture_that_is_cut_out_and_pasted_back_is_itself(size, scale, turn_deg):
    picture = smooth_picture(*size)
    points = face(scale, turn_deg, at=(size[1] / 2, size[0] / 2))
    crop = crop_around(points, 512, scale=2.3)
    paste = Paste(crop, *size)
    back = paste.into(picture, paste.back(cut_out(picture, crop)))
    assert np.abs(back - picture).max() < 0.08
    hot = paste.into(picture, paste.back(np.full((512, 512), 330.0, np.float32)))
    corners = crop.to_crop(np.stack(np.meshgrid(np.arange(size[1]) + 0.5, np.arange(size[0]) + 0.5), axis=-1))
    outside = ((corners < 0) | (corners > 512)).any(axis=-1)
    np.testing.assert_array_equal(hot[outside], picture[outside])
    middle = (np.abs(corners - 256) < 180).all(axis=-1)
    np.testing.assert_allclose(hot[middle], 330.0, atol=1e-3)
    # The seam fades: no neighbouring pixels differ by more than a step over 16 px of 512 makes.
    assert np.abs(np.diff(paste.share, axis=0)).max() <= crop.scale * 1.5 / 16 + 1e-6


def test_beyond_the_picture_its_edge_goes_on():
    """A face at the border: what is not in the picture is not 0 kelvin."""
    picture = smooth_picture(200, 200)
    crop = crop_around(face(1.0, at=(60, 60)), 256, scale=2.3)
    assert 290 < float(cut_out(picture, crop).min()) <= float(cut_out(picture, crop).max()) < 310


def test_pixel_centres_are_at_a_half():
    picture = np.arange(12, dtype=np.float32).reshape(3, 4)
    np.testing.assert_array_equal(sample_at(picture, np.array([[0.5, 0.5], [3.5, 2.5], [1.0, 0.5]])), [0, 11, 0.5])
    same = CropFrame(np.eye(2), np.zeros(2), 3)
    np.testing.assert_array_equal(cut_out(picture, same), picture[:, :3])
    halves = CropFrame(np.eye(2) / 2, np.zeros(2), 2)  # two of the picture's pixels in one
    np.testing.assert_allclose(
        cut_out(np.arange(16, dtype=np.float32).reshape(4, 4), halves), [[2.5, 4.5], [10.5, 12.5]]
    )


@pytest.mark.parametrize(
    ("points", "told"),
    [
        (face(0.05), "px from jaw to brows"),
        (np.zeros((478, 2)), "do not show a face"),
        (np.full((478, 2), np.nan), "do not show a face"),
    ],
)
def test_what_is_no_face_is_refused(points, told):
    with pytest.raises(InputError, match=told):
        crop_around(points, 512, scale=2.3)
