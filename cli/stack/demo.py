"""The sample project `shop` and its two agents, so that the first screen shows work."""

from pathlib import Path
from typing import Any

import httpx

from callboard.errors import StartError

SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop"
_AGENTS = {
    "reviewer": ["code_review", "security_scan", "type_check", "complexity"],
    "tester": ["testing"],
}
_FIRST_WORK = {"code_review": "reviewer", "testing": "tester"}


async def submit(client: httpx.AsyncClient) -> None:
    """Makes project, agents and assignments, and submits a review and a test; again changes nothing.

    Raises StartError where the service refuses.
    """
    shop = {"id": "shop", "name": "Shop", "description": "A small shop with honest defects"}
    await _make(client, "/projects", shop | {"source": {"path": str(SHOP)}})
    for agent, capabilities in _AGENTS.items():
        body = {"id": agent, "name": agent.capitalize(), "kind": "tool", "capabilities": capabilities}
        await _make(client, "/agents", body)
        granted = await client.put(f"/api/v1/projects/shop/agents/{agent}", json={"capabilities": capabilities})
        _accepted(granted)
    for capability, agent in _FIRST_WORK.items():
        work = {"agent_id": agent, "capability": capability}
        once = {"Idempotency-Key": f"demo-{capability}"}
        _accepted(await client.post("/api/v1/projects/shop/operations", json=work, headers=once))


async def _make(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> None:
    answer = await client.post(f"/api/v1{path}", json=body)
    if answer.status_code != httpx.codes.CONFLICT:
        _accepted(answer)


def _accepted(answer: httpx.Response) -> None:
    if not answer.is_success:
        raise StartError(f"the sample project could not be set up: {answer.request.url} answered {answer.text}")
