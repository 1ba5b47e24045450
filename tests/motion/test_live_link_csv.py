"""Live Link Face tables: what is written is read, and what recordings and other tables look like."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermvision.motion.arkit import ARKIT_INDEX, ARKIT_NAMES
from thermvision.motion.euler import euler_deg, rotation_from_euler_deg
from thermvision.motion.live_link_csv import LIVE_LINK_COEFFICIENTS, read_live_link_csv, write_live_link_csv
from thermvision.motion.programs import make_program
from thermvision.motion.timecode import rate_and_places, timecode, times_from_timecodes
from thermvision.rng import rng
from thermvision.types import InputError

MOTION = make_program("gaze", rng(0), 60)


def table(columns, rows):
    return "\n".join([",".join(columns), *(",".join(str(cell) for cell in row) for row in rows)]) + "\n"


def read_text(tmp_path, text, **options):
    path = tmp_path / "take.csv"
    path.write_text(text)
    return read_live_link_csv(path, **options)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(2, 80),
    st.sampled_from([1.0, 12.0, 23.976, 24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0, 100.0, 120.0]),
)
def test_what_is_written_is_read(tmp_path_factory, seed, frames, rate_hz):
    random = np.random.default_rng(seed)
    motion = dataclasses.replace(
        MOTION,
        rate_hz=rate_hz,
        sight_from_head=np.stack([rotation_from_euler_deg(*a) for a in random.uniform(-80, 80, (frames, 3))]),
        head_position_mm=np.zeros((frames, 3)),
        arkit=random.random((frames, 52), np.float32),
        gaze_deg=random.uniform(-40, 40, (frames, 2)).astype(np.float32),
        measured=np.ones(frames, bool),
        expression=("neutral",) * frames,
        expression_intensity=np.zeros(frames, np.float32),
    )
    back = read_live_link_csv(write_live_link_csv(tmp_path_factory.mktemp("csv") / "take.csv", motion))
    assert back.rate_hz == pytest.approx(rate_hz, rel=1e-3)
    assert back.kind == "tracked" and back.name == "take" and back.measured.all()
    assert back.sight_from_head == pytest.approx(motion.sight_from_head, abs=1e-8)
    assert back.arkit == pytest.approx(motion.arkit, abs=1e-7)
    assert back.gaze_deg == pytest.approx(motion.gaze_deg, abs=1e-4)


def test_the_header_is_that_of_the_app(tmp_path):
    names = write_live_link_csv(tmp_path / "take.csv", MOTION).read_text().splitlines()[0].split(",")
    assert len(names) == 63 and sorted(LIVE_LINK_COEFFICIENTS) == sorted(ARKIT_NAMES)
    assert (
        names[:9]
        == "Timecode BlendShapeCount EyeBlinkLeft EyeLookDownLeft EyeLookInLeft EyeLookOutLeft EyeLookUpLeft EyeSquintLeft EyeWideLeft".split()
    )
    assert names[16:21] == ["JawForward", "JawRight", "JawLeft", "JawOpen", "MouthClose"]
    assert names[53:57] == ["TongueOut", "HeadYaw", "HeadPitch", "HeadRoll"] and names[-1] == "RightEyeRoll"


def test_signs_of_eyes_agree_with_the_coefficients_beside_them(tmp_path):
    """As in recordings: eyes to the subject's left have LookOutLeft and LookInRight and negative yaw; a look down, positive pitch."""
    names = ["Timecode", "BlendShapeCount", *LIVE_LINK_COEFFICIENTS, "HeadYaw", "HeadPitch", "HeadRoll",
             "LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll", "RightEyeYaw", "RightEyePitch", "RightEyeRoll"]  # fmt: skip
    looks = dict.fromkeys(names, 0.0) | {
        "BlendShapeCount": 61, "eyeLookOutLeft": 0.84, "eyeLookInRight": 0.9, "eyeLookDownLeft": 0.3, "eyeLookDownRight": 0.3,
        "LeftEyeYaw": -0.54, "RightEyeYaw": -0.48, "LeftEyePitch": 0.2, "RightEyePitch": 0.2,
    }  # fmt: skip
    rows = [[*(looks | {"Timecode": f"00:00:01:{2 * k:02d}.000"}).values()] for k in range(5)]
    with_angles = read_text(tmp_path, table(names, rows))
    without = read_text(tmp_path, table(names[:-6], [row[:-6] for row in rows]))
    assert with_angles.gaze_deg[0] == pytest.approx([math.degrees(0.51), -math.degrees(0.2)], abs=1e-3)
    assert without.gaze_deg[0] == pytest.approx(with_angles.gaze_deg[0], abs=3)
    assert with_angles.rate_hz == 30


def test_signs_of_the_head(tmp_path):
    names = [*LIVE_LINK_COEFFICIENTS, "HeadYaw", "HeadPitch", "HeadRoll"]
    motion = read_text(tmp_path, table(names, [[0] * 52 + [0.3, 0.1, 0.2]] * 2))
    assert euler_deg(motion.sight_from_head)[0] == pytest.approx(np.degrees([0.3, 0.1, -0.2]))


