"""Finishes the OpenAPI document: schemas from the models themselves, one error for all, the frames of /live."""

import re
from collections.abc import Iterable
from typing import Any

from apiflask import APIFlask
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from callboard import shapes
from web.problems import MEDIA_TYPE, Problem

REF = "#/components/schemas/{model}"
FRAMES = (
    shapes.AgentOperationMessage,
    shapes.ProjectUpdateMessage,
    shapes.ProgressMessage,
    shapes.ResetMessage,
    shapes.HeadsMessage,
)
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "one operation per key, however often the same request is sent",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def finished(app: APIFlask, made: Any) -> dict[str, Any]:
    """The document as it is served at /openapi.json."""
    spec: dict[str, Any] = _without_parents(made)
    spec["security"] = [{"key": []}]
    spec["components"]["schemas"] |= _schemas(app)
    for item in spec["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and "responses" in operation:
                operation["responses"]["default"] = _problem_response()
    for path in ("/api/v1/projects/{project_id}/operations", "/api/v1/operations/bulk"):
        spec["paths"][path]["post"].setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    return spec


def _schemas(app: APIFlask) -> dict[str, Any]:
    taken = {view._spec["body"] for view in _specified(app) if view._spec.get("body")}
    given = {view._spec["response"]["schema"] for view in _specified(app) if view._spec.get("response")}
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "validation") for model in taken]
    models += [(model, "serialization") for model in (*given, *FRAMES, Problem) if isinstance(model, type)]
    models.sort(key=lambda pair: pair[0].__name__)
    _, document = models_json_schema(models, ref_template=REF)
    return dict(document["$defs"])


def _specified(app: APIFlask) -> Iterable[Any]:
    return [view for view in app.view_functions.values() if hasattr(view, "_spec")]


def _without_parents(value: Any) -> Any:
    """The same with `Page.Operation` called `Operation`: APIFlask puts the parent's name before a nested model's."""
    if isinstance(value, dict):
        return {re.sub(r"^[A-Z]\w+\.", "", key): _without_parents(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_without_parents(part) for part in value]
    return re.sub(r"^(#/components/schemas/)\w+\.", r"\1", value) if isinstance(value, str) else value


def _problem_response() -> dict[str, Any]:
    schema = {"$ref": REF.format(model=Problem.__name__)}
    return {"description": "What went wrong, and what to do.", "content": {MEDIA_TYPE: {"schema": schema}}}
