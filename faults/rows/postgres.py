"""PostgreSQL crashed, replaced by its standby, frozen, slow, or without a byte left on its disk."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from cli.stack import ports
from cli.stack.embedded import binaries
from faults.process import Process
from faults.registry import SkippedError, fault
from faults.stack import until
from faults.trial import Trial

FREE_MEGABYTES = 40


@fault("F14", "PostgreSQL crashes", means="Immediate shutdown (SIGQUIT) twice under load, started again after 2 s.")
def crashed(trial: Trial) -> None:
    postgres = trial.servers.postgres
    with trial.load() as load:
        for share in (0.3, 0.7):
            load.until_accepted(share)
            postgres.end(signal.SIGQUIT, 10)
            time.sleep(2)
            trial.servers.start_postgres()
        trial.over("PostgreSQL is back")


@fault(
    "F15",
    "PostgreSQL fails over to its standby",
    means="A synchronous streaming standby; the primary is killed, the standby promoted, the proxy turned to it.",
    through=("postgres",),
)
def failed_over(trial: Trial) -> None:
    primary = trial.servers.postgres
    trial.stack.extra.append(primary)
    port = ports.pick()
    standby = _standby(trial, port)
    with trial.load() as load:
        load.until_accepted(0.4)
        primary.kill()
        (standby.folder / "promote").touch()
        standby.signal(signal.SIGUSR1)
        trial.servers.move(standby, port)
        until("the promotion", lambda: trial.servers.query("SELECT NOT pg_is_in_recovery()")[0][0], 30)
        trial.stack.proxies["postgres"].target = port
        trial.stack.proxies["postgres"].reset()
        trial.over("the standby takes writes")


def _standby(trial: Trial, port: int) -> Process:
    """A copy of the primary that follows it; from now on every commit waits for it."""
    primary = trial.servers.postgres
    if primary.uid is not None:
        raise SkippedError("the standby needs PostgreSQL to run in a user namespace, which this host refuses")
    _allow_replication(trial)
    data = trial.stack.folder / "standby" / "data"
    data.parent.mkdir(mode=0o700)
    copy = (binaries.folder() / "pg_basebackup", "-d", trial.servers.database_url, "-D", data, "-R", "-X", "stream")
    subprocess.run(copy, env=primary.env, check=True, capture_output=True, timeout=60)
    argv = [str(data) if part == str(primary.folder) else part for part in primary.argv]
    argv = [f"--port={port}" if part.startswith("--port=") else part for part in argv]
    standby = Process("standby", argv, env=primary.env, folder=data)
    standby.start()
    following = "SELECT count(*) FROM pg_stat_replication"
    until("the standby's following", lambda: trial.servers.query(following)[0][0], 30)
    (primary.folder / "postgresql.auto.conf").write_text("synchronous_standby_names = '*'\n", encoding="ascii")
    primary.signal(signal.SIGHUP)
    return standby


def _allow_replication(trial: Trial) -> None:
    """Makes the role one that a standby may use, in single-user mode: nobody is superuser by TCP."""
    primary = trial.servers.postgres
    primary.end(signal.SIGINT, 10)
    with (primary.folder / "pg_hba.conf").open("a", encoding="ascii") as file:
        file.write("host replication callboard 127.0.0.1/32 scram-sha-256\n")
    program = primary.argv[: primary.argv.index("-D")]
    single = (*program, "--single", "-D", str(primary.folder), "postgres")
    subprocess.run(
        single,
        input=b"ALTER ROLE callboard REPLICATION\n",
        env=primary.env,
        check=True,
        capture_output=True,
        timeout=30,
    )
    trial.servers.start_postgres()


@fault(
    "F16",
    "PostgreSQL frozen, then slow",
    means="SIGSTOP to all its processes for 15 s, then the proxy adds 0.2 s to every packet for 15 s.",
    through=("postgres",),
)
def frozen(trial: Trial) -> None:
    with trial.load(pause=0.3) as load:
        load.until_accepted(0.2)
        trial.servers.postgres.freeze()
        time.sleep(15)
        trial.servers.postgres.thaw()
        trial.stack.proxies["postgres"].delay = 0.2
        time.sleep(15)
        trial.stack.proxies["postgres"].delay = 0
        trial.over("PostgreSQL is quick again")


@fault(
    "F17", "PostgreSQL's disk is full", means="Its data lies on a tmpfs, which a file fills to the last byte for 10 s."
)
def disk_full(trial: Trial) -> None:
    postgres = trial.servers.postgres
    postgres.end(signal.SIGINT, 10)
    folder = trial.servers.folder / "postgres"
    _move_to_tmpfs(folder)
    trial.stack.last.callback(subprocess.run, ("umount", "-l", str(folder)), check=False)
    trial.servers.start_postgres()
    with trial.load(pause=0.4) as load:
        load.until_accepted(0.2)
        ballast = folder / "ballast"
        _fill(ballast)
        time.sleep(10)
        ballast.unlink()
        if not postgres.alive:
            trial.servers.start_postgres()
        trial.over("there is room again")
    trial.require(trial.refusals(503) > 0, "nothing was refused while the disk was full")
    trial.require(trial.refusals(500) == 0, "a full disk was answered with an internal error")


def _move_to_tmpfs(folder: Path) -> None:
    used = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) // 1_000_000
    aside = folder.with_name("aside")
    folder.rename(aside)
    folder.mkdir(mode=0o700)
    options = f"size={used + FREE_MEGABYTES}m,mode=700"
    mounted = subprocess.run(("mount", "-t", "tmpfs", "-o", options, "callboard", str(folder)), check=False)
    if os.geteuid() != 0 or mounted.returncode != 0:
        raise SkippedError("only root may mount the small disk that this needs")
    shutil.copytree(aside, folder, symlinks=True, dirs_exist_ok=True)


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        for size in (1_000_000, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
