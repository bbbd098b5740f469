"""Accepting needs PostgreSQL alone: whatever becomes of the broker, submits are taken at once, and never falsely."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from faults.load import CLIENTS
from faults.stack import Stack, copied, until
from faults.template import AGENT, PROJECTS
from faults.trial import LONGEST_ANSWER_SECONDS

SUBMITS = 10 * CLIENTS
PATH = f"/api/v1/projects/{PROJECTS[0]}/operations"
BODY = {"agent_id": AGENT, "capability": "act"}

pytestmark = pytest.mark.quiet


@pytest.fixture(scope="module")
def stack(template: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose worker has said what it offers, and is gone."""
    folder, key = template
    own = copied(folder, tmp_path_factory.mktemp("accepting") / "stack")
    with Stack(own, key, settings={}, through=frozenset(), app="web.asgi:app") as stack:
        stack.start(1)
        stack.workers[0].kill()
        yield stack


@pytest.fixture
def submit(stack: Stack) -> Iterator[Callable[[], httpx.Response]]:
    """Submits once."""
    headers = {"Authorization": f"Bearer {stack.key}"}
    with httpx.Client(base_url=stack.url, headers=headers, timeout=30, trust_env=False) as client:
        yield lambda: client.post(PATH, json=BODY)


@pytest.mark.parametrize("ill", ["frozen", "stopped", "wiped"])
def test_submits_are_accepted_at_once_without_a_broker(
    stack: Stack, submit: Callable[[], httpx.Response], ill: str
) -> None:
    valkey = stack.servers.valkey
    valkey.freeze() if ill == "frozen" else valkey.kill()
    if ill == "wiped":
        stack.servers.start_valkey(wiped=True)

    answers = [submit() for _ in range(SUBMITS)]

    valkey.thaw() if valkey.alive else stack.servers.start_valkey()
    assert {answer.status_code for answer in answers} == {202}
    times = sorted(answer.elapsed.total_seconds() for answer in answers)
    assert times[-1] <= LONGEST_ANSWER_SECONDS


def test_without_a_database_submits_are_refused_with_a_time_to_come_again(
    stack: Stack, submit: Callable[[], httpx.Response]
) -> None:
    assert submit().status_code == 202
    (before,) = stack.servers.query("SELECT count(*) FROM operations")
    stack.servers.postgres.kill()

    answers = [submit() for _ in range(5)]

    assert {answer.status_code for answer in answers} == {503}
    assert {answer.headers["Content-Type"] for answer in answers} == {"application/problem+json"}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers)
    assert {answer.json()["code"] for answer in answers} == {"unavailable"}
    stack.servers.start_postgres()
    assert stack.servers.query("SELECT count(*) FROM operations") == [before]
    until("a submit that is accepted again", lambda: submit().status_code == 202, 15)
