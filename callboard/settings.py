"""One frozen Settings object, read once from the environment and checked in sentences."""

import json
import os
import tempfile
from functools import lru_cache
from math import inf
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from callboard.errors import SettingsError

PREFIX = "CALLBOARD_"


class Settings(BaseSettings):
    """What an operator may set; each field is `CALLBOARD_<NAME>`, or `CALLBOARD_<NAME>_FILE` holding its value."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)

    database_url: str = Field(repr=False, description="PostgreSQL, as postgresql://user:password@host:port/name")
    redis_url: str = Field(
        "redis://127.0.0.1:6379/0", repr=False, description="Redis or Valkey that carries the live frames"
    )
    broker_url: str = Field("", repr=False, description="Celery's broker; the Redis of CALLBOARD_REDIS_URL by default")
    data_dir: Path = Field(Path(".callboard"), description="embedded servers' data; never part of a workspace")
    work_dir: Path = Field(
        Path(tempfile.gettempdir()) / f"callboard-{os.getuid()}",
        description="checkouts and dependency environments of the operations that run",
    )
    workspace_roots: Annotated[tuple[Path, ...], NoDecode] = Field(
        (), description="folders, colon-separated, under which a project's path source may lie"
    )
    capabilities: Path | None = Field(None, description="a folder of one's own capability files")
    credentials: str = Field(
        "{}", repr=False, description="JSON: name -> {url_prefix, projects, username, secret} for private git sources"
    )
    sandbox: Literal["auto", "bubblewrap", "landlock"] = Field(
        "auto", description="which sandbox runs tools and tests: auto takes the strongest one that this host allows"
    )
    lease_seconds: float = Field(30, gt=0, description="how long an attempt lives without a heartbeat")
    heartbeat_seconds: float = Field(10, gt=0, description="how often a running attempt extends its lease")
    cancel_poll_seconds: float = Field(2, gt=0, description="how often a running attempt looks for a cancel")
    sweep_seconds: float = Field(5, gt=0, description="how often the keeper looks for work")
    canary_seconds: float = Field(
        60, gt=0, description="how long a worker's slot is free before a canary proves that it hears, and may take"
    )
    drain_seconds: float = Field(4, ge=0, description="how long a stopping worker lets its operations finish")
    retention_days: int = Field(365, gt=0, description="how long ended operations are kept")
    wait_days: int = Field(30, gt=0, description="how long a due operation may wait for a worker before it fails")
    event_days: int = Field(7, gt=0, description="how long numbered events are kept for replay")
    artifact_bytes: int = Field(20_000_000, gt=0, description="the largest artifact that is kept, in bytes")
    result_bytes: int = Field(256_000, gt=0, description="the largest result that is kept whole, in bytes")
    body_bytes: int = Field(1_000_000, gt=0, description="the largest request body, in bytes")
    prepared_statements: bool = Field(
        True, description="whether PostgreSQL plans hot statements once per connection; not through a transaction pool"
    )
    database_pool: int = Field(5, ge=2, description="database connections that one process may hold, 2 at least")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="how much is logged")

    @field_validator("workspace_roots", mode="before")
    @classmethod
    def _split_roots(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(Path(part).expanduser().resolve() for part in value.split(os.pathsep) if part)
        return value

    @field_validator("database_url")
    @classmethod
    def _name_driver(cls, value: str) -> str:
        scheme, separator, rest = value.partition("://")
        if not separator or scheme.partition("+")[0] not in ("postgresql", "postgres"):
            raise ValueError("it must look like postgresql://user:password@host:port/name")
        return f"postgresql+psycopg2://{rest}"

    @field_validator("redis_url")
    @classmethod
    def _check_redis(cls, value: str) -> str:
        if not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("it must look like redis://:password@host:port/0")
        return value

    @field_validator("credentials")
    @classmethod
    def _check_credentials(cls, value: str) -> str:
        try:
            entries = json.loads(value)
        except json.JSONDecodeError:
            entries = None
        if not isinstance(entries, dict):
            raise ValueError("it must be a JSON object of credentials by name")
        return value

    @field_validator("heartbeat_seconds")
    @classmethod
    def _beat_within_lease(cls, value: float, info: ValidationInfo) -> float:
        if value >= info.data.get("lease_seconds", inf):
            raise ValueError(f"it must be less than {PREFIX}LEASE_SECONDS, or every lease runs out")
        return value

    def model_post_init(self, context: Any) -> None:
        if not self.broker_url:
            object.__setattr__(self, "broker_url", self.redis_url)

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *args: PydanticBaseSettingsSource, **sources: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        files = _FileSource(settings_cls)
        return (sources["init_settings"], sources["env_settings"], files)


class _FileSource(PydanticBaseSettingsSource):
    """Reads CALLBOARD_<NAME>_FILE, so that a secret need not stand in the environment."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        name = f"{PREFIX}{field_name.upper()}_FILE"
        path = os.environ.get(name)
        try:
            return (Path(path).read_text(encoding="utf-8").strip() if path else None), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"the file {path} named by {name} cannot be read: {error}") from error

    def __call__(self) -> dict[str, Any]:
        values = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}


def load_settings(**overrides: Any) -> Settings:
    """The settings of the environment. Raises SettingsError with one sentence per wrong or missing value."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError("; ".join(_sentence(problem) for problem in error.errors())) from error


@lru_cache(maxsize=1)
def current() -> Settings:
    """The settings of this process, read from the environment on first use."""
    return load_settings()


def _sentence(problem: Any) -> str:
    name = PREFIX + "_".join(str(part) for part in problem["loc"][:1]).upper()
    if problem["type"] == "missing":
        return f"{name} is not set; `callboard up` sets it, or point it at your own server"
    field = Settings.model_fields.get(str(problem["loc"][0]))
    shown = f"{problem['input']!r} is wrong" if field is not None and field.repr else "is wrong"
    return f"{name} {shown}: {problem['msg'].removeprefix('Value error, ')}"
