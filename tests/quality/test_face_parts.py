"""Lenses, brows, beard, ears, hair, lids and the face as a whole: each check passes on a render and fails with its fault in."""

import dataclasses

import numpy as np
import pytest
from scipy import ndimage

from thermvision.motion.arkit import ARKIT_INDEX
from thermvision.quality.check import frame_facts
from thermvision.quality.eyes import EYES_68, lid_finding
from thermvision.quality.form import form_findings
from thermvision.quality.lenses import lens_findings
from thermvision.quality.measure import Facts, polygon_mask
from thermvision.quality.outside_face import outside_face_findings
from thermvision.quality.sample import frames_to_look_at
from thermvision.quality.skin import skin_findings
from thermvision.quality.views import face_view, marks_of
from thermvision.types import ZERO_CELSIUS_K


def around(frame, centre_px, radius_px):
    y, x = np.indices(frame.temperature_k.shape) + 0.5
    return np.hypot(x - centre_px[0], y - centre_px[1]) <= radius_px


def verdicts(findings_of, frames):
    return {one.name: one.verdict for one in findings_of([frame_facts(one) for one in frames])}


def spectacled(frame, over_room_k=1.5):
    """The frame with flat dark lenses painted where the eyes are."""
    worn = dataclasses.replace(frame, worn={"glasses": "wire"}, room_c=24.0, temperature_k=frame.temperature_k.copy())
    for points in EYES_68.values():
        centre = frame.points_68_px[list(points)].mean(axis=0)
        worn.temperature_k[around(frame, centre, 40)] = 24.0 + ZERO_CELSIUS_K + over_room_k
    return worn


def test_flat_cool_lenses_pass(frame):
    found = verdicts(lens_findings, [spectacled(frame)])
    assert found["lenses near the room"] == found["no eye behind the lens"] == "pass"


def test_hot_lenses(frame):
    assert verdicts(lens_findings, [spectacled(frame, 7.0)])["lenses near the room"] == "fail"


def test_eyes_behind_lenses(frame):
    worn = spectacled(frame)
    for points in EYES_68.values():
        worn.temperature_k[polygon_mask(worn.points_68_px[list(points)], worn.temperature_k.shape)] += 0.8
    assert verdicts(lens_findings, [worn])["no eye behind the lens"] == "fail"


@pytest.mark.parametrize(("change_k", "lens", "lid"), [(0.7, "fail", "pass"), (0.0, "pass", "fail"), (-0.7, "fail", "fail")])  # fmt: skip
def test_a_blink_changes_bare_eyes_and_not_lenses(frame, change_k, lens, lid):
    view = face_view(frame)
    for key, finding, expected in (
        ("lens_k", lambda facts: lens_findings(facts)[2], lens), ("eye_k", lid_finding, lid),
    ):  # fmt: skip
        facts = [
            Facts(f"clip {k}", "F", "S", i, {key: 300.0 + change_k * i, "blink": float(i)}, view)
            for i in (0, 1)
            for k in range(3)
        ]
        assert finding(facts).verdict == expected


def test_clips_without_blinks_are_not_applicable(frame):
    assert lid_finding([frame_facts(frame)]).verdict == "n/a"


def warm_brows(frame):
    for point in frame.points_68_px[17:27]:
        frame.temperature_k[around(frame, point, 6)] += 2.5


def warm_hair(frame):
    top, chin = frame.points_478_px[10], frame.points_478_px[152]
    frame.temperature_k[around(frame, top + 0.16 * (top - chin), 14)] = frame.temperature_k[frame.face_mask].max()


def glowing_ears(frame):
    for edge, sign in ((0, -1), (16, 1)):
        x = frame.points_68_px[edge, 0] + sign * 0.1 * np.ptp(frame.points_68_px[:17, 0])
        frame.temperature_k[around(frame, (x, frame.points_68_px[[28, 30], 1].mean()), 9)] = 312.0


@pytest.mark.parametrize(
    ("fault", "names"),
    [(warm_brows, ["brows cooler than forehead"]), (warm_hair, ["hair over room", "hair cooler than skin"]), (glowing_ears, ["no glowing ear rim"])],
)  # fmt: skip
def test_what_borders_the_face(frame, fault, names):
    frontal = dataclasses.replace(frame, yaw_deg=0.0, pitch_deg=0.0, hair_style="short", worn={}, may_be_hot=False)
    before = verdicts(outside_face_findings, [frontal])
    fault(frontal)
    after = verdicts(outside_face_findings, [frontal])
    assert [before[name] for name in names] == ["pass"] * len(names)
    assert [after[name] for name in names] == ["fail"] * len(names)


