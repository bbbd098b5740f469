"""The files that operations leave behind, kept in PostgreSQL once per content: web and worker share no disk."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from callboard.errors import ArtifactNotFoundError
from callboard.models import ArtifactRow, Blob


@dataclass(frozen=True)
class NewArtifact:
    """A file to keep with an operation."""

    name: str
    content: bytes
    media_type: str = "application/octet-stream"


def keep(session: Session, operation_id: UUID, artifacts: Sequence[NewArtifact]) -> None:
    """Stores the files; one of the same name, from an earlier attempt, is replaced."""
    named = [(hashlib.sha256(artifact.content).hexdigest(), artifact) for artifact in artifacts]
    # Operations share blobs: locked in one order, two that keep the same files never wait for each other.
    for digest, artifact in sorted(named, key=itemgetter(0)):
        blob = insert(Blob).values(sha256=digest, content=artifact.content)
        session.execute(blob.on_conflict_do_update(index_elements=["sha256"], set_={"sha256": digest}))
        described = {"media_type": artifact.media_type, "size": len(artifact.content), "sha256": digest}
        statement = insert(ArtifactRow).values(operation_id=operation_id, name=artifact.name, **described)
        session.execute(statement.on_conflict_do_update(index_elements=["operation_id", "name"], set_=described))


def listed(session: Session, operation_id: UUID) -> list[ArtifactRow]:
    """The operation's files, by name, without their bytes."""
    query = select(ArtifactRow).where(ArtifactRow.operation_id == operation_id).order_by(ArtifactRow.name)
    return list(session.scalars(query))


def read(session: Session, operation_id: UUID, name: str) -> tuple[ArtifactRow, bytes]:
    """One file with its bytes. Raises ArtifactNotFoundError."""
    query = select(ArtifactRow, Blob.content).join(Blob, Blob.sha256 == ArtifactRow.sha256)
    found = session.execute(
        query.where(ArtifactRow.operation_id == operation_id, ArtifactRow.name == name)
    ).one_or_none()
    if found is None:
        raise ArtifactNotFoundError(f"Operation {operation_id} has no artifact {name!r}; list them at …/artifacts")
    return found[0], found[1]
