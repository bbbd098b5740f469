"""The sample project, asked of an API that refuses it."""

import asyncio

import httpx
import pytest

from callboard.errors import StartError
from cli.stack import demo


async def submit(*, makes: int, takes: int) -> list[str]:
    """Sets it up at an API that answers so to what is to be made, and to the rest; answers what was asked."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        is_made = request.url.path in ("/api/v1/projects", "/api/v1/agents")
        return httpx.Response(makes if is_made else takes, text="no room")

    async with httpx.AsyncClient(base_url="http://here", transport=httpx.MockTransport(answer)) as client:
        await demo.submit(client)
    return asked


def test_a_refusal_names_the_address_and_the_answer() -> None:
    with pytest.raises(StartError, match=r"could not be set up: http://here/api/v1/projects answered no room"):
        asyncio.run(submit(makes=507, takes=200))


def test_what_is_there_already_is_no_trouble() -> None:
    assert asyncio.run(submit(makes=409, takes=202))[-1] == "/api/v1/projects/shop/operations"
