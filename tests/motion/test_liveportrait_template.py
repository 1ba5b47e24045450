"""LivePortrait templates: both generations of keys, signs, coefficients, and our own file of them."""

import dataclasses
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from template_files import template_data, write_template

from thermvision.motion.arkit import ARKIT_INDEX
from thermvision.motion.euler import euler_deg
from thermvision.motion.formats import save_motion
from thermvision.motion.keypoint_response import RESPONSE, coefficients_from_displacement, response_matrix
from thermvision.motion.liveportrait_template import read_template, save_template, template_from_data
from thermvision.motion.neutral import relative_to_neutral
from thermvision.motion.npz_arrays import write_arrays
from thermvision.motion.programs import make_program
from thermvision.motion.read_any import read_motion
from thermvision.motion.template_motion import motion_from_template
from thermvision.rng import rng
from thermvision.types import InputError


@pytest.mark.parametrize("older", [True, False])
@pytest.mark.parametrize("ratios", [True, False])
@pytest.mark.parametrize("newer", [True, False])
@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_every_generation_is_read(tmp_path, older, ratios, newer, protocol):
    path = write_template(tmp_path / "d.pkl", protocol=protocol, older=older, ratios=ratios, newer=newer)
    template = read_template(path)
    assert (len(template), template.rate_hz, template.name) == (3, 25.0, "d")
    assert template.translation[2] == pytest.approx([0.02, 0.02, 0])
    assert (template.eye_ratio is None) == (template.lip_ratio is None) == (not ratios)
    if ratios:
        assert template.eye_ratio.shape == (3, 2) and template.lip_ratio.shape == (3,)
    back = read_template(save_template(tmp_path / "d.npz", template))
    for field in dataclasses.fields(template):
        assert np.array_equal(np.asarray(getattr(back, field.name)), np.asarray(getattr(template, field.name))), (
            field.name
        )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(*[st.floats(-80, 80)] * 3), min_size=1, max_size=4))
def test_rotations_are_exact(angles):
    data = template_data(len(angles), angles_deg=angles)
    motion = motion_from_template(template_from_data(data, "x", "x"))
    assert euler_deg(motion.sight_from_head) == pytest.approx(np.array(angles), abs=1e-3)


@pytest.mark.parametrize(
    ("stored_angles", "ours"),
    [((10, 0, 0), (0, -10, 0)), ((0, 10, 0), (-10, 0, 0)), ((0, 0, 10), (0, 0, 10))],  # pitch, yaw, roll
)
def test_signs_of_the_published_angles(stored_angles, ours):
    """LivePortrait: pitch > 0 is nose down, yaw > 0 nose to image left, roll > 0 clockwise; Q = Rz Ry Rx, stored transposed."""
    (x, y, z) = np.radians(stored_angles)
    turn_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    turn_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    turn_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    data = template_data(1)
    data["motion"][0]["R"] = (turn_z @ turn_y @ turn_x).T[None].astype(np.float32)
    template = template_from_data(data, "x", "x")
    assert euler_deg(template.rotation)[0] == pytest.approx(ours, abs=1e-4)
    if stored_angles == (0, 10, 0):  # a point in front of the face, towards the camera, goes to image left
        assert (template.rotation[0] @ [0, 0, -1])[0] < 0


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(RESPONSE)), st.floats(0.2, 1), min_size=1, max_size=4))
def test_what_the_table_makes_it_reads_back(wanted):
    if {"mouthLeft", "mouthRight"} <= set(wanted) or any({f"browDown{s}", f"browOuterUp{s}"} <= set(wanted) for s in ("Left", "Right")):  # fmt: skip
        return  # they undo one another
    shares = np.array([wanted.get(name, 0.0) for name in RESPONSE])
    found = coefficients_from_displacement((shares @ response_matrix()).reshape(1, 21, 3))[0]
    for name in RESPONSE:
        assert found[ARKIT_INDEX[name]] == pytest.approx(wanted.get(name, 0.0), abs=0.12), name
    others = [i for name, i in ARKIT_INDEX.items() if name not in RESPONSE]
    assert (found[others] == 0).all()


def test_a_blink_of_one_eye_a_jaw_and_a_look():
    shift = np.zeros((40, 21, 3))
    shift += np.random.default_rng(1).normal(0, 8e-3, (21, 3))  # this person's face at rest
    shift[5:9, 15, 1] += 17e-3  # the lid at image right: the subject's left
    shift[15:20, 19, 1] += 70e-3
    shift[25:35, [11, 15], 0] += 12e-3
    motion = motion_from_template(template_from_data(template_data(40, expression=shift), "x", "x"))
    left, right, jaw = (motion.arkit[:, ARKIT_INDEX[name]] for name in ("eyeBlinkLeft", "eyeBlinkRight", "jawOpen"))
    assert left[5:9].min() > 0.8 and right.max() < 0.1 and left[12:].max() < 0.1
    assert jaw[15:20].min() > 0.8 and jaw[:12].max() < 0.1
    assert motion.gaze_deg[25:35, 0].min() > 8 and abs(motion.gaze_deg[:20]).max() < 2
    assert motion.arkit[30, ARKIT_INDEX["eyeLookOutLeft"]] > 0.2


def test_position_goes_where_the_face_goes():
    data = template_data(3)
    data["motion"][2]["scale"] = np.full((1, 1), 1.6, np.float32)  # nearer
    motion = motion_from_template(template_from_data(data, "x", "x"))
    assert motion.head_position_mm[1, 0] > motion.head_position_mm[0, 0] >= 0
    assert motion.head_position_mm[2, 2] < -40


