"""With the settings that Callboard ships: a result that is far too large is cut, and its worker lives."""

import pytest

from callboard import artifacts
from callboard.db import transaction
from callboard.settings import current
from tests.e2e.nodes import Start
from tests.e2e.stage import Stage

pytestmark = pytest.mark.usefixtures("nobody")


def test_a_result_of_100_megabytes_is_cut_and_kept_up_to_the_cap(stage: Stage, start: Start) -> None:
    start({})

    row = stage.until_ended(stage.submit("vast_result", megabytes=100), seconds=60)

    assert (row.status, row.attempt) == ("completed", 1)
    assert row.result is not None
    assert (row.result["truncated"], row.result["details"]) == (True, {})
    with transaction() as session:
        kept = {artifact.name: artifact.size for artifact in artifacts.listed(session, row.id)}
    assert kept["result.json.cut"] == current().artifact_bytes
