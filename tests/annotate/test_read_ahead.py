"""What a thread reads comes in order, bounded, with its errors, and stops when nobody wants more."""

import threading
import time

import pytest

from thermvision.annotate.read_ahead import MOST_HELD, ReadAhead


def counted(count, pixels, taken):
    for number in range(count):
        taken.append(number)
        yield number, pixels


def test_everything_comes_in_order():
    with ReadAhead(counted(200, 10, [])) as items:
        assert list(items) == list(range(200))


@pytest.mark.parametrize(("pixels", "most"), [(10, MOST_HELD), (3_000_000, 2), (100_000_000, 1)])
def test_only_a_few_wait(pixels, most):
    taken = []
    with ReadAhead(counted(50, pixels, taken)) as items:
        for number in items:
            time.sleep(0.005)
            assert len(taken) <= number + most + 3  # one on its way, one being read
            if number == 12:
                break
    assert len(taken) < 50


def test_an_error_comes_where_it_happened():
    def breaking():
        yield 1, 1
        yield 2, 1
        raise OSError("gone")

    got = []
    with pytest.raises(OSError, match="gone"), ReadAhead(breaking()) as items:
        for item in items:
            got.append(item)
    assert got == [1, 2]


def test_the_thread_ends_when_nobody_wants_more():
    before = threading.active_count()
    with ReadAhead(counted(10_000, 1_000_000, [])) as items:
        next(iter(items))
    assert threading.active_count() == before
