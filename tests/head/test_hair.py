"""What hair must satisfy whatever its style: whole meshes within a budget, outside the face, warm as hair is."""

import dataclasses

import numpy as np
import pytest

from thermvision.head.envelope import height_map
from thermvision.head.hair import HAIR_STYLES, STYLES_BY_GENDER, build_hair
from thermvision.head.hair.skull import measure_skull
from thermvision.head.identity import draw_identity, neutral_mesh
from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.model import load_head_model
from thermvision.head.projection import View
from thermvision.head.raster import rasterize
from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait
from thermvision.rng import rng

MODEL = load_head_model()
GROWN = [style for style in HAIR_STYLES if HAIR_STYLES[style].thickness_mm > 0]
GENDERS = ("female", "male")
TRIANGLES = 15000
EYES_AND_BELOW = (468, 473, 33, 133, 362, 263, 6, 4, 1, 61, 291, 13, 14, 205, 425, 199, 50, 280)


def person(gender, index=0):
    return neutral_mesh(MODEL, draw_identity(rng(31, gender, index), gender, MODEL))[: MODEL.num_vertices]


NEUTRALS = {(gender, index): person(gender, index) for gender in GENDERS for index in range(2)}


def hair(style, gender, index=0):
    return build_hair(HAIR_STYLES[style], MODEL, NEUTRALS[gender, index], 0.0, rng(32, style, gender, index))


@pytest.mark.parametrize("gender", GENDERS)
@pytest.mark.parametrize("style", GROWN)
def test_every_style_is_whole_and_within_the_budget(style, gender):
    mesh = hair(style, gender)
    count = len(mesh.vertices_mm)
    assert len(mesh.triangles) <= TRIANGLES
    assert mesh.vertices_mm.dtype == mesh.strand.dtype == mesh.warmth.dtype == np.float32
    assert np.isfinite(mesh.vertices_mm).all()
    assert 0 <= mesh.triangles.min() <= mesh.triangles.max() < count
    assert mesh.strand.min() >= 0
    assert mesh.strand.max() <= 1
    assert np.allclose(mesh.segment_weights.sum(axis=1), 1, atol=1e-5)
    # No vertex is left without a normal: back-to-back faces have vertices of their own.
    p = mesh.vertices_mm[mesh.triangles].astype(float)
    face = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    total = np.zeros((count, 3))
    np.add.at(total, mesh.triangles.ravel(), np.repeat(face, 3, axis=0))
    area = np.zeros(count)
    np.add.at(area, mesh.triangles.ravel(), np.repeat(np.linalg.norm(face, axis=1), 3))
    assert (np.linalg.norm(total, axis=1)[area > 0.5] > 1e-3 * area[area > 0.5]).all()


@pytest.mark.parametrize("gender", GENDERS)
@pytest.mark.parametrize("style", GROWN)
def test_hair_lies_outside_the_face(style, gender):
    """Seen from the front, nothing before the ears lies more than a millimetre or two behind the skin."""
    neutral, mesh = NEUTRALS[gender, 0], hair(style, gender)
    surface = height_map(neutral, MODEL.triangles[MODEL.triangle_part == 0], np.array([0.0, 0.0, -1.0]))
    points = mesh.vertices_mm[(mesh.vertices_mm[:, 2] < -75) & (mesh.vertices_mm[:, 1] < 75)].astype(float)
    local = points @ surface.frame.T
    inside = (np.abs(points[:, 0]) < 62) & (points[:, 2] < -85)
    depth = surface.at(local[:, :2]) - local[:, 2]
    assert (depth[inside] > 2.5).sum() <= 0.01 * inside.sum(), np.sort(depth[inside])[-5:]


@pytest.mark.parametrize("key", NEUTRALS)
@pytest.mark.parametrize("style", GROWN)
def test_the_face_stays_free(style, key):
    mesh, neutral = hair(style, *key), NEUTRALS[key]
    points = landmark_positions_mm(MODEL, neutral, "478")[list(EYES_AND_BELOW)]
    view, away = View(320, 320, 600.0), np.float32([0, 0, 900])
    seen, inverse = np.empty((320, 320), np.int32), np.empty((320, 320), np.float32)
    rasterize(view.project(mesh.vertices_mm + away), mesh.triangles, seen, inverse)
    column, row, depth = view.project(points + away).T
    assert not (inverse[row.astype(int), column.astype(int)] > depth).any()


@pytest.mark.parametrize("style", [style for style in GROWN if HAIR_STYLES[style].receded_mm == 0])
@pytest.mark.parametrize("yaw_deg", [0, 40, -40])
def test_no_scalp_shows_through(style, yaw_deg):
    """Above the hairline hair is in front of the skin, from every side."""
    neutral, mesh = NEUTRALS["female", 0], hair(style, "female")
    skin = MODEL.triangles[MODEL.triangle_part == 0]
    turn = np.radians(yaw_deg)
    rotation = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]], np.float32)
    vertices = np.concatenate([neutral, mesh.vertices_mm]) @ rotation.T + np.float32([0, 0, 900])
    triangles = np.concatenate([skin, mesh.triangles + np.int32(len(neutral))]).astype(np.int32)
    seen, inverse = np.empty((320, 320), np.int32), np.empty((320, 320), np.float32)
    rasterize(View(320, 320, 600.0).project(vertices), triangles, seen, inverse)
    shown = seen[(seen >= 0) & (seen < len(skin))]
    high = (MODEL.vertex_masks["scalp_height_mm"][skin] > 22).all(axis=1)
    ear = np.maximum(MODEL.vertex_masks["ear_left"], MODEL.vertex_masks["ear_right"])[skin].max(axis=1) > 0
    assert (high & ~ear)[shown].sum() < 0.01 * (seen >= len(skin)).sum()


@pytest.mark.parametrize("style", HAIR_STYLES)
def test_hair_is_as_warm_as_hair(style):
    """Between room + 1 and room + 10 K, and never warmer than the skin at the hairline."""
    gender = "female" if style in STYLES_BY_GENDER["female"] else "male"
    subject = draw_subject(5, GENDERS.index(gender), gender)
    session = dataclasses.replace(draw_session(5, subject, 0), hair=style, headwear="", glasses="", face_mask="")
    head = make_portrait(subject, session, 5).head
    used = np.unique(head.triangles[head.triangle_layer == 1])
    if HAIR_STYLES[style].thickness_mm == 0:
        assert len(used) == 0
        return
    corner = np.flatnonzero(head.triangle_layer == 1)
    uv = head.uv[head.triangle_uv[corner]].reshape(-1, 2)
    column, row = (uv * (head.texture.shape[1] - 1)).astype(int).T
    above = head.texture[1][row, column] + head.offset_k[head.triangles[corner].ravel()] - head.room_temperature_k
    skin = session.region_temperature_k["forehead_top"] - head.room_temperature_k
    assert above.min() > 1
    assert np.percentile(above, 99) < min(10.0, skin)
    assert 0.1 < head.texture[1].std() < 0.9  # strands differ little


def test_the_hairline_recedes_at_the_front_only():
    skull, receded = (measure_skull(MODEL, NEUTRALS["male", 0], mm, 0.0) for mm in (0.0, 20.0))
    higher_mm = 95 * (skull.hairline_rad - receded.hairline_rad)
    front = len(higher_mm) // 2
    assert 12 < higher_mm[front] < 36
    assert np.abs(higher_mm[:10]).max() < 4


def test_same_generator_same_hair():
    first, second = (hair("long_wavy", "female") for _ in range(2))
    assert np.array_equal(first.vertices_mm, second.vertices_mm)
