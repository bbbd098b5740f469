"""Waits until all of Callboard answers: servers, web, Flower, and a worker that offers its capabilities."""

import asyncio
from collections.abc import Callable

import httpx

_PAUSE_SECONDS = 0.1


async def until_answering(answers: Callable[[], bool]) -> None:
    """Returns once the server accepts connections; ask as long as you like and cancel when that is too long."""
    while not await asyncio.to_thread(answers):
        await asyncio.sleep(_PAUSE_SECONDS)


async def until_ready(client: httpx.AsyncClient, flower: str) -> None:
    """Returns once the web says that it is ready, the catalogue names a worker, and Flower answers at this URL."""
    while not (await _web_is_ready(client) and await _worker_is_ready(client) and await _answers(client, flower)):
        await asyncio.sleep(_PAUSE_SECONDS)


async def _web_is_ready(client: httpx.AsyncClient) -> bool:
    try:
        answer = await client.get("/readyz")
    except httpx.TransportError:
        return False
    return answer.status_code == httpx.codes.OK and answer.json().get("status") == "ready"


async def _worker_is_ready(client: httpx.AsyncClient) -> bool:
    try:
        answer = await client.get("/api/v1/capabilities")
    except httpx.TransportError:
        return False
    return answer.status_code == httpx.codes.OK and any(item["workers"] for item in answer.json()["items"])


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        # The key of the API is none of this server's business.
        await client.head(url, headers={"Authorization": ""})
    except httpx.TransportError:
        return False
    return True
