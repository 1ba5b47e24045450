"""Work in parallel: order, errors in their places, and no more begun than asked for."""

import threading
import time
from contextlib import closing

import pytest

from thermvision.annotate.in_parallel import in_parallel


@pytest.mark.parametrize("at_once", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 7])
def test_results_come_in_order_whoever_is_done_first(at_once, count):
    def work(item):
        time.sleep(0.01 * (item % 3 == 0))
        return 10 * item

    assert list(in_parallel(range(count), work, at_once)) == [(item, 10 * item) for item in range(count)]


def test_two_are_worked_on_at_the_same_time():
    both = threading.Barrier(2, timeout=10)
    assert len(list(in_parallel(range(4), lambda _: both.wait(), 2))) == 4  # alone nobody passes a barrier of two


def test_an_error_is_raised_in_its_place_and_nothing_is_begun_behind_it():
    begun = []

    def work(item):
        begun.append(item)
        if item == 3:
            raise OSError("the fourth")
        return item

    told = []
    with pytest.raises(OSError, match="the fourth"):
        for item, _ in in_parallel(range(1000), work, 2):
            told.append(item)
    assert told == [0, 1, 2]
    assert len(begun) <= 3 + 1 + 2 + 1


def test_who_stops_listening_stops_the_work():
    begun = []
    with closing(in_parallel(range(1000), begun.append, 2)) as results:
        next(results)
    assert len(begun) <= 4


def test_items_are_taken_no_further_ahead_than_the_work():
    taken = []

    def items():
        for item in range(100):
            taken.append(item)
            yield item

    results = in_parallel(items(), lambda item: item, 2)
    next(results)
    assert taken == [0, 1, 2]
    results.close()
