"""Which samples a step draws from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermvision.tasks.training.simulator.settings import SimulatorSettings, for_validation
from thermvision.types import InputError


@given(st.integers(0, 500), st.integers(1, 3000), st.integers(1, 3000), st.integers(0, 100_000))
def test_window_moves_by_the_fresh_ones_and_is_never_empty(fresh, window, start, step):
    settings = SimulatorSettings(fresh_per_step=fresh, window=window, start_with=start)
    now, then = settings.of_step(step), settings.of_step(step + 1)
    assert 0 < len(now) <= window and now.start >= 0
    assert then.stop == now.stop + fresh
    assert len(now) == min(window, start + step * fresh)


def test_validation_people_are_others_and_stay_the_same():
    settings = SimulatorSettings()
    other = for_validation(settings)
    assert other.of_step(0) == other.of_step(10_000)
    units_to_meet = other.first_person // settings.people_per_unit
    assert units_to_meet * settings.unit_size // settings.fresh_per_step > 1_000_000  # steps of training


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("wild_share", 1.2),
        ("wild_share", float("nan")),
        ("longest_px", 20),
        ("window", 0),
        ("people_per_unit", 5),
        ("seed", -1),
    ],
)
def test_settings_outside_their_range_are_refused(name, value):
    with pytest.raises(InputError, match=name):
        SimulatorSettings(**{name: value})
