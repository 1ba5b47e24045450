"""Checks of single frames: each passes on a rendered frame and fails on one in which its fault was put in."""

import dataclasses

import numpy as np
import pytest

from thermvision.quality.check import frame_facts
from thermvision.quality.eyes import EYES_68, blink_finding, canthus_max_k, eye_findings
from thermvision.quality.measure import judge_frames, polygon_mask
from thermvision.quality.mouth import INNER_LIPS_68, mouth_findings
from thermvision.quality.skin import count_ridges, skin_findings
from thermvision.quality.surroundings import background_mask, region_findings, surroundings_findings


def around(frame, centre_px, radius_px):
    y, x = np.indices(frame.temperature_k.shape) + 0.5
    return np.hypot(x - centre_px[0], y - centre_px[1]) <= radius_px


def eye_centres(frame):
    return [frame.points_68_px[list(points)].mean(axis=0) for points in EYES_68.values()]


def findings_of(one):
    facts = [frame_facts(one)]
    return [*eye_findings(facts), *mouth_findings(facts), *skin_findings(facts), *surroundings_findings(facts)]


def test_a_rendered_frame_passes(frames):
    for one in frames:
        failed = [(f.name, f.sentence) for f in findings_of(one) if f.verdict == "fail"]
        assert not failed
        assert all(np.isfinite(list(frame_facts(one).values.values())))


def glowing_eyes(frame):
    for centre in eye_centres(frame):
        frame.temperature_k[around(frame, centre, 5)] += 3.0


def visible_pupils(frame):
    for centre in eye_centres(frame):
        frame.temperature_k[around(frame, centre, 2)] -= 4.0


def hot_eyes(frame):
    for points in EYES_68.values():
        frame.temperature_k[polygon_mask(frame.points_68_px[list(points)], frame.temperature_k.shape)] = 311.5
    for point in (39, 42):  # and canthi that are not
        frame.temperature_k[around(frame, frame.points_68_px[point], 26)] = 306.0
    for centre in eye_centres(frame):
        frame.temperature_k[around(frame, centre, 4)] = 311.5


def cool_canthi(frame):
    for point in (39, 42):
        frame.temperature_k[around(frame, frame.points_68_px[point], 26)] -= 3.0


def black_wedge(frame):
    x, y = frame.points_68_px[[1, 2, 3, 48, 31]].mean(axis=0).astype(int)
    frame.temperature_k[y - 8 : y + 8, x - 8 : x + 8] -= 9.0


def wrong_label(frame):
    frame.regions_k["forehead_centre"] += 1.0


def hot_background(frame):
    frame.temperature_k[background_mask(frame.bbox_xyxy_px, frame.temperature_k.shape)] += 20.0


def painted_background(frame):
    frame.temperature_k[background_mask(frame.bbox_xyxy_px, frame.temperature_k.shape)] = 297.0


def saturated(frame):
    frame.temperature_k[:] = np.minimum(frame.temperature_k, np.percentile(frame.temperature_k, 98))


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        (glowing_eyes, "cornea near forehead"), (visible_pupils, "no iris or pupil edge"), (hot_eyes, "eye cooler than canthus"),
        (cool_canthi, "canthus warmest"), (black_wedge, "no cliff in the skin"), (wrong_label, "picture agrees with labels"),
        (hot_background, "background cooler than face"), (painted_background, "background not uniform"), (saturated, "not saturated"),
    ],
)  # fmt: skip
def test_a_fault_put_in_is_found(frame, verdict, fault, name):
    frame = dataclasses.replace(frame, regions_k=dict(frame.regions_k))
    assert verdict(findings_of(frame), name) == "pass"
    fault(frame)
    assert verdict(findings_of(frame), name) == "fail"


@pytest.mark.parametrize(("change_k", "expected"), [(2.0, "pass"), (-6.0, "fail")])
def test_a_dark_open_mouth(frame, verdict, change_k, expected):
    points = frame.points_68_px.copy()
    points[65:68, 1] += 12  # lips apart; what the picture shows between them is set below
    opened = dataclasses.replace(frame, points_68_px=points, arkit={**frame.arkit, "jawOpen": 0.7})
    inside = polygon_mask(points[INNER_LIPS_68], frame.temperature_k.shape)
    opened.temperature_k[inside] = canthus_max_k(frame) + change_k
    assert verdict(mouth_findings([frame_facts(opened)]), "open mouth warm") == expected


