"""Frames and labels agree: markers on the mesh are found where the labels say."""

import dataclasses

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from thermvision.head.landmarks import landmark_positions_mm
from thermvision.motion.arkit import ARKIT_NAMES
from thermvision.motion.euler import rotation_from_euler_deg
from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait
from thermvision.retarget.mesh import lids_meet_once, retarget
from thermvision.thermal.radiometry import radiance_to_temperature_k
from thermvision.types import Motion

FOV_DEG = 24.0


@pytest.fixture(scope="module")
def portrait():
    subject = draw_subject(3, 1, "male")
    bare = {"hair": "cropped", "glasses": "", "headwear": "", "face_mask": "", "background": "wall"}
    return make_portrait(subject, dataclasses.replace(draw_session(3, subject, 0), **bare), 3)


def poses(*angles_deg, **coefficients):
    count = len(angles_deg)
    arkit = np.zeros((count, 52), np.float32)
    for name, value in coefficients.items():
        arkit[:, ARKIT_NAMES.index(name)] = value
    return Motion(
        "test", "program", 30.0, np.stack([rotation_from_euler_deg(*a) for a in angles_deg]), np.zeros((count, 3)), arkit,
        np.zeros((count, 2), np.float32), np.ones(count, bool), ("neutral",) * count, np.zeros(count, np.float32),
    )  # fmt: skip


def frames(portrait, motion, size=512):
    return list(retarget(portrait, motion, width_px=size, height_px=size, horizontal_fov_deg=FOV_DEG))


ANGLES = [(0, 0, 0), (25, 0, 0), (-30, 8, 5), (10, -15, -12)]


def test_markers_painted_on_the_mesh_are_found_at_the_landmarks(portrait):
    """A warm spot around each of 26 landmarks of the 68: its apex in the image against the label, <= 0.5 px each.

    The spot is painted in the texture by distance on the mesh at rest: 3 K exp(-d^2 / 2 s^2). Its logarithm is a paraboloid
    over the skin and, seen from anywhere, over the image, so the apex of a fitted one is where the landmark is seen.
    Only clearly seen spots count: an outline cuts a spot.
    """
    from thermvision.head.model import load_head_model
    from thermvision.portraits.skin_points import head_texels

    model, texels = load_head_model(), head_texels()
    rest = landmark_positions_mm(model, model.base_mm[: model.num_vertices], "68")
    motion = poses(*ANGLES)
    plain = frames(portrait, motion)
    errors = []
    for index in (17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 33, 31, 35, 36, 45, 2, 14, 6, 7, 9, 10, 57):
        spot = 3.0 * np.exp(-((texels.skin.position_mm - rest[index]) ** 2).sum(axis=1) / (2 * 1.1**2))
        spot[texels.part != 0] = 0
        texture = portrait.head.texture.copy()
        texture[0] += texels.atlas.image(spot.astype(np.float32))
        marked = dataclasses.replace(portrait, head=dataclasses.replace(portrait.head, texture=texture))
        for (frame, labels), (before, _) in zip(frames(marked, motion), plain, strict=True):
            difference = frame["radiance_w"] - before["radiance_w"]
            x, y = labels.landmarks_px["68"][index]
            if not labels.landmarks_visible["68"][index] or difference.max() < 1.2:
                continue
            apex = apex_px(difference, (x, y))
            if apex is not None:
                errors.append(float(np.hypot(*(apex - (x, y)))))
    assert len(errors) > 40
    assert np.median(errors) <= 0.25 and max(errors) <= 0.5, np.percentile(errors, (50, 85, 100))


WHOLE_PX = 12  # a spot that an outline or a fold has cut shows fewer pixels, too few for a paraboloid's six numbers


def apex_px(difference, near_px):
    """Where a spot is highest: of the paraboloid through the logarithm of its bright pixels; None if the spot is cut."""
    rows, columns = np.mgrid[0:512, 0:512] + 0.5
    bright = (difference > 0.35 * difference.max()) & (abs(columns - near_px[0]) < 12) & (abs(rows - near_px[1]) < 12)
    if bright.sum() < WHOLE_PX:
        return None
    x, y, value = columns[bright] - near_px[0], rows[bright] - near_px[1], difference[bright]
    terms = np.stack([x * x, x * y, y * y, x, y, np.ones_like(x)], axis=1)
    a, b, c, d, e, _ = np.linalg.lstsq(terms * value[:, None], np.log(value) * value, rcond=None)[0]
    return np.array(near_px) + np.linalg.solve([[2 * a, b], [b, 2 * c]], [-d, -e])


