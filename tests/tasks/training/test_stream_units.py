"""What a unit of the simulator's stream holds, and that labels agree with pixels."""

import numpy as np
import pytest

from thermvision.tasks.training.simulator.settings import SimulatorSettings
from thermvision.tasks.training.simulator.stored import store
from thermvision.tasks.training.simulator.unit import make_unit

SMALL = SimulatorSettings(seed=3, people_per_unit=2, samples_per_person=12, wild_share=0.5, longest_px=256, spread=0.0)


@pytest.fixture(scope="module")
def unit():
    return make_unit(SMALL, 2)


def test_unit_is_a_pure_function(unit):
    again = make_unit(SMALL, 2)
    for one, other in zip(unit, again, strict=True):
        assert one.picture.tobytes() == other.picture.tobytes()
        assert one.landmarks_478_px.tobytes() == other.landmarks_478_px.tobytes()
        assert one.people == other.people


def test_shapes_ranges_and_people(unit):
    assert len(unit) == SMALL.unit_size
    seen = set()
    for sample in unit:
        count = len(sample.people)
        height, width = sample.picture.shape
        assert max(height, width) <= 256 and sample.radiometric and sample.picture.dtype == np.float32
        assert sample.picture.min() > 220 and sample.picture.max() < 400
        assert sample.faces_xyxy_px.shape == (count, 4) and sample.landmarks_68_px.shape == (count, 68, 2)
        assert sample.landmarks_478_px.shape == (count, 478, 2) and sample.pose_deg.shape == (count, 3)
        assert (sample.faces_xyxy_px >= 0).all() and (sample.faces_xyxy_px <= [width, height, width, height]).all()
        assert ((sample.faces_xyxy_px[:, 2:] - sample.faces_xyxy_px[:, :2]) >= 1).all()
        assert ((sample.visible_share >= 0) & (sample.visible_share <= 1)).all()
        assert sample.landmarks_478_visible.shape == (count, 478)
        assert set(sample.male.tolist()) <= {0.0, 1.0}
        for name, male in zip(sample.people, sample.male, strict=True):
            assert name.startswith("simulated-3/M" if male else "simulated-3/F")
        seen |= set(sample.people)
        angles = sample.pose_deg[~np.isnan(sample.pose_deg).any(axis=1)]
        assert (np.abs(angles) <= 95).all()
    assert len(seen) == 2


def test_boxes_are_those_of_the_landmarks(unit):
    for sample in unit:
        height, width = sample.picture.shape
        low, high = sample.landmarks_478_px[:, :468].min(axis=1), sample.landmarks_478_px[:, :468].max(axis=1)
        expected = np.concatenate([np.clip(low, 0, [width, height]), np.clip(high, 0, [width, height])], axis=1)
        np.testing.assert_allclose(sample.faces_xyxy_px, expected, atol=1e-3)


def test_skin_is_under_landmarks_and_no_wall(unit):
    """Chin, cheeks and nose of open frontal faces are as warm as skin; a box's width beside the head it is mostly not."""
    on_face, beside = [], []
    for sample in unit:
        height, width = sample.picture.shape
        for k in range(len(sample.people)):
            box, yaw = sample.faces_xyxy_px[k], sample.pose_deg[k, 0]
            if sample.visible_share[k] < 0.9 or not abs(yaw) < 30 or box[2] - box[0] < 14:
                continue
            for x, y in sample.landmarks_478_px[k][[4, 50, 280, 205, 425]]:
                if 0 <= x < width and 0 <= y < height:
                    on_face.append(sample.picture[int(y), int(x)])
            for x in (1.7 * box[0] - 0.7 * box[2], 1.7 * box[2] - 0.7 * box[0]):
                if 0 <= x < width:
                    beside.append(sample.picture[int(0.5 * (box[1] + box[3])), int(x)])
    assert len(on_face) >= 15 and len(beside) > 3
    assert np.mean(np.array(on_face) > 301) > 0.9, np.percentile(on_face, [5, 50, 95])
    assert np.median(on_face) > np.median(beside) + 2


def test_faces_are_near_far_turned_and_alone_or_not():
    many = make_unit(SimulatorSettings(seed=5, people_per_unit=4, samples_per_person=12), 0)
    share = [
        (box[3] - box[1]) / sample.picture.shape[0] for sample in many for box in sample.faces_xyxy_px
    ]  # fmt: skip
    yaw = np.concatenate([sample.pose_deg[:, 0] for sample in many])
    assert min(share) < 0.2 and max(share) > 0.6
    assert np.nanmin(yaw) < -50 and np.nanmax(yaw) > 50
    numbers = [len(sample.people) for sample in many]
    assert min(numbers) <= 1 < max(numbers)
    assert len({sample.picture.shape for sample in many}) >= 3


def test_spread_changes_temperatures_and_no_label():
    import dataclasses

    calm = make_unit(dataclasses.replace(SMALL, samples_per_person=2, wild_share=0.0), 0)
    wide = make_unit(dataclasses.replace(SMALL, samples_per_person=2, wild_share=0.0, spread=1.0), 0)
    for one, other in zip(calm, wide, strict=True):
        np.testing.assert_array_equal(one.landmarks_478_px, other.landmarks_478_px)
        assert np.abs(one.picture - other.picture).max() > 0.3


def test_buffer_keeps_hundredths(unit):
    kept = store(unit[0])
    assert kept.counts.dtype == np.uint16 and kept.labels.picture.size == 0
    np.testing.assert_allclose(kept.sample().picture, unit[0].picture, atol=0.0051)
    assert kept.sample().people == unit[0].people