def broken(**changes):
    data = template_data(2)
    for key, value in changes.items():
        if key in data:
            data[key] = value
        else:
            data["motion"][1][key] = value
    return data


@pytest.mark.parametrize(
    ("data", "fragment"),
    [
        ([1, 2], "motion is not a list"),
        ({}, "motion is not a list"),
        ({"motion": []}, "motion is not a list"),
        ({"motion": [1]}, "motion is not a dict for each frame"),
        (broken(exp=np.zeros((1, 20, 3), np.float32)), "exp is not an array of 63 numbers"),
        (broken(exp=np.full((1, 21, 3), np.nan, np.float32)), "expression is not an array of shape"),
        (broken(R="turned"), "R is not an array of 9 numbers"),
        (broken(R=np.zeros((1, 3, 3), np.float32)), "R is not a rotation"),
        (broken(R=-np.eye(3, dtype=np.float32)[None]), "R is not a rotation"),
        (broken(scale=np.zeros((1, 1), np.float32)), "scale is not over 0"),
        (broken(t=np.zeros((1, 3), np.int32)), "t is not an array of 3 numbers"),
        (broken(output_fps="25"), "output_fps is not a number from 1 to 1000"),
        (broken(output_fps=0), "output_fps is not"),
        (broken(c_eyes_lst=[np.zeros((1, 2), np.float32)]), "c_eyes_lst is not a list of 2 frames"),
        (broken(c_lip_lst=3), "c_lip_lst is not a list of 2 frames"),
    ],
)
def test_what_is_no_template(tmp_path, data, fragment):
    path = tmp_path / "x.pkl"
    path.write_bytes(pickle.dumps(data))
    with pytest.raises(InputError, match=fragment) as caught:
        read_template(path)
    assert "\n" not in str(caught.value) and "x.pkl" in str(caught.value)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("expression", np.full((2, 21, 3), "x")),
        ("scale", np.float32(1)),
        ("rotation", np.zeros((3, 3, 3))),
        ("eye_ratio", np.full((2, 2), np.inf)),
        ("header", np.array(["liveportrait-template-1", "x", "fast"])),
        ("header", np.array(["liveportrait-template-9", "x", "25"])),
        ("header", np.zeros(3)),
    ],
)
def test_what_is_no_template_of_ours(tmp_path, field, values):
    template = template_from_data(template_data(2), "x", "x")
    arrays = {f.name: getattr(template, f.name) for f in dataclasses.fields(template)[2:]}
    arrays["header"] = np.array(["liveportrait-template-1", "x", "25.0"])
    write_arrays(tmp_path / "t.npz", arrays)
    assert len(read_motion(tmp_path / "t.npz")) == 2
    write_arrays(tmp_path / "t.npz", arrays | {field: np.asarray(values)})
    with pytest.raises(InputError, match="template"):
        read_motion(tmp_path / "t.npz")


@pytest.mark.parametrize(
    ("name", "frames", "rate", "lowest", "highest"),  # yaw, pitch, roll with our signs, whole degrees as published
    [("talking", 100, 20, (-4, -6, -8), (2, 9, 10)), ("wink", 57, 25, (-5, -15, 0), (3, -3, 3))],
)
def test_published_templates(shared_dir, name, frames, rate, lowest, highest):
    motion = read_motion(shared_dir / f"data/motion_templates/{name}.pkl")
    assert (len(motion), motion.rate_hz, motion.name) == (frames, rate, name)
    angles = euler_deg(motion.sight_from_head)
    assert (angles.min(axis=0) >= np.array(lowest) - 1).all() and (angles.max(axis=0) <= np.array(highest) + 1).all()
    left, right, jaw = (motion.arkit[:, ARKIT_INDEX[n]] for n in ("eyeBlinkLeft", "eyeBlinkRight", "jawOpen"))
    if name == "wink":  # one eye, that at image left
        assert right.max() > 0.6 and left.max() < 0.5 and jaw.max() < 0.2
    else:  # it speaks, and blinks with both
        assert jaw.max() > 0.8 and jaw.min() < 0.05 and np.corrcoef(left, right)[0, 1] > 0.7
    assert len(relative_to_neutral(motion)) == frames


def test_one_reader_for_all(tmp_path):
    motion = make_program("natural", rng(0), 30)
    template = write_template(tmp_path / "a.PKL")
    assert read_motion(save_motion(tmp_path / "a.npz", motion)).kind == "program"
    assert len(read_motion(template)) == 3
    assert len(read_motion(save_template(tmp_path / "t.npz", template_from_data(template_data(4), "x", "x")))) == 4


@pytest.mark.parametrize(
    ("name", "content", "fragment"),
    [
        ("a.mp4", b"x", "no motion file; expected one that ends in .npz, .csv, .pkl"),
        ("a", b"x", "no motion file"),
        ("a.npz", b"x", "damaged"),
        ("a.csv", b"x", "lacks the columns"),
        ("a.pkl", b"x", "no pickle of plain numbers"),
        ("b.pkl", pickle.dumps(template_data())[:-200], "truncated"),
    ],
)
def test_everything_else_is_refused(tmp_path, name, content, fragment):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=fragment) as caught:
        read_motion(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_missing_file():
    with pytest.raises(InputError, match="does not exist"):
        read_motion("none.pkl")
