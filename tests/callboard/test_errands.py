"""Errands: done in order on one thread, bounded, never waited for, and alive after a failing one."""

import threading

from callboard.errands import Errands, flush, frames, rings


def test_errands_run_in_order_on_one_thread_of_their_own() -> None:
    errands, ran = Errands(), []
    for number in range(100):
        errands.add(lambda number=number: ran.append((number, threading.current_thread().name)))
    assert errands.flush()
    assert ran == [(number, "errands") for number in range(100)]


def test_a_failing_errand_is_counted_and_the_next_one_runs() -> None:
    errands, ran = Errands(), []
    errands.add(lambda: 1 / 0)
    errands.add(lambda: ran.append("next"))
    assert errands.flush()
    assert (ran, errands.dropped) == (["next"], 1)


def test_what_does_not_fit_is_dropped_without_waiting() -> None:
    errands, gate, started = Errands(capacity=3), threading.Event(), threading.Event()
    errands.add(lambda: (started.set(), gate.wait()))
    started.wait()
    for _ in range(5):
        errands.add(lambda: None)
    assert errands.dropped == 2
    assert not errands.flush(0.01)
    gate.set()


def test_a_flush_that_takes_too_long_says_so() -> None:
    errands, gate = Errands(), threading.Event()
    errands.add(gate.wait)
    assert not errands.flush(0.01)
    gate.set()
    assert errands.flush()


def test_frames_that_wait_delay_no_ring() -> None:
    gate, ran = threading.Event(), threading.Event()
    frames.add(gate.wait)
    rings.add(ran.set)
    assert ran.wait(5)
    gate.set()
    assert flush()
