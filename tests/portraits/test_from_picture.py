"""From one picture with landmarks to a portrait: it looks like the picture at rest, moves as the person would, and says no in a sentence."""

import dataclasses

import numpy as np
import pytest
from PIL import Image, ImageDraw

from thermvision.head.projection import View
from thermvision.motion.arkit import ARKIT_INDEX
from thermvision.motion.euler import rotation_from_euler_deg
from thermvision.motion.line_of_sight import sight_turn
from thermvision.portraits.from_picture import portrait_of_picture
from thermvision.portraits.picture_radiance import apparent_temperature_k
from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait
from thermvision.retarget.mesh import retarget
from thermvision.types import InputError, Motion

SIZE, FOV_DEG = 256, 24.0
VIEW = View.from_fov(SIZE, SIZE, FOV_DEG)
AHEAD = np.array([0.0, 0.0, 1.0])


def motion_of(turns, arkit):
    count = len(turns)
    return Motion(
        "test", "program", 30.0, np.stack(turns), np.zeros((count, 3)), np.asarray(arkit, np.float32),
        np.zeros((count, 2), np.float32), np.ones(count, bool), ("neutral",) * count, np.zeros(count, np.float32),
    )  # fmt: skip


def shown(portrait, motion, **framing):
    frames = retarget(portrait, motion, width_px=SIZE, height_px=SIZE, horizontal_fov_deg=FOV_DEG, **framing)
    return [
        (apparent_temperature_k(frame["radiance_w"], portrait.head.reflected_k), frame["face_mask"], label)
        for frame, label in frames
    ]


def face(**coefficients):
    arkit = np.zeros(52, np.float32)
    for name, value in coefficients.items():
        arkit[ARKIT_INDEX[name]] = value
    return arkit


@pytest.fixture(scope="module", params=[(12, 1, 9.0), (11, 6, -4.0), (11, 7, 3.0)], ids=["short", "bob", "glasses"])
def case(request):
    """Someone smiling a little with the mouth open, as the picture and its landmarks show them, and the portrait made of it."""
    seed, index, yaw = request.param
    subject = draw_subject(seed, index, ("female", "male")[index % 2])
    person = make_portrait(subject, draw_session(seed, subject, 0), seed)
    smiling = face(mouthSmileLeft=0.4, mouthSmileRight=0.4, jawOpen=0.2)
    ((picture, mask, label),) = shown(person, motion_of([rotation_from_euler_deg(yaw, 2, -3)], [smiling]))
    points = label.landmarks_px["478"].astype(float) + np.random.default_rng(index).normal(0, 0.5, (478, 2))
    weights = label.landmarks_visible["478"].astype(float)
    made = portrait_of_picture(
        picture, points, weights, source="test", temperature_source="physics", index=index, view=VIEW
    )
    return person, picture, mask, points, weights, made


def moved(made, poses, arkit):
    back = sight_turn(AHEAD, made.place_mm).T
    return shown(made.portrait, motion_of([back @ pose for pose in poses], arkit), place_mm=made.place_mm)


def test_at_rest_it_looks_like_the_picture(case):
    _, picture, mask, _, _, made = case
    ((again, face_mask, _),) = moved(made, [made.fit.camera_from_head], [made.arkit])
    off = np.abs(again - picture)
    assert np.median(off[mask & face_mask]) < 0.05
    assert np.percentile(off, 90) < 0.15  # hair, clothes and wall
    assert np.percentile(off, 98) < 1.2
    assert (mask & face_mask).sum() > 0.8 * mask.sum()


def test_it_moves_as_the_person_does(case):
    person, _, _, _, _, made = case
    poses = [rotation_from_euler_deg(*angles) for angles in ((-28, 0, 0), (28, 0, 0), (0, 12, 0), (0, -12, 8))]
    truth = shown(person, motion_of(poses, [face()] * 4))
    ours = moved(made, poses, [face()] * 4)
    for (true_k, true_mask, true_label), (picture_k, mask, label) in zip(truth, ours, strict=True):
        marks, others = (one.landmarks_px["478"] for one in (true_label, label))
        eyes = np.linalg.norm(marks[263] - marks[33])
        shift = (others - marks).mean(axis=0)  # the two stand at different places
        assert np.linalg.norm(others - shift - marks, axis=1).mean() < 0.06 * eyes
        assert abs(np.median(picture_k[mask]) - np.median(true_k[true_mask])) < 0.5
        assert abs(label.yaw_deg - true_label.yaw_deg) < 3


def test_forehead_keeps_its_temperature(case):
    made = case[5]
    poses = [rotation_from_euler_deg(yaw, 0, 0) for yaw in (-25, -10, 0, 10, 25)]
    readings = []
    for picture_k, _, label in moved(made, poses, [face()] * 5):
        x, y = label.landmarks_px["478"][151]
        readings.append(np.median(picture_k[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3]))
    assert np.ptp(readings) < 0.3


def test_an_open_mouth_is_hot_inside_and_an_eye_can_be_shut(case):
    made = case[5]
    (calm, _, _), (wide, mask, label) = moved(made, [np.eye(3)] * 2, [face(), face(jawOpen=0.8)])
    x, y = label.landmarks_px["68"][60:68].mean(axis=0)
    assert wide[int(y), int(x)] > np.median(wide[mask]) + 0.5
    (shut, _, _) = moved(made, [np.eye(3)], [face(eyeBlinkLeft=1, eyeBlinkRight=1)])[0]
    eyes = label.landmarks_px["68"][[37, 38, 40, 41]].mean(axis=0).astype(int)
    lids = np.abs(shut - calm)[eyes[1] - 4 : eyes[1] + 5, eyes[0] - 6 : eyes[0] + 7].max()
    assert lids < 0.01 if case[0].session.glasses else lids > 0.15  # behind glasses nothing is seen


