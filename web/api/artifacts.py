"""Artifacts: the files that an operation left behind."""

from urllib.parse import quote

from apiflask import APIBlueprint, FileSchema
from flask import Response
from pydantic import BaseModel, ConfigDict
from werkzeug.utils import get_content_type

from callboard import artifacts
from callboard.db import transaction
from web import auth
from web.api.operations import visible
from web.paging import Answer, paged

blueprint = APIBlueprint("artifacts", __name__)


class Artifact(BaseModel):
    """A file without its bytes; `size` is in bytes."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    media_type: str
    size: int
    sha256: str


class ArtifactList(BaseModel):
    items: list[Artifact]
    next: str | None


@blueprint.get("/operations/<operation_id>/artifacts")
@blueprint.output(ArtifactList)
@blueprint.doc(operation_id="listArtifacts")
def list_artifacts(operation_id: str) -> Answer:
    """List an operation's files."""
    with transaction() as session:
        rows = artifacts.listed(session, visible(session, auth.caller(), operation_id).id)
        return paged([Artifact.model_validate(row) for row in rows], None)


@blueprint.get("/operations/<operation_id>/artifacts/<path:name>")
@blueprint.output(FileSchema(), content_type="application/octet-stream")
@blueprint.doc(operation_id="getArtifact")
def get_artifact(operation_id: str, name: str) -> Response:
    """Download one file."""
    with transaction() as session:
        row, content = artifacts.read(session, visible(session, auth.caller(), operation_id).id, name)
    attachment = f"attachment; filename*=UTF-8''{quote(name.rpartition('/')[2])}"
    headers = {"Content-Disposition": attachment, "ETag": f'"{row.sha256}"'}
    kind = row.media_type if ";" in row.media_type else get_content_type(row.media_type, "utf-8")
    return Response(content, content_type=kind, headers=headers)
