"""Checks over people: the simulator's people pass; shifted, identical, symmetric or telling ones do not."""

import dataclasses

import numpy as np
import pytest

from thermvision.physiology.region_model import draw_conditions, draw_region_temperatures, mean_measured_c
from thermvision.physiology.region_table import MEASURED
from thermvision.quality.identity import background_identifies, identity_constant
from thermvision.quality.population import Sitting, first_component, left_right, noses, region_acceptance
from thermvision.quality.sex_cue import sex_findings
from thermvision.rng import rng
from thermvision.tasks.measures.gender import roc_auc
from thermvision.types import ZERO_CELSIUS_K


def people(subjects=60, sessions=2, change=lambda regions, gender: regions):
    sat = []
    for i in range(subjects):
        gender = "male" if i % 2 else "female"
        for k in range(sessions):
            stream = rng(7, i, k)
            room, core = draw_conditions(stream)
            drawn = draw_region_temperatures(stream, room_temperature_c=room, core_temperature_c=core, gender=gender)
            regions = {name: value - ZERO_CELSIUS_K for name, value in drawn.items()}
            sat.append(Sitting(f"P{i:03d}", f"S{k}", gender, room, core, change(regions, gender)))
    return sat


def test_drawn_people_pass():
    sat = people(200)
    assert [one.verdict for one in region_acceptance(sat)] == ["pass"] * 3
    assert noses(sat).verdict == "pass"
    assert [one.verdict for one in left_right(sat)] == ["pass"] * 2
    assert first_component(sat).verdict == "pass"
    assert [one.verdict for one in sex_findings(people(60))] == ["pass"] * 2


def test_too_warm_people():
    findings = region_acceptance(people(200, 1, lambda r, _: {name: value + 0.6 for name, value in r.items()}))
    assert findings[2].verdict == "fail"


def test_people_without_diversity():
    sat = people(200, 1)
    sat = [dataclasses.replace(s, regions_c={**s.regions_c, **dict(zip(MEASURED, mean_measured_c(s.room_c, s.core_c, s.gender), strict=True))}) for s in sat]  # fmt: skip
    assert region_acceptance(sat)[0].verdict == "fail"


def test_regions_that_vary_alone():
    stream = np.random.default_rng(0)
    findings = region_acceptance(people(200, 1, lambda r, _: {n: v + 0.5 * stream.standard_normal() for n, v in r.items()}))  # fmt: skip
    assert findings[0].verdict == findings[1].verdict == "fail"


@pytest.mark.parametrize("offset", [-0.3, -3.0])
def test_all_noses_alike(offset):
    assert noses(people(30, 1, lambda r, _: {**r, "nose_tip": r["forehead_centre"] + offset})).verdict == "fail"


@pytest.mark.parametrize("apart", [0.0, 0.9])
def test_too_symmetric_or_too_crooked(apart):
    def change(regions, _):
        for stem in ("inner_canthus", "forehead"):
            regions[f"{stem}_left"] = regions[f"{stem}_right"] + apart
        return regions

    assert {one.verdict for one in left_right(people(60, 1, change))} == {"fail"}


def test_sex_written_into_temperatures():
    cheeky = people(60, 1, lambda r, g: {n: v + (1.5 if g == "male" and n == "cheek_left" else 0) for n, v in r.items()})  # fmt: skip
    assert [one.verdict for one in sex_findings(cheeky)] == ["pass", "fail"]  # a cue where measured people have none
    known = people(60, 1, lambda r, g: {n: v + (0.6 if g == "female" and n == "forehead_top" else 0) for n, v in r.items()})  # fmt: skip
    assert sex_findings(known)[0].verdict == "fail"  # the known one, exaggerated


def test_sex_that_temperature_does_not_tell():
    alike = [dataclasses.replace(s, gender=("female", "male")[i % 3 % 2]) for i, s in enumerate(people(400, 1))]
    assert [one.verdict for one in sex_findings(alike)] == ["fail", "pass"]


def test_sessions_of_a_subject_do_not_add_up():
    one, four = (sex_findings(people(100, count))[0] for count in (1, 4))
    assert one.value == four.value


@pytest.mark.parametrize(("shared", "own"), [(1.0, 0.0), (0.0, 0.5)])
def test_one_offset_for_a_face_and_regions_on_their_own(shared, own):
    stream = np.random.default_rng(3)
    sat = [
        dataclasses.replace(
            s, regions_c={n: 35 + shared * k % 7 / 5 + own * stream.standard_normal() for n in MEASURED}
        )
        for k, s in enumerate(people(100, 1))
    ]
    assert first_component(sat).verdict == "fail"


def test_too_few_people_are_named():
    sat = people(5, 1)
    findings = [*region_acceptance(sat), first_component(sat), noses(sat), *left_right(sat), *sex_findings(sat)]
    assert {one.verdict for one in findings} == {"n/a"} and all("needed" in one.sentence for one in findings)


def test_auc_of_known_orders():
    positive = np.array([False, False, True, True])
    assert roc_auc(np.array([0.0, 1, 2, 3]), positive) == 1.0
    assert roc_auc(np.array([1.0, 1, 1, 1]), positive) == 0.5


@pytest.mark.parametrize(("kept", "expected"), [(0.0, "pass"), (5.0, "fail")])
def test_surroundings_that_identify(kept, expected):
    stream = np.random.default_rng(5)
    own = {i: stream.standard_normal(50) for i in range(12)}
    features = {(f"P{i}", f"S{k}"): kept * own[i] + stream.standard_normal(50) for i in range(12) for k in range(2)}
    assert background_identifies("name", "what", [], features).verdict == expected
    one_session = {key: value for key, value in features.items() if key[1] == "S0"}
    assert background_identifies("name", "what", [], one_session).verdict == "n/a"


def test_a_head_that_changes_shape(clips):
    still = [dataclasses.replace(c, subject="A", yaw_deg=0 * c.yaw_deg, pitch_deg=0 * c.pitch_deg) for c in clips[:1] * 2]  # fmt: skip
    assert identity_constant(still).verdict == "pass"
    longer = still[1].points_68_px.copy()
    longer[:, 33] += 0.2 * (longer[:, 33] - longer[:, 27])
    assert identity_constant([still[0], dataclasses.replace(still[1], points_68_px=longer)]).verdict == "fail"
