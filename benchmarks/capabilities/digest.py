"""A capability that hashes its parameters: as little work as a benchmark can ask for."""

import hashlib
from typing import Any

from pydantic import BaseModel, Field

from callboard.capabilities import Result, capability


class DigestParameters(BaseModel):
    """What to hash."""

    number: int = Field(description="a number")
    text: str = Field(description="a text of about 200 bytes")


@capability("digest", parameters=DigestParameters)
def digest(workspace: Any, parameters: DigestParameters, context: Any) -> Result:
    """Hashes its parameters."""
    return Result(summary=hashlib.sha512(parameters.model_dump_json().encode()).hexdigest())
