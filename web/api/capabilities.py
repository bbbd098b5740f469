"""Capabilities: what can be done, and who does it."""

from typing import Any

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict

from callboard import catalogue
from callboard.db import transaction
from web.paging import Answer, paged

blueprint = APIBlueprint("capabilities", __name__)


class CapabilityAnswer(BaseModel):
    """A capability as workers offer it; `timeout` is in seconds."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    version: str
    description: str
    parameters_schema: dict[str, Any]
    result_schema: dict[str, Any]
    queue: str
    timeout: float
    tries: int
    risk: str
    max_running: int | None
    workers: list[str] = []


class CapabilityList(BaseModel):
    items: list[CapabilityAnswer]
    next: str | None


@blueprint.get("/capabilities")
@blueprint.output(CapabilityList)
@blueprint.doc(operation_id="listCapabilities")
def list_capabilities() -> Answer:
    """List what can be done, with the live workers that offer it."""
    with transaction() as session:
        offered = [
            CapabilityAnswer.model_validate(row).model_copy(update={"workers": names})
            for row, names in catalogue.listed(session)
        ]
    return paged(offered, None)
