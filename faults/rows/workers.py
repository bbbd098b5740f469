"""Workers and their children killed, paused, starved, poisoned, drained and missed."""

import errno
import os
import resource
import signal
import time
from pathlib import Path

import psutil

from faults.process import Process
from faults.registry import SkippedError, fault
from faults.stack import until
from faults.trial import Trial

TAKEN_OVER_SECONDS = 45.0
CGROUPS = Path("/sys/fs/cgroup/memory")


def pool(worker: Process) -> list[int]:
    """The pids of a worker's pool children."""
    return [child.pid for child in worker.children() if "spawn_main" in " ".join(_command(child))]


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:  # gone, or a zombie
        return []


@fault("F7", "a pool child is killed at its work", means="SIGKILL to one child of a worker, three times under load.")
def child_killed(trial: Trial) -> None:
    victim = trial.workers[0]
    naps = [trial.submit(seconds=3) for _ in range(6)]
    with trial.load():
        for _ in range(3):
            trial.until_running(1, victim)
            os.kill(trial.chance.choice(pool(victim)), signal.SIGKILL)
            trial.over("a child was killed")
            time.sleep(1)
    trial.until_ended(*naps, seconds=TAKEN_OVER_SECONDS)


@fault("F8", "a whole worker is killed", means="SIGKILL to the worker and its children while they work.")
def worker_killed(trial: Trial) -> None:
    victim = trial.workers[0]
    ids = [trial.submit(seconds=2) for _ in range(6)]
    with trial.load():
        trial.until_running(2, victim)
        victim.kill()
        trial.over("the worker was killed")
    trial.until_ended(*ids, seconds=TAKEN_OVER_SECONDS)


@fault(
    "F9", "a worker's child runs out of memory", means="A cgroup of 700 MB holds the worker; one operation takes more."
)
def out_of_memory(trial: Trial) -> None:
    if not CGROUPS.is_dir():
        raise SkippedError("this host has no memory cgroups (v1) that may be written")
    trial.workers[1].end(signal.SIGTERM, 20)
    group = CGROUPS / f"callboard-{trial.workers[0].pid}"
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text("700M")
        for process in trial.workers[0].tree():
            (group / "cgroup.procs").write_text(str(process.pid))
    except OSError as error:
        raise SkippedError(f"a memory cgroup cannot be made here: {error.strerror}") from error
    trial.stack.last.callback(_dissolve, group)
    hungry = trial.submit("hungry", megabytes=1000)
    with trial.load():
        pass
    row = trial.until_ended(hungry)[0]
    trial.over("out of memory for the last time")
    trial.require((row["status"], row["reason"]) == ("failed", "worker_lost"), f"it is {row['status']} {row['reason']}")
    trial.require(row["attempt"] <= 3, f"it was started {row['attempt']} times")


def _dissolve(group: Path) -> None:
    # The kernel counts a process until it has given back all its memory.
    until("the end of the cgroup's processes", lambda: _removed(group), 30)


def _removed(group: Path) -> bool:
    try:
        group.rmdir()
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        return False
    return True


@fault("F10", "a worker pauses past its lease", means="SIGSTOP to a worker and its children for 40 s, then SIGCONT.")
def paused(trial: Trial) -> None:
    victim = trial.workers[0]
    ids = [trial.submit(seconds=2) for _ in range(6)]
    with trial.load():
        hers = trial.until_running(2, victim)
        victim.freeze()
        trial.over("the worker was paused")
        ended = {row["id"]: row["seq"] for row in trial.until_ended(*ids, seconds=TAKEN_OVER_SECONDS)}
        victim.thaw()
    time.sleep(3)
    after = {row["id"]: row["seq"] for row in trial.rows(*ids)}
    trial.require(after == ended, "a record changed after it had ended")
    late = [row for row in trial.rows(*hers) if row["attempt"] < 2]
    trial.require(not late, f"{len(late)} operations of the paused worker were not taken over")