@pytest.mark.parametrize(("change_k", "expected"), [(-3.0, "pass"), (3.0, "fail")])
def test_beards(frame, change_k, expected):
    bearded = dataclasses.replace(frame, beard=0.95, yaw_deg=0.0, pitch_deg=0.0, worn={})
    for point in bearded.points_68_px[5:12]:
        bearded.temperature_k[around(bearded, point, 18)] += change_k
    assert verdicts(outside_face_findings, [bearded])["beard cooler than cheek"] == expected
    assert verdicts(outside_face_findings, [dataclasses.replace(bearded, beard=0.0)])["beard cooler than cheek"] == "n/a"  # fmt: skip


def test_light_from_a_side(frame):
    frontal = dataclasses.replace(frame, yaw_deg=0.0, pitch_deg=0.0, worn={})
    assert verdicts(form_findings, [frontal])["no light from a side"] == "pass"
    x = np.arange(frontal.temperature_k.shape[1]) - frontal.points_68_px[30, 0]
    frontal.temperature_k[:] += (1.6 * np.tanh(x / 40)).astype(np.float32)
    assert verdicts(form_findings, [frontal])["no light from a side"] == "fail"


def test_contrast_that_is_not_the_labels(frame):
    frontal = dataclasses.replace(frame, yaw_deg=0.0, pitch_deg=0.0, worn={}, regions_k=dict(frame.regions_k))
    assert verdicts(form_findings, [frontal])["contrast agrees with labels"] == "pass"
    mean = frontal.temperature_k[frontal.face_mask].mean()
    flat = dataclasses.replace(frontal, regions_k={**frontal.regions_k, "cheek_left": 303.0, "cheek_right": 303.0})
    flat.temperature_k[flat.face_mask] = mean
    assert verdicts(form_findings, [flat])["contrast agrees with labels"] == "fail"


@pytest.mark.parametrize(("blur_px", "expected"), [(0.0, "pass"), (12.0, "fail")])
def test_structure_lost_when_turned(frame, blur_px, expected):
    turned = dataclasses.replace(frame, yaw_deg=40.0, temperature_k=ndimage.gaussian_filter(frame.temperature_k, blur_px))  # fmt: skip
    frontal = dataclasses.replace(frame, yaw_deg=0.0)
    assert verdicts(form_findings, [frontal, turned])["structure kept when turned"] == expected
    assert verdicts(form_findings, [frontal])["structure kept when turned"] == "n/a"


@pytest.mark.parametrize(("level_k", "error_k", "expected"), [(1.2, 0.0, "fail"), (1.2, 0.7, "pass"), (2.5, 0.7, "fail")])  # fmt: skip
def test_a_camera_level_is_allowed_what_its_preset_says(frame, level_k, error_k, expected):
    off = dataclasses.replace(frame, level_error_k=error_k, temperature_k=frame.temperature_k + np.float32(level_k))
    assert verdicts(skin_findings, [off])["picture agrees with labels"] == expected


def test_frames_with_blinks_and_turns_are_looked_at(clips):
    jaw = clips[0].arkit * 0
    yaw = np.zeros(len(clips[0]), np.float32)
    yaw[7] = -60.0
    for side in ("Left", "Right"):
        jaw[13, ARKIT_INDEX[f"eyeBlink{side}"]] = 1.0
    chosen = frames_to_look_at(dataclasses.replace(clips[0], arkit=jaw, yaw_deg=yaw), 3)
    start, size = clips[0].groups[0]
    if start <= 13 < start + size:
        assert {7, 13} <= set(chosen) and set(chosen) & {12, 14}


def test_marks_lie_in_the_view(frame):
    facts = frame_facts(frame)
    assert set(marks_of(frame)) >= {"cornea_minus_forehead_k", "mouth_minus_canthus_k"}
    left, top, right, bottom = facts.picture("eyes", "cornea_minus_forehead_k").mark
    height, width = facts.view.grey.shape
    assert 0 < left < right < width and 0 < top < bottom < height
    assert facts.view.unit == "K" and 290 < facts.view.low < facts.view.high < 315
