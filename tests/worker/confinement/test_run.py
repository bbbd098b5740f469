"""What a run tells of a program, whatever holds it; the walls around it are tested in test_sandbox.py."""

import signal
import subprocess
import threading

import pytest

from worker.confinement.run import Limits, Run


def started(script: str, limits: Limits | None = None) -> Run:
    """Runs a shell's script without any walls."""
    argv = ("sh", "-c", script)
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    return Run(process, argv, limits or Limits(), supervised=True)


def test_output_beyond_the_limit_is_read_dropped_and_told() -> None:
    done = started("head -c 100000 /dev/zero; echo wrong >&2; exit 3", Limits(output_bytes=1000)).wait(
        threading.Event()
    )
    assert (len(done.stdout), done.stderr, done.truncated, done.returncode) == (1000, b"wrong\n", True, 3)


def test_bytes_that_are_no_text_are_replaced() -> None:
    done = started(r"printf '\377'; printf '\376' >&2").wait(threading.Event())
    assert (done.text, done.error_text) == ("�", "�")


def test_one_whose_time_is_over_says_so() -> None:
    done = started("exec sleep 60", Limits(seconds=0.1)).wait(threading.Event())
    assert (done.timed_out, done.stopped) == (True, False)


def test_one_that_does_not_end_when_it_is_told_to_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.confinement.run.PATIENCE", 0.1)
    done = started("trap '' TERM; while :; do sleep 0.01; done", Limits(seconds=0.1)).wait(threading.Event())
    assert (done.timed_out, done.returncode) == (True, -signal.SIGKILL)


def test_nothing_is_left_when_reading_goes_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*asked: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("worker.confinement.run._read", interrupted)
    run = started("exec sleep 60")
    with pytest.raises(KeyboardInterrupt):
        run.wait(threading.Event())
    assert run._process.returncode == -signal.SIGTERM
