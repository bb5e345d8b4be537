import threading
import time

import pytest

from dashboard.turns import Turns


class Visitor:
    """A thread that has its turn until it is told to go."""

    def __init__(self, turns: Turns, log: list, name: str):
        self.inside, self.go = threading.Event(), threading.Event()

        def run():
            with turns.turn():
                log.append(name)
                self.inside.set()
                self.go.wait(20)

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()

    def leave(self):
        self.go.set()
        self.thread.join(20)
        assert not self.thread.is_alive()


@pytest.fixture
def visitors():
    """Start visitors, each when the one before waits or is inside; those left at the end go."""
    there = []

    def come(turns, log, names):
        for name in names:
            waiting = len(turns._waiting)
            there.append(Visitor(turns, log, name))
            deadline = time.monotonic() + 20
            while len(turns._waiting) == waiting and not there[-1].inside.is_set() and time.monotonic() < deadline:
                time.sleep(0.001)
        return there

    yield come
    for one in there:
        one.leave()


def test_so_many_are_in_at_once_and_the_others_follow_in_their_order(visitors):
    log, turns = [], Turns(at_once=2, long=60)
    there = visitors(turns, log, "abcde")
    assert [one.inside.wait(20) for one in there[:2]] == [True, True]
    assert not any(one.inside.is_set() for one in there[2:])
    there[1].leave()
    assert there[2].inside.wait(20)
    assert not there[3].inside.is_set()
    for one in there:
        one.leave()
    assert log == list("abcde")
    assert turns._began == {}
    assert not turns._waiting


def test_one_that_takes_long_is_not_waited_for(visitors):
    log, turns = [], Turns(at_once=1, long=0.05)
    slow, quick, last = visitors(turns, log, "abc")
    assert quick.inside.wait(20)  # although the slow one is still there
    assert slow.thread.is_alive()
    assert last.inside.wait(20)


def test_within_a_turn_it_is_the_same_turn(visitors):
    turns = Turns(at_once=1, long=60)
    with turns.turn(), turns.turn():
        assert len(turns._began) == 1
    assert turns._began == {}


def test_an_error_gives_the_turn_back(visitors):
    log, turns = [], Turns(at_once=1, long=60)
    with pytest.raises(RuntimeError), turns.turn():
        raise RuntimeError
    (one,) = visitors(turns, log, "a")
    assert one.inside.wait(20)


def test_it_is_a_decorator_whose_every_call_is_a_turn(visitors):
    log, turns = [], Turns(at_once=1, long=60)

    @turns.turn()
    def page():
        return len(turns._began)

    assert [page(), page()] == [1, 1]
    assert visitors(turns, log, "a")[0].inside.wait(20)