def test_the_apex_of_a_spot_is_at_the_landmark(portrait):
    """Without the bias of foreshortened spots: the mesh triangle under each visible landmark's pixel holds the landmark."""
    from thermvision.head.pose import pose_vertices
    from thermvision.head.projection import View
    from thermvision.head.raster import rasterize

    view, head = View.from_fov(512, 512, FOV_DEG), portrait.head
    at_rest = lids_meet_once(np.zeros(52, np.float32))[[ARKIT_NAMES.index(name) for name in head.model.unit_names]]
    vertices = pose_vertices(head.rig, at_rest, np.zeros(2), np.eye(3), np.array([0.0, 24.0, head.distance_mm]))
    seen, depth = np.empty((512, 512), np.int32), np.empty((512, 512), np.float32)
    projected = view.project(vertices)
    rasterize(projected, head.triangles, seen, depth)
    ((_, labels),) = frames(portrait, poses((0, 0, 0)))
    checked = 0
    for name in ("68", "478"):
        for (x, y), triangle, shown in zip(
            labels.landmarks_px[name], head.model.landmark_triangles[name], labels.landmarks_visible[name], strict=True
        ):
            if shown and seen[int(y), int(x)] == triangle:
                corners = projected[head.triangles[triangle], :2]
                assert (corners.min(axis=0) - 1e-3 <= (x, y)).all() and ((x, y) <= corners.max(axis=0) + 1e-3).all()
                checked += 1
    assert checked > 250


def test_turning_right_moves_the_nose_right_and_up_is_up(portrait):
    labels = [label for _, label in frames(portrait, poses((0, 0, 0), (20, 0, 0), (0, 15, 0)), size=256)]
    nose = [label.landmarks_px["68"][30] - label.landmarks_px["68"][27] for label in labels]
    assert nose[1][0] > nose[0][0] + 3
    assert nose[2][1] < nose[0][1] - 2
    assert [round(label.yaw_deg) for label in labels] == [0, 20, 0]


def test_hidden_landmarks_are_not_visible(portrait):
    ((_, label),) = frames(portrait, poses((55, 0, 0)), size=256)
    seen = label.landmarks_visible["68"]
    assert seen[36:42].mean() > 0.5  # image-left eye: the near one when the face turns to image right
    assert seen[15:17].sum() == 0  # the far jaw is behind the head


def test_the_open_mouth_is_the_hottest_region(portrait):
    ((frame, label),) = frames(portrait, poses((0, 0, 0), jawOpen=0.7))
    temperature = radiance_to_temperature_k(frame["radiance_w"])
    points = label.landmarks_px["68"]
    x, y = points[60:68].mean(axis=0)
    mouth = temperature[int(y) - 3 : int(y) + 4, int(x) - 5 : int(x) + 6]
    canthus = portrait.session.region_temperature_k["inner_canthus_max"]
    assert mouth.mean() > temperature[frame["face_mask"]].mean() + 0.8
    assert temperature[frame["face_mask"]].max() == pytest.approx(
        max(mouth.max(), temperature[frame["face_mask"]].max()), abs=0.5
    )
    assert mouth.max() > canthus - 0.3


def test_outlines_are_anti_aliased(portrait):
    """How much wall shows in each pixel, from two renders with different walls, against 4x4 pixels of a finer image."""

    def wall_share(size):
        warmer = dataclasses.replace(portrait.head, background_k=portrait.head.background_k + 5.0)
        one, two = (
            frames(dataclasses.replace(portrait, head=head), poses((15, 0, 0)), size=size)[0][0]["radiance_w"]
            for head in (portrait.head, warmer)
        )
        return (two - one) / np.percentile(two - one, 90)

    ours, fine = wall_share(256), np.round(wall_share(1024))
    exact = fine.reshape(256, 4, 256, 4).mean(axis=(1, 3))
    outline = (exact > 0.05) & (exact < 0.95)
    outline[[0, -1]] = outline[:, [0, -1]] = False
    stairs = np.sqrt(np.mean((fine[2::4, 2::4] - exact)[outline] ** 2))
    assert outline.sum() > 300
    assert np.sqrt(np.mean((ours - exact)[outline] ** 2)) < 0.4 * stairs  # stairs: one sample a pixel


def test_rotation_label_is_the_rotation_of_the_mesh(portrait):
    """Pose from the rendered vertices themselves: the rigid motion of the skull between two frames."""
    from thermvision.head.pose import pose_vertices

    rig, skull = portrait.head.rig, portrait.head.model.segment_weights[:, 2] > 0.999
    asked = rotation_from_euler_deg(22, -9, 6)
    place = np.array([0.0, 0.0, 800.0])
    rest = pose_vertices(rig, np.zeros(52, np.float32), np.zeros(2), np.eye(3), place)[: len(skull)][skull]
    turned = pose_vertices(rig, np.zeros(52, np.float32), np.zeros(2), asked, place)[: len(skull)][skull]
    found, _ = Rotation.align_vectors(turned - turned.mean(axis=0), rest - rest.mean(axis=0))
    assert np.degrees((found.inv() * Rotation.from_matrix(asked)).magnitude()) < 0.05
