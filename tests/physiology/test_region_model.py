"""Drawn people against 1,020 measured ones (Must show 7), and plain sanity."""

import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermvision.physiology.region_model import draw_conditions, draw_region_temperatures, mean_measured_c
from thermvision.physiology.region_table import COVARIANCE_K2, MEASURED
from thermvision.rng import rng
from thermvision.types import ZERO_CELSIUS_K, InputError


@pytest.fixture(scope="module")
def fda(shared_dir):
    """Readings (n, 10) in C of the complete cases, FLIR camera. This copy of the table carries no room, oral or gender."""
    with open(shared_dir / "data/fda/FLIR_groups1and2.csv", encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    column = {name.strip(): i for i, name in reversed(list(enumerate(lines[2])))}

    def mean_of_rounds(row, name, rounds=(1, 2, 3, 4)):
        given = [float(row[column[f"{name}{r}"]]) for r in rounds if row[column[f"{name}{r}"]].strip()]
        return np.mean(given) if given else np.nan

    names = ("canthiMax", "RCC", "LCC", "T_FHCC", "T_FHRC", "T_FHLC", "T_FHTC", "T_FHBC")
    readings = [
        [mean_of_rounds(row, name) for name in names]
        + [mean_of_rounds(row, "T_OR_Max", (1, 2)), mean_of_rounds(row, "T_OR_Max", (4,))]
        for row in lines[3:]
        if row[0].strip()
    ]
    readings = np.array(readings)
    return readings[np.isfinite(readings).all(axis=1)]


def table_conditions(stream, count):
    """Room, core and gender as the study states them: 24.12 +- 1.34 (20.2-29.1), 37.03 +- 0.51 of which 89 % afebrile
    (36.89 +- 0.28), 606 women and 414 men."""
    room = np.clip(stream.normal(24.12, 1.34, count), 20.2, 29.1)
    febrile = stream.random(count) < 0.109
    core = np.where(
        febrile,
        np.clip(stream.normal(38.17, 0.45, count), 37.5, 40),
        np.clip(stream.normal(36.89, 0.28, count), 35.5, 37.5),
    )
    return room, core, stream.random(count) < 414 / 1020


def draw_table_people(seed, count=987):
    stream = rng(seed, "fda")
    room, core, male = table_conditions(stream, count)
    genders = np.where(male, "male", "female")
    people = [
        draw_region_temperatures(stream, room_temperature_c=t, core_temperature_c=c, gender=str(g))
        for t, c, g in zip(room, core, genders, strict=True)
    ]
    drawn = np.array([[person[name] - ZERO_CELSIUS_K for name in MEASURED] for person in people])
    means = np.array([mean_measured_c(t, c, str(g)) for t, c, g in zip(room, core, genders, strict=True)])
    return drawn, drawn - means


def test_we_read_the_table_right(fda):
    """Complete cases and four-round means as the reference states them."""
    assert 980 <= len(fda) <= 1000
    assert fda[:, 0].mean() == pytest.approx(35.79, abs=0.02) and fda[:, 0].std() == pytest.approx(0.53, abs=0.02)
    assert fda[:, 3].mean() == pytest.approx(34.57, abs=0.02) and fda[:, 3].std() == pytest.approx(0.67, abs=0.02)


@pytest.mark.parametrize("seed", range(6))
def test_drawn_people_at_the_tables_conditions(fda, seed):
    """987 drawn people: means within 0.15 K of the measured, Mahalanobis median 5-11 and p95 <= 26."""
    drawn, residual = draw_table_people(seed)
    assert abs(drawn.mean(axis=0) - fda.mean(axis=0)).max() <= 0.15
    distances = np.einsum("ni,ij,nj->n", residual, np.linalg.inv(COVARIANCE_K2), residual)
    assert 5 <= np.median(distances) <= 11
    assert np.percentile(distances, 95) <= 26


def test_drawn_people_vary_together_as_the_measured_do(fda):
    """Spread of each quantity within 20 % and correlations within 0.12 of the table's (conditions included)."""
    drawn = np.concatenate([draw_table_people(seed)[0] for seed in range(3)])
    assert np.allclose(drawn.std(axis=0) / fda.std(axis=0), 1, atol=0.2)
    assert abs(np.corrcoef(drawn.T) - np.corrcoef(fda.T)).max() < 0.12


def draw_many(count, room_c=24.0, core_c=36.9, gender="female"):
    stream = rng(1, "many", room_c)
    return [
        draw_region_temperatures(stream, room_temperature_c=room_c, core_temperature_c=core_c, gender=gender)
        for _ in range(count)
    ]


def test_noses_are_cold_in_some_and_warm_in_others():
    below = np.array([r["forehead_centre"] - r["nose_tip"] for r in draw_many(600)])
    assert 0.2 < (below > 1.8).mean() < 0.5
    assert (below < 1.0).mean() > 0.4
    cooler = np.array([r["forehead_centre"] - r["nose_tip"] for r in draw_many(600, room_c=20.0)])
    assert cooler.mean() > below.mean()


def test_left_and_right_differ_as_measured():
    people = draw_many(600)
    for name in ("cheek", "inner_canthus", "temple", "ear_meatus"):
        apart = np.array([abs(p[f"{name}_left"] - p[f"{name}_right"]) for p in people])
        assert 0.10 <= np.median(apart) <= 0.25, name


def test_order_of_regions():
    people = draw_many(400)
    mean = {name: np.mean([p[name] for p in people]) for name in people[0]}
    assert (
        mean["mouth_open_max"]
        > mean["inner_canthus_max"]
        > mean["forehead_centre"]
        > mean["cheek_left"]
        > mean["ear_left"]
    )
    assert mean["hair"] > 24 + ZERO_CELSIUS_K + 1
    assert mean["scalp"] > mean["hair"]
    assert mean["hair"] - 24 - ZERO_CELSIUS_K < 8


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(10, 40), st.floats(35, 42), st.sampled_from(["female", "male"]))
def test_nothing_is_out_of_this_world(seed, room, core, gender):
    regions = draw_region_temperatures(rng(seed), room_temperature_c=room, core_temperature_c=core, gender=gender)
    values = np.array(list(regions.values())) - ZERO_CELSIUS_K
    assert np.isfinite(values).all()
    assert values.min() >= min(room, 28.0)
    assert values.max() < max(core, 36.5) + 4


@pytest.mark.parametrize(
    ("field", "value"), [("room_temperature_c", 80), ("core_temperature_c", 20), ("room_temperature_c", float("nan"))]
)
def test_conditions_outside_physics_are_refused(field, value):
    conditions = {"room_temperature_c": 24.0, "core_temperature_c": 37.0, field: value}
    with pytest.raises(InputError, match=field):
        draw_region_temperatures(rng(0), gender="male", **conditions)


def test_conditions_of_healthy_sessions():
    drawn = np.array([draw_conditions(rng(i)) for i in range(500)])
    assert drawn[:, 0].min() >= 20.2 and drawn[:, 0].max() <= 29.1
    assert drawn[:, 1].mean() == pytest.approx(36.89, abs=0.05) and drawn[:, 1].max() <= 37.5
