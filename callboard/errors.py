"""Every error that Callboard raises on purpose, readable as a list: code, HTTP status, one sentence."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self


class CallboardError(Exception):
    """Something that Callboard refuses or could not do."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500

    def __init__(
        self, message: str | None = None, *, field: str | None = None, fields: Sequence[dict[str, Any]] = ()
    ) -> None:
        """`field` is the one that the message is about; `fields` are several, as `{field, message}`."""
        super().__init__(message or (self.__doc__ or "").strip())
        self.fields = [{"field": field, "message": str(self)}] if field else list(fields)

    def within(self, part: str) -> Self:
        """The same refusal, told of the named part of what was asked for."""
        self.args = (f"{part}: {self}",)
        self.fields = [{**told, "field": f"{part}.{told['field']}"} for told in self.fields]
        return self


class SettingsError(CallboardError):
    """A setting is missing or wrong."""

    code = "invalid_settings"


class StartError(CallboardError):
    """Callboard cannot be started here."""

    code = "cannot_start"


class NotFoundError(CallboardError):
    """There is no such thing."""

    code, status = "not_found", 404


class ProjectNotFoundError(NotFoundError, ValueError):
    """There is no such project."""

    code = "project_not_found"

    @classmethod
    def of(cls, id: str) -> Self:
        """The refusal of a project that does not exist, and word by word that of one that the caller may not see."""
        return cls(f"There is no project {id!r}; create it with POST /api/v1/projects")


class AgentNotFoundError(NotFoundError, ValueError):
    """There is no such agent."""

    code = "agent_not_found"

    @classmethod
    def of(cls, id: str) -> Self:
        """The refusal of an agent that does not exist, and of one that the caller may not see."""
        return cls(f"There is no agent {id!r}; create it with POST /api/v1/agents")


class OperationNotFoundError(NotFoundError):
    """There is no such operation."""

    code = "operation_not_found"

    @classmethod
    def of(cls, id: object) -> Self:
        """The refusal of an operation that does not exist, and of one that the caller may not see."""
        return cls(f"There is no operation {id}; see GET /api/v1/operations for those that there are")


class ArtifactNotFoundError(NotFoundError):
    """The operation has no such artifact."""

    code = "artifact_not_found"


class FindingNotFoundError(NotFoundError):
    """The project has no such finding."""

    code = "finding_not_found"


class InvalidError(CallboardError):
    """The request does not fit the contract."""

    code, status = "invalid_request", 422


class InvalidCapabilityError(InvalidError, ValueError):
    """The capability is unknown, or this agent may not perform it."""

    code = "invalid_capability"


class InvalidParametersError(InvalidError, ValueError):
    """The parameters do not fit the capability's schema."""

    code = "invalid_parameters"


class InvalidSourceError(InvalidError, ValueError):
    """The project's source is not allowed here."""

    code = "invalid_source"


class ConflictError(CallboardError):
    """The request conflicts with what is already there."""

    code, status = "conflict", 409


class AlreadyExistsError(ConflictError):
    """The id is taken."""

    code = "already_exists"


class AgentNotAssignedError(ConflictError, ValueError):
    """The agent is not assigned to the project."""

    code = "agent_not_assigned"


class NotCancellableError(ConflictError):
    """The operation has already ended."""

    code = "operation_ended"


class IdempotencyMismatchError(InvalidError):
    """The Idempotency-Key was used before with another request."""

    code = "idempotency_key_reused"


class UnauthorizedError(CallboardError):
    """No valid API key was given."""

    code, status = "unauthorized", 401


class ForbiddenError(CallboardError):
    """This API key may not do that."""

    code, status = "forbidden", 403


class UnavailableError(CallboardError):
    """A server that this needs does not answer; try again shortly."""

    code, status = "unavailable", 503


class CapabilityError(CallboardError):
    """A capability could not do its work; `reason` becomes the failed operation's reason."""

    code, reason = "capability_failed", "error"


class OperationTimeoutError(CapabilityError):
    """The operation ran past its time limit."""

    reason = "timeout"


class SandboxUnavailableError(CapabilityError):
    """This host offers no sandbox: install bubblewrap, or allow user namespaces or Landlock."""

    reason = "sandbox_unavailable"


class SourceUnavailableError(CapabilityError):
    """The project's source could not be read."""

    reason = "source_unavailable"


class NotGrantedError(CapabilityError):
    """The grant was withdrawn before the operation ran."""

    reason = "not_granted"


class InvalidResultError(CapabilityError):
    """The handler's result cannot be kept."""

    reason = "invalid_result"


class OperationFailedError(CallboardError):
    """The operation failed for good; Celery and Flower see this."""

    code = "operation_failed"


class DependenciesError(CapabilityError):
    """The project's dependencies could not be installed."""

    code = "dependencies_failed"


class HeldBackError(CallboardError):
    """A limit or a pause keeps the operation from starting; `line` is where it has to wait."""

    code = "held_back"

    def __init__(self, line: str) -> None:
        super().__init__(f"It may not start now because of {line.replace(':', ' ', 1)}")
        self.line = line


class AttemptLostError(CallboardError):
    """This attempt is no longer the current one; its result is thrown away."""

    code = "attempt_lost"
