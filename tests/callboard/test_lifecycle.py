"""The ways between statuses, and the page that tells them."""

import re
from pathlib import Path

from callboard import attempts, operations, rescue, retention
from callboard.lifecycle import TERMINAL, TRANSITIONS, Status

PAGE = (Path(__file__).parents[2] / "docs" / "lifecycle.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| (?:`(\w+)`)? ?\| `(\w+)` \| .+ \| `agent_operation` \|$", PAGE, re.MULTILINE)
ARROWS = re.findall(r"^ +(\w+|\[\*\]) --> (\w+|\[\*\])(?:: (.+))?$", PAGE, re.MULTILINE)
WAYS = {(str(old), str(new)) for old, ways in TRANSITIONS.items() for new in ways}


def test_an_operation_ends_in_one_of_three_ways() -> None:
    assert {Status.COMPLETED, Status.FAILED, Status.CANCELLED} == TERMINAL
    assert set(TRANSITIONS) == set(Status)


def test_the_pages_table_tells_every_way_and_no_other() -> None:
    assert {(old, new) for _, old, new in ROWS if old} == WAYS


def test_the_pages_picture_shows_the_tables_ways_and_verbs() -> None:
    shown = {(old, new, verb) for old, new, verbs in ARROWS for verb in verbs.split(", ") if verb}
    assert shown == {(old or "[*]", new, verb) for verb, old, new in ROWS}
    assert {old for old, new, _ in ARROWS if new == "[*]"} == TERMINAL


def test_the_pages_verbs_are_verbs_of_the_code() -> None:
    for verb, _, _ in ROWS:
        assert any(hasattr(module, verb) for module in (attempts, operations, rescue, retention)), verb
