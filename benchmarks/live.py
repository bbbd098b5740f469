"""How live the dashboard is: from finish to screen, many viewers, one that does not read, and a very long history.

python -m benchmarks.live [--finishes 200] [--viewers 2000] [--operations 1000000]
"""

import argparse
import json
import logging
import os
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import structlog

from benchmarks import history, viewers
from benchmarks.attempt import PROJECT, finish, running, set_up
from benchmarks.stack import servers
from callboard import errands, keys, operations
from callboard.db import transaction
from cli.stack import fleet, ports
from cli.stack.embedded.serving import started
from dashboard import build


@dataclass(frozen=True)
class House:
    """The API that is measured, and an admin's key."""

    url: str
    key: str


def main() -> None:
    """Prints every figure beside its promise."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--finishes", type=int, default=200)
    parser.add_argument("--viewers", type=int, default=2000)
    parser.add_argument("--operations", type=int, default=1_000_000)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with servers(), house() as measured:
        if asked.finishes:
            late = on_screen(measured, asked.finishes)
            told(
                f"finish -> on screen, {asked.finishes} operations",
                p50=(quantile(late, 50), 50),
                p99=(quantile(late, 99), 250),
            )
        if asked.viewers:
            seen = viewers.measure(measured.url, measured.key, PROJECT, asked.viewers)
            told(f"{asked.viewers} viewers, KB each", memory=(seen.kilobytes, 32))
            told("one viewer that does not read, delay of others", most=(seen.delay_ms, 100))
        if asked.operations:
            history.fill(PROJECT, asked.operations)
            told(
                f"history page of {asked.operations} operations",
                answer=(page_ms(measured), 100),
                scroll=(scroll_ms(measured), 50),
            )


def told(what: str, **figures: tuple[float, float]) -> None:
    """One line: each figure, and the most that is promised."""
    parts = [
        f"{name} {value:.1f} (promised {most:g}{'' if value <= most else ', MISSED'})"
        for name, (value, most) in figures.items()
    ]
    print(f"{what}: {', '.join(parts)}", flush=True)


def quantile(values: Sequence[float], percent: int) -> float:
    """The value that so many percent do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


@contextmanager
def house() -> Iterator[House]:
    """One web process in front of a project, an agent and what they can do."""
    build.build()
    port = ports.pick()
    url = f"http://127.0.0.1:{port}"
    set_up()
    with transaction() as session:
        key = keys.create(session, name="bench", role="admin")
    with (
        tempfile.TemporaryDirectory(prefix="callboard-bench-") as folder,
        started(fleet.web(Path(folder), port), lambda: answers(url)),
    ):
        yield House(url, key)


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", trust_env=False).is_success
    except httpx.HTTPError:
        return False


def on_screen(measured: House, count: int) -> list[float]:
    """Milliseconds from the transaction that finished an operation until a browser had painted it."""
    with browser(measured, "on-screen.mjs") as watching:
        ends = {}
        for _ in range(count):
            id = running()
            time.sleep(random.uniform(0.1, 0.4))  # as long as a short capability runs
            ends[id] = finished(id)
        errands.flush()
        time.sleep(1)
        seen = json.loads(watching.communicate("end\n", timeout=60)[0])
    missing = ends.keys() - seen.keys()
    if missing:
        raise SystemExit(f"{len(missing)} of {count} operations were never seen to finish")
    return [seen[id] - at for id, at in ends.items()]


def finished(id: str) -> float:
    """Completes an operation; answers when, in milliseconds of the epoch."""
    finish(id)
    with transaction() as session:
        at = operations.get(session, id).finished_at
    return at.timestamp() * 1000 if at else 0.0


def page_ms(measured: House) -> float:
    """The median time of the page that the dashboard asks for first, in milliseconds."""
    headers = {"Authorization": f"Bearer {measured.key}"}
    with httpx.Client(base_url=f"{measured.url}/api/v1", headers=headers, timeout=60, trust_env=False) as api:
        return statistics.median(history.took(api, f"/operations?project_id={PROJECT}&limit=50"))


def scroll_ms(measured: House) -> float:
    """The longest task of a page's main thread while a person scrolls through the history, in milliseconds."""
    with browser(measured, "scroll.mjs") as scrolling:
        return float(json.loads(scrolling.communicate("end\n", timeout=120)[0]))


@contextmanager
def browser(measured: House, script: str) -> Iterator["subprocess.Popen[str]"]:
    """A script of the dashboard's in a real Chromium; it is ready when the block begins, and says JSON at its end."""
    environment = build.prepare() | {"CALLBOARD_URL": measured.url, "CALLBOARD_API_KEY": measured.key}
    command = ["node", f"e2e/{script}", PROJECT]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=build.HERE, env=os.environ | environment, text=True, **pipes) as process:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise SystemExit(f"e2e/{script} did not start: is Chromium installed?")
        yield process


if __name__ == "__main__":
    main()
