"""Crops, windows and targets: labels stay where the pixels are."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from thermvision.faces.landmark_sets import sets_of
from thermvision.tasks.training.detect_windows import cut_windows
from thermvision.tasks.training.finder_targets import finder_targets
from thermvision.tasks.training.landmark_crops import face_crop, upright_window
from thermvision.tasks.training.landmark_shapes import box_about_68, simulated_shapes
from thermvision.tasks.training.losses.crop_loss import CropTargets, crop_losses, point_weights
from thermvision.tasks.training.mirror import twins
from thermvision.tasks.training.samples import Sample

SHAPE = simulated_shapes()[0]


def dotted_sample(points_px, size=(160, 200), pose=(0, 0, np.nan)):
    """A dark picture with a bright spot on landmark 1 of a face."""
    y, x = np.mgrid[: size[0], : size[1]] + 0.5
    spot = np.exp(-((x - points_px[1, 0]) ** 2 + (y - points_px[1, 1]) ** 2) / 18)
    low, high = points_px[:468].min(axis=0), points_px[:468].max(axis=0)
    return Sample(
        (290 + 20 * spot).astype(np.float32), True, np.concatenate([low, high])[None].astype(np.float32), np.ones(1, np.float32),
        sets_of(points_px)["68"][None], points_px[None].astype(np.float32), np.array([pose], np.float32), np.ones(1, np.float32), ("p",),
    )  # fmt: skip


@given(st.integers(0, 10**6))
def test_crops_and_windows_take_the_labels_with_them(seed):
    stream = np.random.default_rng(seed)
    points = SHAPE * stream.uniform(35, 60) + stream.uniform(80, 100, 2)
    sample = dotted_sample(points)
    crop = face_crop(sample, 0, stream)
    place = (crop.points[1] + 1) * 64
    brightest = np.array(np.unravel_index(crop.pixels.argmax(), crop.pixels.shape))[::-1] + 0.5
    assert np.abs(brightest - place).max() < 4
    assert np.allclose(sets_of(crop.points)["68"], crop.points_68, atol=0.02)  # twins of the 68 and of the 478 agree
    cut = cut_windows([sample], 96, stream)
    box = cut["boxes"][0, 0]
    if box[0] > -1e3:
        part = (points[1] - sample.faces_xyxy_px[0, :2]) / (sample.faces_xyxy_px[0, 2:] - sample.faces_xyxy_px[0, :2])
        sides = [box[:2] + side * (box[2:] - box[:2]) for side in (part, [1 - part[0], part[1]])]
        spot = np.array(np.unravel_index(cut["pictures"][0].argmax(), (96, 96)))[::-1] + 0.5
        if all(((one > 0) & (one < 96)).all() for one in sides):
            assert min(np.abs(spot - one).max() for one in sides) < 4


@pytest.mark.parametrize("name", ["478", "68"])
def test_the_twin_of_a_twin_is_the_point_itself(name):
    assert (twins(name)[twins(name)] == np.arange(int(name))).all()
    assert (twins(name) != np.arange(int(name))).sum() > 0.8 * int(name)


def test_a_box_guessed_from_68_points_is_near_the_true_one():
    points = SHAPE * 50 + 90
    known = upright_window(dotted_sample(points), 0)
    sample = dotted_sample(points)
    guessed = upright_window(
        Sample(*(None if name == "landmarks_478_px" else getattr(sample, name) for name in sample.__slots__)), 0
    )
    assert np.abs(known.middle_px - guessed.middle_px).max() < 8 and box_about_68()[1] < -0.1
    assert abs(np.log(guessed.axes_px[0, 0] / known.axes_px[0, 0])) < 0.15


def test_only_what_is_labelled_counts():
    net_out = (
        torch.zeros(2, 478, 2, requires_grad=True),
        torch.full((2, 478), -2.0),
        torch.zeros(2, 478),
        torch.zeros(2, 4),
        torch.zeros(2, 3),
    )
    unknown = CropTargets(
        torch.full((2, 478, 2), torch.nan),
        torch.full((2, 478), torch.nan),
        torch.full((2, 4), torch.nan),
        torch.full((2, 3), torch.nan),
    )
    assert all(float(part.detach()) == 0 for part in crop_losses(net_out, unknown, point_weights()).values())
    unknown.landmarks[0, 5] = 0.5
    crop_losses(net_out, unknown, point_weights())["place"].backward()
    moved = net_out[0].grad.abs().sum(-1) > 0
    assert moved[0, 5] and moved.sum() == 1


def test_of_the_68_only_the_six_between_two_points_are_asked_for_as_middles():
    landmarks = torch.zeros(1, 478, 2, requires_grad=True)
    rest = (torch.zeros(1, 478), torch.zeros(1, 478), torch.zeros(1, 4), torch.zeros(1, 3))
    nothing = torch.full((1, 478), torch.nan)
    told = CropTargets(
        nothing[..., None].expand(-1, -1, 2), nothing, nothing[:, :4], nothing[:, :3], torch.ones(1, 68, 2)
    )
    crop_losses((landmarks, *rest), told, point_weights())["place"].backward()
    assert int((landmarks.grad.abs().sum(-1) > 0).sum()) == 10  # 12 ends, two of them of two middles


TARGETS = {  # box, seen share -> peaks, cells that do not count
    "a face": ((40, 40, 80, 90), 1.0, 1, False),
    "too small": ((40, 40, 46, 47), 1.0, 0, True),
    "hidden": ((40, 40, 80, 90), 0.1, 0, True),
    "middle outside": ((-60, 40, 40, 90), 1.0, 0, True),
    "outside": ((-1e4, -1e4, -1e4, -1e4), 0.0, 0, False),
}


@pytest.mark.parametrize(("box", "share", "peaks", "ignored"), TARGETS.values(), ids=TARGETS)
def test_the_finder_is_asked_for_faces_that_can_be_seen(box, share, peaks, ignored):
    heat, boxes, near = finder_targets(np.array([[box]], np.float32), np.array([[share]], np.float32), 96)
    assert (heat >= 0.999).sum() == peaks and (heat < 0).any() == ignored and (near > 0).any() == bool(peaks)
    if peaks:
        row, column = np.argwhere(heat[0] >= 0.999)[0]
        middle = (np.array([column, row]) + 0.5) * 4 + 8 * boxes[0, :2, row, column]
        half = 8 * np.exp(boxes[0, 2:, row, column])
        assert np.allclose(np.concatenate([middle - half, middle + half]), box, atol=1e-3)
