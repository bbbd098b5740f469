"""What a capability is: the decorator, its parameters and result, and the catalogue of those that workers offer."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from callboard.errors import InvalidParametersError
from callboard.findings import Finding
from callboard.lifecycle import Verdict

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class NoParameters(BaseModel):
    """Takes no parameters."""

    model_config = ConfigDict(extra="forbid")


class Result(BaseModel):
    """What a handler answers: a verdict (None where nothing is judged), one sentence, numbers and findings."""

    model_config = ConfigDict(extra="forbid")

    verdict: Verdict | None = None
    summary: str = ""
    metrics: dict[str, int | float] = Field(default_factory=dict)
    findings: list[Finding] = Field(default_factory=list)
    details: dict[str, JsonValue] = Field(default_factory=dict)


@dataclass(frozen=True)
class Retry:
    """How often an operation is tried, and the pause before each next try in seconds (exponential, with jitter)."""

    tries: int = 3
    delay: float = 2.0
    longest: float = 300.0


@dataclass(frozen=True)
class Capability:
    """A named, versioned kind of work, and the handler that does it.

    `timeout` is in seconds; at most `max_running` operations of it run at once, on all workers together.
    """

    name: str
    version: str
    handler: Callable[..., Result]
    parameters: type[BaseModel] = NoParameters
    timeout: float = 300.0
    retry: Retry = field(default_factory=Retry)
    queue: str = ""
    risk: Literal["read", "execute"] = "read"
    max_running: int | None = None
    description: str = ""

    def __call__(self, workspace: Any, parameters: BaseModel, context: Any) -> Result:
        return self.handler(workspace, parameters, context)

    def parse(self, parameters: dict[str, Any]) -> BaseModel:
        """The parameters as this capability's model. Raises InvalidParametersError naming each wrong field."""
        try:
            return self.parameters.model_validate(parameters)
        except ValidationError as error:
            fields = [
                {"field": ".".join(map(str, problem["loc"])), "message": problem["msg"]} for problem in error.errors()
            ]
            told = "; ".join(f"{item['field']}: {item['message']}" for item in fields)
            raise InvalidParametersError(
                f"The parameters do not fit {self.name}, version {self.version}: {told}", fields=fields
            ) from error


def capability(
    name: str,
    *,
    version: str = "1",
    parameters: type[BaseModel] = NoParameters,
    timeout: float = 300.0,
    retry: Retry | None = None,
    queue: str | None = None,
    risk: Literal["read", "execute"] = "read",
    max_running: int | None = None,
) -> Callable[[Callable[..., Result]], Capability]:
    """Makes `handler(workspace, parameters, context) -> Result` a capability; its docstring describes it to users."""
    if not NAME.fullmatch(name):
        raise ValueError(f"capability name {name!r} must be lower-case letters, digits and _, starting with a letter")

    if max_running is not None and max_running < 1:
        raise ValueError(f"max_running of capability {name!r} is {max_running}; give at least 1, or leave it out")

    def decorate(handler: Callable[..., Result]) -> Capability:
        return Capability(
            name=name,
            version=version,
            handler=handler,
            parameters=parameters,
            timeout=timeout,
            retry=retry or Retry(),
            queue=queue or name,
            risk=risk,
            max_running=max_running,
            description=inspect.getdoc(handler) or "",
        )

    return decorate
