"""The decorator: what makes a function a capability, and how its parameters are read."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from callboard.capabilities import NoParameters, Result, Retry, capability
from callboard.errors import InvalidParametersError
from callboard.lifecycle import Verdict


class Depth(BaseModel):
    depth: int = 1


@capability("count_files", version="3", parameters=Depth, timeout=9, retry=Retry(tries=1), queue="slow", risk="execute")
def counting(workspace: Any, parameters: Depth, context: Any) -> Result:
    """Counts files.

    All of them.
    """
    return Result(verdict=Verdict.PASS, metrics={"depth": parameters.depth})


def test_a_decorated_handler_is_a_capability_that_can_be_called() -> None:
    assert (counting.name, counting.version, counting.queue, counting.risk) == ("count_files", "3", "slow", "execute")
    assert counting.description == "Counts files.\n\nAll of them."
    assert counting("workspace", Depth(depth=2), None).metrics == {"depth": 2}


def test_what_is_not_told_has_a_default() -> None:
    made = capability("plain")(lambda workspace, parameters, context: Result())
    assert (made.version, made.queue, made.retry, made.parameters) == ("1", "plain", Retry(), NoParameters)


@pytest.mark.parametrize("name", ["", "Code", "1st", "a-b", "a b", "a" * 64])
def test_a_name_must_be_a_plain_word(name: str) -> None:
    with pytest.raises(ValueError, match="capability name"):
        capability(name)


def test_wrong_parameters_are_refused_field_by_field() -> None:
    with pytest.raises(InvalidParametersError, match=r"do not fit count_files, version 3: depth: ") as refused:
        counting.parse({"depth": "deep"})
    assert [field["field"] for field in refused.value.fields] == ["depth"]
    assert counting.parse({"depth": 3}) == Depth(depth=3)


def test_a_capability_without_parameters_takes_none() -> None:
    made = capability("plain")(lambda workspace, parameters, context: Result())
    with pytest.raises(InvalidParametersError, match="extra"):
        made.parse({"extra": 1})


def test_a_result_holds_nothing_that_the_contract_does_not_know() -> None:
    with pytest.raises(ValidationError):
        Result(colour="green")  # type: ignore[call-arg]


def test_a_capability_that_may_never_run_is_refused() -> None:
    with pytest.raises(ValueError, match="max_running of capability 'never' is 0; give at least 1"):
        capability("never", max_running=0)
