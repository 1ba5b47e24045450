"""Faces of simulated people: the same whatever the file, polarity as told or seen, temperatures only where there are any."""

import dataclasses

import numpy as np
import pytest
from annotate.files import grey_of

from thermvision.annotate.look import look
from thermvision.annotate.overlay import drawn, overlay_path
from thermvision.annotate.pictures import ThermalPicture
from thermvision.types import InputError


def picture(values, *, kelvin=False, palette="", shown=None, warnings=()):
    values = np.asarray(values, np.float32)
    return ThermalPicture("a.png", None, None, values, kelvin, "measured" if kelvin else "", shown, palette, warnings)


def seen(values, polarity="auto", min_score=0.3, **about):
    return look(picture(values, **about), 1, min_score=min_score, polarity=polarity)


@pytest.fixture(scope="module")
def row(woman):
    return seen(woman, kelvin=True)


def test_kelvin_gives_temperatures_of_regions(woman, row):
    (face,) = row.faces
    regions = face.regions_k
    assert {"forehead_centre", "inner_canthus_left", "nose_tip", "cheek_right", "chin", "lip_lower"} <= set(regions)
    x, y = face.landmarks["478"].places_px[151]
    assert regions["forehead_centre"] == pytest.approx(float(woman[int(y), int(x)]), abs=0.3)
    assert all(295 < kelvin < 311 for kelvin in regions.values())
    assert not face.black_hot


def test_greys_give_the_same_face_and_no_temperatures(woman, row):
    (kelvin,), (grey,) = row.faces, seen(grey_of(woman)).faces
    assert grey.regions_k == {}
    np.testing.assert_allclose(grey.found.bbox_xyxy_px, kelvin.found.bbox_xyxy_px, atol=1.0)


@pytest.mark.parametrize("polarity", ["auto", "black-hot"])
def test_black_hot_pictures(woman, polarity):
    (face,) = seen(255 - grey_of(woman).astype(float), polarity).faces
    assert face.black_hot


def test_polarity_that_is_told_is_believed(woman):
    assert seen(grey_of(woman), "black-hot", min_score=0.1).faces[0].black_hot
    assert not seen(woman, "black-hot", kelvin=True).faces[0].black_hot


def test_gender_is_told_unless_it_is_not_wanted(woman, row):
    assert 0 <= row.faces[0].male_probability <= 1
    left_out = look(picture(woman, kelvin=True), 1, min_score=0.3, polarity="auto", gender=False)
    assert left_out.faces[0].male_probability is None


def test_the_score_decides(woman, row):
    (face,) = row.faces
    assert seen(woman, kelvin=True, min_score=face.found.score + 0.01).faces == ()


def test_no_face_is_a_result(woman):
    row = seen(np.tile(np.arange(128.0), (96, 1)))
    assert row.faces == () and (row.width_px, row.height_px) == (128, 96)


def test_smaller_sets_follow_from_the_478_points(row):
    (face,) = row.faces
    sets, all_points = face.landmarks, face.found.landmarks_px
    assert {name: len(points.places_px) for name, points in sets.items()} == {
        "5": 5,
        "54": 54,
        "68": 68,
        "70": 70,
        "478": 478,
    }
    np.testing.assert_array_equal(sets["5"].places_px, all_points[[468, 473, 4, 61, 291]])
    np.testing.assert_array_equal(sets["70"].places_px[:68], sets["68"].places_px)
    np.testing.assert_allclose(sets["68"].places_px[27], (all_points[168] + all_points[6]) / 2, atol=1e-4)
    for points in sets.values():
        assert (points.sd_px > 0).all() and ((points.visible >= 0) & (points.visible <= 1)).all()


def test_a_tiny_picture_is_refused_in_one_sentence():
    with pytest.raises(InputError, match="shape"):
        seen(np.zeros((1, 1)))


def test_an_overlay_shows_box_and_points_on_the_picture(woman, row):
    given = picture(woman, kelvin=True)
    row = dataclasses.replace(row, faces=tuple(dataclasses.replace(face, track_id=2) for face in row.faces))
    shown, plain = drawn(given, row), drawn(given, dataclasses.replace(row, faces=()))
    assert shown.shape == (1024, 1024, 3)
    changed = (shown != plain).any(axis=2)
    left, _, right, bottom = (row.faces[0].found.bbox_xyxy_px * 8).astype(int)
    middle = (left + right) // 2
    assert changed[bottom - 3 : bottom + 3, middle - 50 : middle + 50].any(axis=0).all()  # the lower side
    for x, y in (row.faces[0].landmarks["5"].places_px * 8).astype(int):
        assert changed[y - 3 : y + 3, x - 3 : x + 3].any()
    assert 0.005 < changed.mean() < 0.1
    coloured = np.ptp(shown[changed].astype(int), axis=1)
    assert np.percentile(coloured, 80) > 60
    assert np.ptp(plain, axis=2).max() == 0


@pytest.mark.parametrize("size", [(16, 16), (24, 3000), (3000, 24)])
def test_pictures_of_odd_sizes_are_drawn(size):
    given = picture(np.random.default_rng(0).normal(0, 1, size))
    shown = drawn(given, look(given, 1, min_score=0.3, polarity="auto"))
    assert max(shown.shape[:2]) in (1024, 2048) and min(shown.shape) >= 1


def test_where_overlays_lie(tmp_path):
    from annotate.rows_made import picture_row

    table = {("s/a.png", None): "s/a.png", ("a.tiff", None): "a.tiff.png", ("s/walk.mp4", 3): "s/walk.mp4/000003.png"}
    for (name, frame), wanted in table.items():
        assert overlay_path(tmp_path, picture_row(name=name, frame=frame)) == tmp_path / wanted
