"""The API keeps what /openapi.json promises, whatever is sent."""

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)


@pytest.fixture
def described(client: httpx.Client, stranger: httpx.Client, shop: str) -> Any:
    """The schema as it is served, with the address that serves it."""
    client.post("/projects/shop/operations", json={"agent_id": "reviewer", "capability": "code_review"})
    schema = schemathesis.openapi.from_dict(stranger.get("/openapi.json").json())
    schema.config.update(base_url=str(stranger.base_url))
    return schema


CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("mode", MODES)
def test_every_answer_is_one_that_was_promised(described: Any, client: httpx.Client, mode: GenerationMode) -> None:
    key = {"Authorization": client.headers["Authorization"]}
    for result in described.get_all_operations():

        @given(case=result.ok().as_strategy(generation_mode=mode))
        @settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        def keeps_its_word(case: Any) -> None:
            case.call_and_validate(headers=key, checks=CHECKS)

        keeps_its_word()


def test_the_document_is_openapi_3_1_and_names_every_operation(stranger: httpx.Client) -> None:
    document = stranger.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    ids = [call["operationId"] for item in document["paths"].values() for call in item.values() if "responses" in call]
    assert len(ids) == len(set(ids)) > 20
    assert {"AgentOperationMessage", "HeadsMessage", "Problem"} <= set(document["components"]["schemas"])
    assert not [name for name in document["components"]["schemas"] if "." in name]