@pytest.mark.parametrize("spelling", [str, lambda n: n[0].upper() + n[1:], lambda n: n.replace("Left", "_L").replace("Right", "_R") if n.endswith(("Left", "Right")) else n])  # fmt: skip
def test_other_orders_and_spellings(tmp_path, spelling):
    """MediaPipe-like: a frame number, _neutral, no tongueOut, milliseconds, any order."""
    order = rng(3).permutation([n for n in ARKIT_NAMES if n != "tongueOut"])
    names = ["frame", "_neutral", *map(spelling, order), "timestamp_ms"]
    rows = [[k, 0.9, *(ARKIT_INDEX[n] / 100 for n in order), 40 * k] for k in range(6)]
    motion = read_text(tmp_path, "\ufeff" + table(names, rows))
    assert motion.rate_hz == 25
    assert motion.arkit[0] == pytest.approx([0.01 * k for k in range(51)] + [0], abs=1e-6)
    assert (motion.sight_from_head == np.eye(3)).all()


def test_without_times_rows_are_30_a_second_or_as_told(tmp_path):
    text = table(ARKIT_NAMES, [[0.5] * 52] * 4)
    assert read_text(tmp_path, text).rate_hz == 30
    assert read_text(tmp_path, text, rate_hz=48).rate_hz == 48
    with pytest.raises(InputError, match="rate_hz is 0"):
        read_text(tmp_path, text, rate_hz=0)


def test_lost_and_missing_frames_are_bridged_and_marked(tmp_path):
    lines = write_live_link_csv(tmp_path / "whole.csv", MOTION).read_text().splitlines()
    no_face = lines[11].split(",")[0] + ",0" + "," * 61
    motion = read_text(tmp_path, "\n".join([*lines[:11], no_face, *lines[12:21], *lines[24:]]))
    assert len(motion) == len(MOTION) and motion.rate_hz == 30
    assert np.flatnonzero(~motion.measured).tolist() == [10, 20, 21, 22]
    assert motion.arkit[motion.measured] == pytest.approx(MOTION.arkit[motion.measured], abs=1e-6)


def test_marked_frames_stay_marked(tmp_path):
    measured = np.ones(60, bool)
    measured[20:30] = False
    back = read_live_link_csv(write_live_link_csv(tmp_path / "x.csv", dataclasses.replace(MOTION, measured=measured)))
    assert (back.measured == measured).all()


GOOD = dict.fromkeys(["Timecode", *LIVE_LINK_COEFFICIENTS, "HeadYaw", "LeftEyeYaw"], 0) | {
    "Timecode": "00:00:00:00.000"
}


def changed(**cells):
    second = GOOD | {"Timecode": "00:00:00:02.000"} | cells
    return table(list(GOOD), [GOOD.values(), second.values()])


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("", "lacks the columns"),
        ("a,b\n1,2\n", "lacks the columns browDownLeft, browDownRight, browInnerUp and 48 more"),
        (changed().replace("jawOpen", "jawOpened"), "lacks the columns jawOpen;"),
        (table(GOOD, []), "0 rows"),
        (changed(jawOpen="wide"), "'jawOpen' in row 3 is 'wide'; expected a number"),
        (changed(jawLeft="nan"), "expected a number"),
        (changed(jawLeft=85), "divide a percentage by 100"),
        (changed(HeadYaw=20), "HeadYaw is 20; expected radians"),
        (changed(LeftEyeYaw=-9), "LeftEyeYaw is -9; expected radians"),
        (changed(Timecode="soon"), "Timecode in row 3 is 'soon'; expected hh:mm:ss:ff.fff"),
        (changed(Timecode="00:00:00:500"), "expected less than 120"),
        (changed(Timecode="00:00:09:00"), "9.0 s are missing before row 3"),
        (changed(Timecode="00:00:00:00.000"), "expected 1 to 1000 rows a second"),
        ("\x00\x01", "lacks the columns"),
    ],
)
def test_tables_that_are_none(tmp_path, text, fragment):
    with pytest.raises(InputError, match=fragment) as caught:
        read_text(tmp_path, text)
    assert "take.csv" in str(caught.value) and "\n" not in str(caught.value)


def test_bytes_that_are_no_text(tmp_path):
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe\x00" * 50)
    with pytest.raises(InputError, match="no table"):
        read_live_link_csv(tmp_path / "x.csv")


@pytest.mark.parametrize("base", [24, 25, 30, 48, 50, 60])
@pytest.mark.parametrize("step", [1, 1.0007, 2])
def test_frames_in_a_second_are_found_over_midnight(base, step):
    count = np.arange(3 * base) * step + base * (86_400 - 1) + 5
    codes = [f"{int(c // base) // 3600 % 24:02d}:{int(c // base) // 60 % 60:02d}:{int(c // base) % 60:02d}:{c % base:06.3f}" for c in count]  # fmt: skip
    rate, places = rate_and_places(times_from_timecodes(codes, "x"), "x")
    assert rate == pytest.approx(base / step, rel=1e-3)
    assert places.tolist() == list(range(3 * base))


@given(st.floats(0, 86_399))
def test_timecode_there_and_back(time_s):
    back = times_from_timecodes(["00:00:00:00.000", timecode(time_s)], "x")[1]
    assert back == pytest.approx(time_s, abs=1e-4) or time_s > 43_000  # two codes half a day apart may be midnight
