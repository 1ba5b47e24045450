"""Things worn on the head: whole meshes, wound outwards, fitted to the face without cutting or hiding it."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from thermvision.head.face_mask import MASK_STYLES, build_face_mask
from thermvision.head.glasses import build_glasses
from thermvision.head.headwear import HEADWEAR_STYLES, HIDES_HAIR, PRESSED_HAIR_MM, build_headwear
from thermvision.head.identity import draw_identity, neutral_mesh
from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.lens_shapes import GLASSES_STYLES
from thermvision.head.model import load_head_model
from thermvision.head.normals import vertex_normals
from thermvision.head.projection import View
from thermvision.head.raster import rasterize
from thermvision.head.worn import join, worn_mesh
from thermvision.rng import rng

MODEL = load_head_model()
PEOPLE = range(8)
BUILDERS = {
    **{("glasses", style): build_glasses for style in GLASSES_STYLES},
    **{("mask", style): build_face_mask for style in MASK_STYLES},
    **{("headwear", style): build_headwear for style in HEADWEAR_STYLES},
}
UPPER_FACE_478 = (468, 473, 33, 133, 362, 263, 159, 145, 386, 374)
EYES_DOWN_478 = (*UPPER_FACE_478, 70, 105, 107, 336, 334, 300, 6, 4, 1, 61, 291, 13, 14, 205, 425, 199)


def neutral(person):
    identity = draw_identity(rng(21, person), "female" if person % 2 else "male", MODEL)
    return neutral_mesh(MODEL, identity)[: MODEL.num_vertices]


NEUTRALS = [neutral(person) for person in PEOPLE]


def pieces(kind, style, person):
    arguments = (style, MODEL, NEUTRALS[person])
    if kind == "headwear":
        return build_headwear(*arguments, PRESSED_HAIR_MM, rng(22, person))
    return BUILDERS[kind, style](*arguments, rng(22, person))


def depth_into_skin_mm(person, points):
    """How far points lie under the plane of their nearest skin vertex, mm."""
    vertices, skin = NEUTRALS[person], MODEL.triangles[MODEL.triangle_part == 0]
    normals = np.empty_like(vertices)
    vertex_normals(vertices, skin, normals)
    used = np.unique(skin)
    nearest = used[cKDTree(vertices[used]).query(points)[1]]
    return -((points - vertices[nearest]) * normals[nearest]).sum(axis=1)


def hidden_from_the_front(person, worn, landmarks):
    """Whether worn things cover landmarks for a camera straight ahead."""
    points = landmark_positions_mm(MODEL, NEUTRALS[person], "478")[list(landmarks)]
    view, away = View(320, 320, 600.0), np.float32([0, 0, 900])
    starts = np.cumsum([0] + [len(mesh.vertices_mm) for mesh in worn[:-1]])
    vertices = np.concatenate([mesh.vertices_mm for mesh in worn]) + away
    triangles = np.concatenate([mesh.triangles + np.int32(start) for mesh, start in zip(worn, starts, strict=True)])
    seen, inverse = np.empty((320, 320), np.int32), np.empty((320, 320), np.float32)
    rasterize(view.project(vertices), triangles, seen, inverse)
    column, row, depth = view.project(points + away).T
    return inverse[row.astype(int), column.astype(int)] > depth


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize(("kind", "style"), BUILDERS)
def test_meshes_are_whole(kind, style, person):
    worn = pieces(kind, style, person)
    assert sum(len(mesh.vertices_mm) for mesh in worn) <= 2700
    for mesh in worn:
        count = len(mesh.vertices_mm)
        assert count <= 2500
        assert mesh.vertices_mm.dtype == np.float32
        assert mesh.triangles.dtype == mesh.follows.dtype == np.int32
        assert np.isfinite(mesh.vertices_mm).all()
        assert 0 <= mesh.triangles.min() <= mesh.triangles.max() < count
        assert mesh.uv.shape == (count, 2)
        assert mesh.uv.min() >= 0
        assert mesh.uv.max() <= 1
        assert np.allclose(mesh.segment_weights.sum(axis=1), 1, atol=1e-5)
        assert mesh.segment_weights.min() >= 0
        assert 0 <= mesh.contact.min() <= mesh.contact.max() <= 1
        assert -1 <= mesh.follows.min() <= mesh.follows.max() < MODEL.num_vertices
        edges = np.linalg.norm(
            mesh.vertices_mm[mesh.triangles] - mesh.vertices_mm[np.roll(mesh.triangles, 1, 1)], axis=2
        )
        assert edges.max() < 50, edges.max()  # no spikes


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize(("kind", "style"), BUILDERS)
def test_winding_is_outwards(kind, style, person):
    for mesh in pieces(kind, style, person):
        corners = mesh.vertices_mm[mesh.triangles].astype(float)
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        if kind == "glasses" or (len(mesh.vertices_mm) < 1250):  # closed bodies
            middle = corners.reshape(-1, 3).mean(axis=0)
            assert np.einsum("ti,ti->", corners.mean(axis=1) - middle, normal) > 0
        else:  # sheets around the head: most of what faces a side is on that side
            way = corners.mean(axis=1) - NEUTRALS[person][:, :].mean(axis=0) * [0, 0, 1] - [0, 20, 0]
            outwards = (way * normal).sum(axis=1) > 0
            assert np.linalg.norm(normal[outwards], axis=1).sum() > 0.7 * np.linalg.norm(normal, axis=1).sum()


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("style", GLASSES_STYLES)
def test_glasses_sit_before_the_eyes_and_off_the_skin(style, person):
    lens, frame = pieces("glasses", style, person)
    vertices = NEUTRALS[person]
    for side, pupil in ((1, 473), (-1, 468)):
        part = MODEL.part_names.index("eye_left" if side > 0 else "eye_right")
        cornea = vertices[np.unique(MODEL.triangles[MODEL.triangle_part == part]), 2].min()
        own = lens.vertices_mm[lens.vertices_mm[:, 0] * side > 0]
        eye = landmark_positions_mm(MODEL, vertices, "478")[pupil]
        near = own[np.linalg.norm(own[:, :2] - eye[:2], axis=1) < 9]
        assert own[:, 2].max() < cornea - 2
        assert 8 < cornea - near[:, 2].max() < 19
        low, high = own.min(axis=0), own.max(axis=0)
        assert abs((low[0] + high[0]) / 2 - eye[0]) < 6
        assert low[1] + 6 < eye[1] < high[1] - 6
    ear = np.maximum(MODEL.vertex_masks["ear_left"], MODEL.vertex_masks["ear_right"]) > 0.5
    before_ear = frame.vertices_mm[frame.vertices_mm[:, 2] < vertices[ear, 2].min() - 2]
    assert depth_into_skin_mm(person, before_ear).max() < 1.5
    assert depth_into_skin_mm(person, lens.vertices_mm).max() < 0


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("style", MASK_STYLES)
def test_mask_covers_nose_and_mouth_and_leaves_the_eyes(style, person):
    worn = pieces("mask", style, person)
    assert hidden_from_the_front(person, worn, (1, 4, 2, 61, 291, 0, 17, 13, 14, 199)).all()
    assert not hidden_from_the_front(person, worn, UPPER_FACE_478).any()
    sheet = worn[0]
    jaw = MODEL.unit_mm[MODEL.unit_names.index("jawOpen")][sheet.follows, 1]
    low = sheet.vertices_mm[:, 1] > np.quantile(sheet.vertices_mm[:, 1], 0.9)
    assert jaw[low].mean() > 5  # its chin goes down with the jaw
    assert jaw[sheet.vertices_mm[:, 1] < np.quantile(sheet.vertices_mm[:, 1], 0.05)].mean() < 2


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("style", HEADWEAR_STYLES)
def test_headwear_leaves_the_face_free(style, person):
    worn = pieces("headwear", style, person)
    points = UPPER_FACE_478[:6] if style == "cap" else EYES_DOWN_478
    hidden = hidden_from_the_front(person, worn, points)
    assert not hidden.any(), [p for p, h in zip(points, hidden, strict=True) if h]


@pytest.mark.parametrize("style", sorted(HIDES_HAIR))
def test_drapes_reach_the_torso(style):
    (cloth,) = pieces("headwear", style, 0)
    chin = landmark_positions_mm(MODEL, NEUTRALS[0], "478")[152, 1]
    y = cloth.vertices_mm[:, 1]
    assert y.max() > chin + 95
    assert cloth.segment_weights[y > chin + 95, 0].min() > 0.8  # lies on the shoulders
    assert cloth.segment_weights[y < chin - 30, 2].min() > 0.9  # turns with the head


def test_same_generator_same_thing():
    first, second = (pieces("headwear", "scarf", 3)[0] for _ in range(2))
    assert np.array_equal(first.vertices_mm, second.vertices_mm)


def test_join_refuses_two_materials():
    triangle = np.eye(3), np.array([[0, 1, 2]]), np.zeros((3, 2))
    with pytest.raises(ValueError, match="one material"):
        join([worn_mesh(*triangle, "lens"), worn_mesh(*triangle, "cloth")])
