"""A short, seeded selection of the fault matrix on real stacks; `make faults` runs all of it.

The other rows' faults are made one by one in tests/e2e and tests/web, or take longer than all of these.
"""

from pathlib import Path

import pytest

from faults.registry import discover
from faults.trial import Scale, run

SELECTION = ("F1", "F8", "F11", "F17")
QUICK = {
    "CALLBOARD_LEASE_SECONDS": "3",
    "CALLBOARD_HEARTBEAT_SECONDS": "1",
    "CALLBOARD_CANCEL_POLL_SECONDS": "0.5",
    "CALLBOARD_SWEEP_SECONDS": "1",
}


@pytest.mark.parametrize("name", SELECTION)
def test_nothing_is_lost_or_doubled(name: str, template: tuple[Path, str]) -> None:
    result = run(discover()[name], 7, *template, Scale(operations=20, settings=QUICK))

    if result.skipped:
        pytest.skip(result.skipped)
    assert (result.lost, result.doubled, result.broken) == ([], [], [])
    assert result.terminal == result.operations >= 20


def test_every_row_of_the_matrix_without_a_browser_is_there() -> None:
    assert list(discover()) == [f"F{number}" for number in range(1, 36)]
