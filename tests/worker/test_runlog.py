"""An attempt's own log."""

import logging

import pytest

from worker.runlog import LONGEST, RunLog


def test_lines_are_kept_in_order_with_their_level() -> None:
    run_log = RunLog()
    logger = run_log.logger("operation 1")

    logger.info("one %s", "argument")
    logger.error("two")

    first, second = run_log.text().splitlines()
    assert first.endswith("INFO one argument")
    assert second.endswith("ERROR two")


def test_lines_also_reach_the_workers_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        RunLog().logger("operation 2").info("seen by operators")

    assert [record.name for record in caplog.records] == ["operation 2"]


def test_a_log_without_end_is_cut_and_says_so() -> None:
    run_log = RunLog()
    logger = run_log.logger("operation 3")

    for _ in range(30):
        logger.info("x" * 100_000)

    assert len(run_log.text()) < LONGEST + 100
    assert run_log.text().endswith("… the rest was cut …\n")


def test_what_comes_after_the_cut_is_dropped() -> None:
    run_log = RunLog()
    logger = run_log.logger("operation 4")
    logger.info("x" * (LONGEST + 1))
    kept = run_log.text()

    logger.info("more")

    assert run_log.text() == kept


def test_an_attempt_that_says_nothing_has_no_log() -> None:
    assert RunLog().text() == ""