def test_a_shut_mouth_and_a_turned_face_are_not_applicable(frame, verdict):
    turned = dataclasses.replace(frame, yaw_deg=70.0, arkit={**frame.arkit, "jawOpen": 0.0})
    findings = findings_of(turned)
    assert verdict(findings, "open mouth warm") == verdict(findings, "cornea near forehead") == "n/a"


def test_glasses_hide_the_eyes(frame, verdict):
    assert verdict(findings_of(dataclasses.replace(frame, worn={"glasses": "wire"})), "cornea near forehead") == "n/a"


@pytest.mark.parametrize(("height_px", "expected"), [(60, "fail"), (200, "pass"), (400, "fail")])
def test_face_size(frame, verdict, height_px, expected):
    resized = dataclasses.replace(frame, bbox_xyxy_px=np.array([150, 60, 330, 60 + height_px], np.float32))
    assert verdict(findings_of(resized), "face size of a portrait") == expected


@pytest.mark.parametrize(("lines", "expected"), [(0, 0), (2, 2), (5, 5)])
def test_vessel_lines_are_counted(lines, expected):
    stream = np.random.default_rng(1)
    picture = np.full((60, 100), 307.5) + 0.04 * stream.standard_normal((60, 100))
    for i in range(lines):
        y = 8 + 11 * i + 2 * np.sin(np.arange(20, 80) / 9)
        for x, row in zip(range(20, 80), y, strict=True):
            picture[int(row) : int(row) + 3, x] += 0.6
    assert count_ridges(picture.astype(np.float32), np.ones(picture.shape, bool), 0.9) == expected


def test_pores_on_the_forehead(frames, verdict):
    near = dataclasses.replace(frames[0], temperature_k=frames[0].temperature_k.copy())
    # the same picture said to be twice as near: pixels of half the size
    points = {name: getattr(near, name) * 2 for name in ("points_68_px", "points_478_px", "bbox_xyxy_px")}
    big = np.kron(near.temperature_k, np.ones((2, 2), np.float32))
    stream = np.random.default_rng(0)
    smooth = big + near.netd_k * stream.standard_normal(big.shape, dtype=np.float32)
    mask = np.kron(near.face_mask, np.ones((2, 2), bool))
    clean = dataclasses.replace(near, **points, temperature_k=smooth, face_mask=mask)
    name = "no texture finer than skin's"
    assert verdict(skin_findings([frame_facts(clean)]), name) == "pass"
    pores = smooth + 0.15 * stream.standard_normal(big.shape, dtype=np.float32)
    assert verdict(skin_findings([frame_facts(dataclasses.replace(clean, temperature_k=pores))]), name) == "fail"


def test_eyes_that_do_not_close(clips):
    shut = dataclasses.replace(clips[0], arkit=np.ones_like(clips[0].arkit), yaw_deg=np.zeros_like(clips[0].yaw_deg))
    closed = clips[0].points_68_px.copy()
    for points in EYES_68.values():
        closed[:, points, 1] = closed[:, points, 1].mean(axis=1, keepdims=True)
    assert blink_finding([dataclasses.replace(shut, points_68_px=closed)]).verdict == "pass"
    assert blink_finding([shut]).verdict == "fail"  # open lids under coefficients that say shut


@pytest.mark.parametrize(
    ("region", "value_k", "name"),
    [("hair", 308.0, "labelled hair over room"), ("ear_left", 312.0, "labelled ear below forehead")],
)  # fmt: skip
def test_labelled_temperatures(clips, verdict, region, value_k, name):
    fine = dataclasses.replace(clips[0], regions_k=dict(clips[0].regions_k), room_c=24.0)
    assert verdict(region_findings([fine]), name) == "pass"
    wrong = {**fine.regions_k, region: np.full(len(fine), value_k, np.float32)}
    assert verdict(region_findings([dataclasses.replace(fine, regions_k=wrong)]), name) == "fail"


def test_a_number_that_is_none_fails(frame):
    facts = frame_facts(frame)
    facts.values["step_k"] = float("nan")
    limits = {"low": None, "high": 5.0, "unit": "K", "what": "Step", "absent": "none"}
    assert judge_frames("step", "skin", [facts], "step_k", **limits).verdict == "fail"
    assert judge_frames("step", "skin", [facts], "nothing", **limits).verdict == "n/a"
