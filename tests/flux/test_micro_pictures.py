"""What the small FLUX is trained on: stills and their mirror images, and where in them a step looks most."""

import json

import numpy as np
import pytest
import torch


@pytest.fixture(scope="module")
def pictures(recipe):
    return recipe("pictures")


def _row(person):
    """A face seen from the front, its 68 points where the average head has them."""
    from thermvision.head.landmarks import landmark_positions_mm
    from thermvision.head.model import load_head_model

    model = load_head_model()
    points = landmark_positions_mm(model, model.base_mm.astype(np.float32), "68")[:, :2]
    points = 128 + (points - points[27:31].mean(axis=0)) * 0.7
    return {
        "person": person, "yaw_deg": 12.5, "pitch_deg": 3.0, "roll_deg": -4.0, "bbox_xyxy_px": [60.0, 40.0, 180.0, 220.0],
        "landmarks_68_px": points.tolist(),
    }  # fmt: skip


def test_mirrored_stills_are_the_second_half_with_rows_that_say_so(pictures, tmp_path):
    counts = np.random.default_rng(0).integers(29000, 31000, (100, 256, 256)).astype(np.uint16)
    np.save(tmp_path / "stills_0000.npy", counts)
    (tmp_path / "stills_0000.jsonl").write_text("".join(json.dumps(_row(k)) + "\n" for k in range(100)))
    plain, both = pictures.Stills(tmp_path), pictures.Stills(tmp_path, mirrored=True)
    assert (len(plain.rows), len(both.rows)) == (100, 200)
    np.testing.assert_array_equal(both.unit(103), plain.unit(3)[:, ::-1])
    np.testing.assert_array_equal(both.unit(3), plain.unit(3))
    assert np.flatnonzero(both.held_out).tolist() == [98, 99, 198, 199]  # a person is on one side only
    row, (x0, y0, x1, y1) = both.rows[103], plain.rows[3]["bbox_xyxy_px"]
    assert (row["yaw_deg"], row["roll_deg"], row["bbox_xyxy_px"]) == (-12.5, 4.0, [256 - x1, y0, 256 - x0, y1])
    assert row["person"] == 3


@pytest.mark.parametrize(
    ("yaw_deg", "off_px", "stays_off_px"),
    [(0.0, (0, 0), (0, 0)), (9.0, (7, -11), (0, 0)), (-30.0, (-14, 3), (0, 0)), (0.0, (26, -30), (6, -10))],
)
def test_a_still_is_moved_until_its_eyes_lie_where_all_do_but_not_far(pictures, yaw_deg, off_px, stays_off_px):
    row = {**_row(0), "yaw_deg": yaw_deg}
    turned = 80 * np.copysign(max(0, np.sin(np.radians(abs(yaw_deg))) - np.sin(np.radians(10))), yaw_deg)
    wanted, points = [128 + turned, 256 * pictures.EYE_LINE], np.array(row["landmarks_68_px"])
    row["landmarks_68_px"] = (points - points[36:48].mean(axis=0) + wanted + off_px).tolist()
    moved = pictures.moved_row(row, pictures.move_px(row))
    off = np.mean(moved["landmarks_68_px"][36:48], axis=0) - wanted
    np.testing.assert_allclose(off, stays_off_px, atol=0.51)


def test_a_moved_picture_moves_with_its_landmarks_and_repeats_its_border(pictures):
    picture = np.zeros((256, 256), np.float32)
    picture[100, 120], picture[:, 0], picture[-1] = 5, 1, 2
    moved = pictures.moved(picture, (7, -4))
    assert moved[96, 127] == 5
    assert (moved[:200, :8] == 1).all()
    assert (moved[-5:, 20:] == 2).all()


def test_mirrored_landmarks_keep_their_names_sides(pictures):
    row = _row(0)
    points, mirrored = np.array(row["landmarks_68_px"]), np.array(pictures.mirrored_row(row)["landmarks_68_px"])
    assert np.sign(mirrored[36, 0] - mirrored[45, 0]) == np.sign(points[36, 0] - points[45, 0])
    np.testing.assert_allclose(mirrored, points, atol=1.0)  # the average head is its own mirror image


def test_a_step_looks_most_at_eyes_and_least_at_the_wall(recipe):
    train = recipe("train_transformer")
    rows = [_row(0)]
    weight = train.cell_weight(rows)[0].float().numpy()
    assert weight.mean() == pytest.approx(1.0, abs=0.01)
    cells = (np.array(rows[0]["landmarks_68_px"]) / 16).astype(int)
    eyes, chin = weight[cells[36:48, 1], cells[36:48, 0]], weight[cells[8, 1], cells[8, 0]]
    assert eyes.min() > 1.5 * chin > 3 * weight[0, 0]


def test_other_looks_are_the_pictures_with_another_contrast_level_or_sign(recipe):
    train, stream = recipe("train_decoder"), np.random.default_rng(3)
    unit = stream.uniform(-1, 0.6, (200, 16, 16)).astype(np.float32)
    looks = train.other_looks(unit, stream)
    assert looks.min() >= -1.0001
    assert looks.max() <= 1.0001
    fits = [np.polyfit(a.ravel(), b.ravel(), 1) for a, b in zip(unit, looks, strict=True)]
    np.testing.assert_allclose([np.polyval(fit, a) for fit, a in zip(fits, unit, strict=True)], looks, atol=1e-4)
    gains = np.array([fit[0] for fit in fits])
    assert np.mean(np.isclose(gains, 1, atol=1e-4)) == pytest.approx(1 - train.OTHER_LOOK, abs=0.1)
    assert np.mean(gains < 0) == pytest.approx(train.OTHER_LOOK * train.INVERTED, abs=0.1)


def test_the_judge_sees_no_temperature_but_shape(recipe):
    """Else it would tell women from men, or moods, by the level of a room."""
    judge, stream = recipe("train_judge"), np.random.default_rng(4)
    unit = torch.from_numpy(stream.uniform(-0.5, 0.5, (2, 1, 256, 256)).astype(np.float32))
    seen = judge.prepare(unit)
    assert seen.shape == (2, 3, 176, 176)
    torch.testing.assert_close(judge.prepare(unit + 0.3), seen, atol=1e-4, rtol=0)
    assert (judge.prepare(-unit) - seen).abs().mean() > 0.5
