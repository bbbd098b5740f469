"""What a worker's health check finds in the database."""

import os
import subprocess
import sys

import pytest
from sqlalchemy.orm import Session

from callboard import catalogue
from callboard.db import transaction
from worker.alive import why_not

NAME = "callboard@here"
FACTS = {"capabilities": ["code_review"], "concurrency": 2, "sandbox": "landlock"}


@pytest.fixture
def seen(session: Session) -> None:
    catalogue.worker_seen(session, NAME, **FACTS)
    session.commit()


@pytest.mark.usefixtures("seen")
def test_a_worker_that_was_just_seen_is_alive() -> None:
    assert why_not(NAME) is None


@pytest.mark.usefixtures("seen")
def test_another_hosts_worker_says_nothing_of_this_one() -> None:
    told = why_not("callboard@elsewhere")
    assert told == "The worker callboard@elsewhere was not seen in the last 30 seconds, or it is leaving"


@pytest.mark.usefixtures("seen")
def test_a_worker_that_drains_is_not_alive() -> None:
    with transaction() as session:
        catalogue.worker_status(session, NAME, "draining")
    assert why_not(NAME) is not None


def test_without_a_database_the_health_check_says_so(servers: dict[str, str]) -> None:
    env = servers | {"CALLBOARD_DATABASE_URL": "postgresql://a:b@127.0.0.1:1/c", "PYTHONPATH": os.getcwd()}
    asked = subprocess.run(
        (sys.executable, "-m", "worker.alive"), env=os.environ | env, capture_output=True, text=True, check=False
    )
    assert asked.returncode == 1
    assert "database" in asked.stderr
