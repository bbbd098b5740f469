"""The history page of a project with very many operations."""

import statistics

import httpx
import pytest

from benchmarks.history import LISTS, fill, took

MANY = 100_000
LONGEST_MS = 100


@pytest.mark.quiet
def test_every_page_of_a_long_history_answers_at_once(client: httpx.Client, shop: str) -> None:
    fill("shop", MANY)
    address = "/operations?project_id=shop&limit=100&result=cut"
    times = {name: statistics.median(took(client, address + narrowed)) for name, narrowed in LISTS.items()}
    deep = address
    for _ in range(20):
        deep = client.get(deep).links["next"]["url"].removeprefix("/api/v1")
    times["far down"] = statistics.median(took(client, deep))
    assert {name: ms for name, ms in times.items() if ms > LONGEST_MS} == {}, times