@fault(
    "F13",
    "poison operations",
    means="Operations that SIGKILL themselves, read address zero, or never end, among others.",
)
def poisoned(trial: Trial) -> None:
    reasons = {"crash": "worker_lost", "segfault": "worker_lost", "endless": "timeout"}
    poison = {trial.submit(name): name for name in reasons}
    with trial.load():
        pass
    trial.over("all were submitted")
    for row in trial.until_ended(*poison):
        told = (row["status"], row["reason"])
        expected = ("failed", reasons[poison[row["id"]]])
        trial.require(told == expected, f"{row['capability']} is {told}, not {expected}")
        trial.require(row["attempt"] <= 3, f"{row['capability']} was started {row['attempt']} times")


@fault("F21", "told to stop amid long operations", means="SIGTERM with 1 s to drain while operations of 15 s run.")
def drained(trial: Trial) -> None:
    victim = trial.workers[0]
    victim.kill()
    victim.env["CALLBOARD_DRAIN_SECONDS"] = "1"
    victim.start()
    trial.stack.wait_for_workers()
    ids = [trial.submit(seconds=15) for _ in range(4)]
    trial.until_running(4)
    hers = trial.until_running(1, victim)
    victim.signal(signal.SIGTERM)
    trial.over("told to stop")
    with trial.load():
        trial.until_ended(*ids)
    spent = [row for row in trial.rows(*hers) if row["tries"] > 0]
    trial.require(not spent, "draining has cost a try")


@fault(
    "F31", "no keeper, then three", means="All workers killed, the broker wiped under load; later three workers start."
)
def keepers(trial: Trial) -> None:
    with trial.load(pause=0.2) as load:
        load.until_accepted(0.4)
        for worker in trial.workers:
            worker.kill()
        trial.servers.valkey.kill()
        trial.servers.start_valkey(wiped=True)
    id = trial.submit()
    with trial.client as client:
        began = time.monotonic()
        while (why := client.get(f"/api/v1/operations/{id}").json()["wait_reason"]) != "no_worker_for_capability":
            trial.require(time.monotonic() - began < 45, f"without any worker it is said to wait for {why}")
            time.sleep(0.5)
    trial.notes.append(f"that no worker lives was told after {time.monotonic() - began:.0f} s")
    trial.stack.add_worker()
    for worker in trial.workers[:2]:
        worker.start()
    trial.over("three workers start")


@fault(
    "F33",
    "cancelled while no worker runs",
    means="All workers killed, waiting and running operations cancelled, restart.",
)
def cancelled(trial: Trial) -> None:
    running = [trial.submit(seconds=20) for _ in range(4)]
    trial.until_running(4)
    for worker in trial.workers:
        worker.kill()
    waiting = [trial.submit() for _ in range(10)]
    with trial.client as client:
        for id in (*running, *waiting):
            client.post(f"/api/v1/operations/{id}/cancel")
    for worker in trial.workers:
        worker.start()
    trial.over("workers start again")
    with trial.load():
        ended = trial.until_ended(*running, *waiting)
    wrong = [row["id"] for row in ended if row["status"] != "cancelled"]
    trial.require(not wrong, f"{len(wrong)} cancelled operations ended otherwise")
    started = [row for row in ended if row["id"] in waiting and row["attempt"] > 0]
    trial.require(not started, f"{len(started)} operations started after their cancel")


@fault("F35", "the worker's log cannot grow", means="RLIMIT_FSIZE: every write to its log fails, as on a full disk.")
def log_full(trial: Trial) -> None:
    for worker in trial.workers:
        size = worker.log.stat().st_size
        for process in worker.tree():
            process.rlimit(resource.RLIMIT_FSIZE, (size, size))
    trial.over("the logs cannot grow")
    with trial.load():
        pass
    trial.require(all(worker.alive for worker in trial.workers), "a worker died for lack of a log")
