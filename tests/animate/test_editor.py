"""The dials of the editor set what they say, in labels and in pixels, and refuse what no face can do."""

import numpy as np
import pytest

from thermvision.animate.editor import Editor
from thermvision.motion.arkit import ARKIT_INDEX
from thermvision.portraits.from_picture import portrait_of_picture
from thermvision.types import InputError


@pytest.fixture(scope="module")
def editor(stills):
    return Editor(stills["female"].portrait, size=128)


@pytest.fixture(scope="module")
def pictured(stills):
    """A portrait made from the picture of a person whose head the editor does not know."""
    still = stills["male"]
    given = portrait_of_picture(
        still.temperature_k, still.points_px, still.seen.astype(float), source="still", temperature_source="physics"
    )
    return Editor(given)


@pytest.mark.parametrize("angles", [(30.0, 0.0, 0.0), (-45.0, 10.0, 5.0), (0.0, -20.0, 15.0)])
@pytest.mark.parametrize("which", ["editor", "pictured"])
def test_the_head_is_turned_as_asked(which, angles, request):
    frame, labels = request.getfixturevalue(which).render(yaw_deg=angles[0], pitch_deg=angles[1], roll_deg=angles[2])
    assert (labels.yaw_deg, labels.pitch_deg, labels.roll_deg) == pytest.approx(angles, abs=0.01)
    assert frame["temperature_k"].shape == (128, 128) and frame["temperature_k"].dtype == np.float32


def test_what_is_not_asked_for_stays(pictured, stills):
    frame, labels = pictured.render()
    assert (labels.yaw_deg, labels.pitch_deg, labels.roll_deg) == pytest.approx(pictured.angles_deg, abs=0.01)
    off = np.linalg.norm(labels.landmarks_px["478"] - stills["male"].points_px, axis=1)
    eyes = np.linalg.norm(stills["male"].points_px[33] - stills["male"].points_px[263])
    assert off.mean() < 0.02 * eyes
    skin = frame["face_mask"]
    assert np.median(np.abs(frame["temperature_k"] - stills["male"].temperature_k)[skin]) < 0.3  # K


def gap(labels, upper, lower):
    return np.linalg.norm(labels.landmarks_px["478"][upper] - labels.landmarks_px["478"][lower])


@pytest.mark.parametrize(
    ("less", "more", "upper", "lower", "factor"),
    [
        ({"eyes_open": 0.0}, {"eyes_open": 1.0}, 159, 145, 3.0),
        ({"eyes_open": 1.0}, {"eyes_open": 1.5}, 386, 374, 1.1),
        ({"mouth_open": 0.0}, {"mouth_open": 0.7}, 13, 14, 5.0),
        ({"smile": -1.0}, {"smile": 1.0}, 61, 291, 1.1),
        ({"brows": -1.0}, {"brows": 1.0}, 105, 159, 1.2),
    ],
)
def test_dials_move_the_face(editor, less, more, upper, lower, factor):
    narrow, wide = (gap(editor.render(**asked)[1], upper, lower) for asked in (less, more))
    assert wide > factor * narrow


def test_gaze_turns_the_eyes_and_lids_follow(editor):
    right, left = (editor.render(gaze=(angle, 0.0))[1] for angle in (25.0, -25.0))
    assert right.landmarks_px["478"][468, 0] > left.landmarks_px["478"][468, 0] + 1  # px: to image right
    assert right.arkit[ARKIT_INDEX["eyeLookOutLeft"]] > 0.7 and left.arkit[ARKIT_INDEX["eyeLookOutLeft"]] == 0
    assert right.gaze_deg[0] == 25


def test_coefficients_by_name_count_last(editor):
    _, labels = editor.render(mouth_open=0.2, arkit={"jawOpen": 0.9})
    assert labels.arkit[ARKIT_INDEX["jawOpen"]] == pytest.approx(0.9)


def test_an_open_mouth_shows_its_warm_inside(editor):
    shut, opened = (editor.render(mouth_open=share) for share in (0.0, 0.8))
    x, y = opened[1].landmarks_px["478"][[13, 14]].mean(axis=0)
    assert opened[0]["temperature_k"][int(y), int(x)] > shut[0]["temperature_k"][int(y), int(x)] + 0.3


def test_another_size(editor):
    small, large = editor.render(size=64), editor.render(size=192)
    assert small[0]["temperature_k"].shape == (64, 64) and large[0]["temperature_k"].shape == (192, 192)
    assert np.allclose(small[1].landmarks_px["68"] * 3, large[1].landmarks_px["68"], atol=1e-3)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"yaw_deg": 80}, "yaw_deg is 80; expected -75 to 75"),
        ({"pitch_deg": float("nan")}, "pitch_deg is nan"),
        ({"gaze": (0, -50)}, "gaze is -50"),
        ({"eyes_open": 2}, "eyes_open is 2; expected 0 to 1.5"),
        ({"mouth_open": -0.1}, "mouth_open is -0.1"),
        ({"smile": 1.2}, "smile is 1.2"),
        ({"brows": -2}, "brows is -2"),
        ({"arkit": {"jawOpne": 1}}, "did you mean 'jawOpen'"),
        ({"arkit": {"jawOpen": 1.5}}, "jawOpen of arkit is 1.5"),
        ({"size": 10}, "64 to 4096 px"),
    ],
)
def test_what_no_face_can_do_is_refused(editor, asked, words):
    with pytest.raises(InputError, match=words):
        editor.render(**asked)
