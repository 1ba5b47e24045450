"""The same face keeps its number; numbers are given once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermvision.annotate.tracks import WAITS_FRAMES, Tracks
from thermvision.types import InputError


def box(x, y, size=40.0):
    return [x - size / 2, y - size / 2, x + size / 2, y + size / 2]


def numbers(frames, start=0):
    tracks = Tracks()
    return [tracks.step(np.array(boxes, float).reshape(-1, 4), start + place) for place, boxes in enumerate(frames)]


@pytest.mark.parametrize("speed", [0, 3, 12, 30])
def test_a_face_that_moves_keeps_its_number(speed):
    assert numbers([[box(100 + speed * k, 100 + 2 * k)] for k in range(40)]) == [[1]] * 40


def test_two_that_pass_each_other_keep_theirs():
    frames = [[box(100 + 8 * k, 100), box(340 - 8 * k, 112)] for k in range(31)]
    assert numbers(frames) == [[1, 2]] * 31


def test_a_face_that_comes_nearer_keeps_its_number():
    assert numbers([[box(200, 200, 20 * 1.15**k)] for k in range(15)]) == [[1]] * 15


@pytest.mark.parametrize(("lost", "same"), [(1, True), (10, True), (WAITS_FRAMES - 1, True), (WAITS_FRAMES + 5, False)])
def test_a_face_that_is_not_found_is_waited_for(lost, same):
    found = numbers([[box(100, 100)]] * 5 + [[]] * lost + [[box(103, 100)]] * 3)
    assert found[-1] == ([1] if same else [2])


def test_a_moving_face_that_is_missed_is_expected_where_it_goes():
    frames = [[box(50 + 20 * k, 100)] if k not in (7, 8) else [] for k in range(14)]
    assert [one for one in numbers(frames) if one] == [[1]] * 12


def test_gaps_in_the_frames_count_as_time():
    tracks = Tracks()
    for frame in range(0, 40, 4):
        assert tracks.step(np.array([box(100 + 3.0 * frame, 100)]), frame) == [1]


def test_another_place_is_another_face():
    assert numbers([[box(100, 100)], [box(100, 100), box(400, 100)], [box(400, 100)], [box(700, 400)]]) == [
        [1], [1, 2], [2], [3],
    ]  # fmt: skip


def test_a_new_sequence_knows_nobody_and_numbers_go_on():
    tracks = Tracks()
    tracks.step(np.array([box(100, 100)]), 5)
    tracks.new_sequence()
    assert tracks.step(np.array([box(100, 100)]), 0) == [2]
    assert tracks.given == 2


def test_frames_out_of_order_are_refused():
    tracks = Tracks()
    tracks.step(np.zeros((0, 4)), 5)
    with pytest.raises(InputError, match="frame 5 comes after frame 5"):
        tracks.step(np.zeros((0, 4)), 5)


FRAME = st.lists(st.tuples(st.floats(0, 600), st.floats(0, 500), st.floats(4, 200)), max_size=5)


@settings(max_examples=30, deadline=None)
@given(st.lists(FRAME, max_size=12))
def test_whatever_comes_numbers_are_distinct_in_a_frame_and_new_ones_count_up(frames):
    boxes = [[box(*one) for one in frame] for frame in frames]
    highest = 0
    for found in numbers(boxes):
        assert len(set(found)) == len(found)
        new = sorted(number for number in found if number > highest)
        assert new == list(range(highest + 1, highest + 1 + len(new)))
        highest += len(new)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-6, 6), st.floats(-6, 6)), min_size=2, max_size=4),
    st.randoms(use_true_random=False),
)
def test_the_order_in_which_faces_are_found_does_not_matter(speeds, random):
    tracks, given_to = Tracks(), {}
    for frame in range(20):
        places = [box(200 + 300 * who + vx * frame, 300 + vy * frame) for who, (vx, vy) in enumerate(speeds)]
        order = list(range(len(speeds)))
        random.shuffle(order)
        for who, number in zip(order, tracks.step(np.array([places[who] for who in order]), frame), strict=True):
            assert given_to.setdefault(who, number) == number
    assert len(set(given_to.values())) == len(speeds)


@settings(max_examples=20, deadline=None)
@given(st.lists(FRAME, max_size=8), st.integers(0, 1000), st.integers(-500, 500))
def test_where_and_when_does_not_matter(frames, start, shift):
    here = [[box(round(x), round(y), round(size) + 1) for x, y, size in frame] for frame in frames]
    there = [[box(round(x) + shift, round(y), round(size) + 1) for x, y, size in frame] for frame in frames]
    assert numbers(here) == numbers(there, start)