@pytest.mark.parametrize("yaw", [-20.0, 20.0])
def test_nothing_cold_shows_through_an_open_mouth(case, yaw):
    ((picture, skin, label),) = moved(case[5], [rotation_from_euler_deg(yaw, 0, 0)], [face(jawOpen=0.7)])
    inside = Image.new("1", (SIZE, SIZE))
    ImageDraw.Draw(inside).polygon([tuple(point) for point in label.landmarks_px["68"][60:68]], fill=1)
    cold = picture[np.asarray(inside)] < np.median(picture[skin]) - 1
    assert cold.mean() < 0.03


def test_the_background_stays(case):
    made = case[5]
    pictures = [one[0] for one in moved(made, [np.eye(3), rotation_from_euler_deg(25, 0, 0)], [face()] * 2)]
    assert np.array_equal(pictures[0][:12], pictures[1][:12])


def test_the_same_picture_gives_the_same_portrait(case):
    _, picture, _, points, weights, made = case
    again = portrait_of_picture(
        picture,
        points,
        weights,
        source="test",
        temperature_source="physics",
        index=made.portrait.subject.index,
        view=VIEW,
    )
    assert np.array_equal(again.portrait.head.texture, made.portrait.head.texture)
    assert np.array_equal(again.portrait.head.rig.neutral_mm, made.portrait.head.rig.neutral_mm)
    assert again.portrait.subject == made.portrait.subject


def test_the_mesh_is_whole(case):
    head = case[5].portrait.head
    count = len(head.rig.neutral_mm)
    assert head.triangles.min() >= 0 and head.triangles.max() < count
    assert head.triangle_uv.max() < len(head.uv) and head.uv.min() >= 0 and head.uv.max() <= 1
    assert {len(head.offset_k), len(head.breath_reach), len(head.nose_reach), len(head.grazing)} == {count}
    assert np.isfinite(head.rig.neutral_mm).all() and np.isfinite(head.texture).all()
    np.testing.assert_allclose(head.rig.segment_weights.sum(axis=1), 1, atol=1e-4)


REFUSED = [
    ("celsius", lambda k: k - 273.15, "kelvin"),
    ("hot", lambda k: k + 25, "for skin"),
    ("cold", lambda k: k - 25, "for skin"),
    ("flat", lambda k: np.full_like(k, 305.0), "saturated"),
    ("not finite", lambda k: np.where(np.arange(k.size).reshape(k.shape) == 7, np.nan, k), "kelvin"),
]


@pytest.mark.parametrize(("change", "reason"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_no_face_is_refused(case, change, reason):
    _, picture, _, points, weights, _ = case
    with pytest.raises(InputError, match=reason) as refused:
        portrait_of_picture(
            change(picture).astype(np.float32), points, weights, source="my.tiff", temperature_source="span", view=VIEW
        )
    assert "my.tiff" in str(refused.value)


def test_a_face_cooler_than_the_wall_is_taken_with_a_warning(case):
    _, picture, _, points, weights, made = case
    assert not any("black-hot" in one for one in made.warnings)
    turned = (2 * np.float32(303) - picture).astype(np.float32)
    told = portrait_of_picture(turned, points, weights, source="a", temperature_source="span", view=VIEW).warnings
    assert any("black-hot" in one for one in told)


def test_landmarks_that_are_no_faces_are_refused(case):
    _, picture, _, points, weights, _ = case
    shuffled = np.random.default_rng(0).permutation(points)
    with pytest.raises(InputError, match="landmarks"):
        portrait_of_picture(picture, shuffled, weights, source="my.tiff", temperature_source="span", view=VIEW)


def test_a_place_is_where_the_head_stands(case):
    person, *_ = case
    place = np.array([40.0, 10.0, person.head.distance_mm])
    still = dataclasses.replace(motion_of([np.eye(3)], [face()]))
    (_, _, middle), (_, _, beside) = (shown(person, still, place_mm=p)[0] for p in (place * [0, 1, 1], place))
    moved_px = (beside.landmarks_px["68"] - middle.landmarks_px["68"])[27:31].mean(axis=0)
    assert moved_px[0] == pytest.approx(VIEW.focal_px * 40 / place[2], rel=0.2)


@pytest.mark.parametrize(("index", "style"), [(0, "surgical"), (1, "n95")])
def test_a_mask_hides_the_mouth_that_opens_behind_it(index, style):
    subject = draw_subject(5, index, ("female", "male")[index])
    session = dataclasses.replace(draw_session(5, subject, 0), face_mask=style, glasses="", headwear="")
    person = make_portrait(subject, session, 5)
    ((picture, _, label),) = shown(person, motion_of([np.eye(3)], [face()]))
    made = portrait_of_picture(
        picture, label.landmarks_px["478"].astype(float), np.ones(478), source="masked", temperature_source="physics", view=VIEW
    )  # fmt: skip
    calm, wide = moved(made, [np.eye(3)] * 2, [face(), face(jawOpen=0.8, mouthFunnel=0.5)])
    x, y = label.landmarks_px["68"][60:68].mean(axis=0).astype(int)
    around = np.s_[y - 12 : y + 13, x - 12 : x + 13]
    assert np.abs(calm[0] - picture)[around].max() < 1.0
    assert np.abs(wide[0] - calm[0])[around].max() < 1.0
