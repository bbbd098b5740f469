"""Artifacts over HTTP."""

from uuid import UUID

import httpx
import pytest

from callboard import artifacts
from callboard.artifacts import NewArtifact
from callboard.db import transaction


@pytest.mark.parametrize("media_type", ["text/plain", "text/plain; charset=utf-8"])
def test_artifacts_are_listed_and_downloaded(client: httpx.Client, shop: str, media_type: str) -> None:
    submit = {"agent_id": "reviewer", "capability": "code_review"}
    id = client.post("/projects/shop/operations", json=submit).json()["id"]
    with transaction() as session:
        artifacts.keep(session, UUID(id), [NewArtifact("log.txt", "grün\n".encode(), media_type)])
    listed = client.get(f"/operations/{id}/artifacts").json()["items"]
    assert [(item["name"], item["size"]) for item in listed] == [("log.txt", 6)]
    file = client.get(f"/operations/{id}/artifacts/log.txt")
    assert (file.content.decode(), file.headers["Content-Type"]) == ("grün\n", "text/plain; charset=utf-8")
    assert file.headers["Content-Disposition"] == "attachment; filename*=UTF-8''log.txt"
    assert client.get(f"/operations/{id}/artifacts/no/such").json()["code"] == "artifact_not_found"
