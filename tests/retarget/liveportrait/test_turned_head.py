"""Carrying along a field, on a rendered head that really turns: its points, and the temperature that networks lose."""

import dataclasses

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from thermvision.motion.euler import rotation_from_euler_deg
from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait
from thermvision.retarget.liveportrait.crop import crop_around
from thermvision.retarget.liveportrait.drift import carried_residual
from thermvision.retarget.liveportrait.field import carried, displacement_of, surface_move
from thermvision.retarget.liveportrait.resample import cut_out, sample_at
from thermvision.retarget.liveportrait.source import source_frame
from thermvision.retarget.liveportrait.told_labels import face_mask
from thermvision.retarget.mesh import retarget
from thermvision.thermal.radiometry import radiance_to_temperature_k
from thermvision.types import Motion

TURN = (12, 5, 4)


@pytest.fixture(scope="module")
def rendered():
    """A simulated man straight ahead and turned: kelvin and 478 points of both."""
    subject = draw_subject(3, 1, "male")
    bare = {"hair": "cropped", "glasses": "", "headwear": "", "face_mask": "", "background": "wall"}
    portrait = make_portrait(subject, dataclasses.replace(draw_session(3, subject, 0), **bare), 3)
    turns = np.stack([np.eye(3), rotation_from_euler_deg(*TURN)])
    motion = Motion(
        "t", "program", 30.0, turns, np.zeros((2, 3)), np.zeros((2, 52), np.float32), np.zeros((2, 2), np.float32), np.ones(2, bool),
        ("neutral",) * 2, np.zeros(2, np.float32),
    )  # fmt: skip
    frames = list(retarget(portrait, motion, width_px=384, height_px=384, horizontal_fov_deg=24.0))
    kelvin = [radiance_to_temperature_k(frame["radiance_w"]).astype(np.float32) for frame, _ in frames]
    return kelvin, [labels.landmarks_px["478"].astype(np.float64) for _, labels in frames]


@pytest.fixture(scope="module")
def turned(rendered):
    """The portrait in its crop, the field of the rigid turn through the middle of the points, and the truth."""
    (before, after), (points, points_after) = rendered
    frame = source_frame(before, points, crop_around(points, 512, scale=2.3))
    truth = frame.crop.to_crop(points_after)
    rotation = rotation_from_euler_deg(*TURN)
    middle = (frame.points @ rotation.T).mean(axis=0)
    shift = np.array([*(truth / 256 - 1).mean(axis=0), frame.points[:, 2].mean()]) - middle
    z, y, x = (np.linspace(-1, 1, n, dtype=np.float32) for n in (16, 64, 64))
    places = np.stack(np.meshgrid(z, y, x, indexing="ij")[::-1], axis=-1)
    field = displacement_of(((places - shift) @ rotation).astype(np.float32))
    return frame, field, cut_out(after, frame.crop), truth


def test_points_go_where_the_renderer_has_them(turned):
    """The camera's perspective and the average head's depth are all that is off: 1.4 px of 512 (RMS)."""
    frame, field, _, truth = turned
    found = (carried(field, frame.points)[:, :2] + 1) * 256
    off_px = np.linalg.norm(found - truth, axis=1)
    eyes_px = np.linalg.norm(truth[33] - truth[263])
    assert np.sqrt((off_px**2).mean()) < 0.015 * eyes_px
    assert off_px.max() < 0.06 * eyes_px


def test_temperature_goes_with_the_skin(turned):
    """Networks that draw every place of the skin wrong by its own 0.8 K and more, in both poses alike: corrected below 0.05 K."""
    frame, field, truth_k, truth = turned
    rng = np.random.default_rng(0)
    error_k = (0.8 + gaussian_filter(rng.normal(0, 40, (512, 512)), 30)).astype(np.float32)
    points = carried(field, frame.points)
    move_px = surface_move(field, points, 512)
    middle = np.arange(512, dtype=np.float32) + 0.5
    drawn_k = truth_k + sample_at(error_k, np.stack(np.meshgrid(middle, middle), axis=-1) + move_px)
    corrected = drawn_k + carried_residual(-error_k, move_px, np.ones((512, 512), np.float32))
    face = face_mask(truth, 512, 512)
    assert np.median(np.abs(drawn_k - truth_k)[face]) > 0.6
    assert np.quantile(np.abs(corrected - truth_k)[face], 0.95) < 0.1
    assert np.median(np.abs(corrected - truth_k)[face]) < 0.03
