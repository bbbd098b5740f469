"""The documents tell what the code does."""

import re
from pathlib import Path

from callboard import errors
from callboard.contradictions import MENDABLE, Kind
from callboard.lifecycle import Reason
from callboard.settings import current
from web import create_app, metrics, problems

DOCS = Path(__file__).parents[1] / "docs"
NOT_HTTP = {
    "error",
    "invalid_settings",
    "cannot_start",
    "capability_failed",
    "attempt_lost",
    "held_back",
    "operation_failed",
    "dependencies_failed",
}
ON_THE_LOOP = {"GET /api/v1/live", "GET /healthz", "GET /readyz", "GET /metrics"}


def test_the_http_page_lists_every_route_and_no_other(servers: dict[str, str]) -> None:
    served = set(ON_THE_LOOP)
    for path, item in create_app(current()).spec["paths"].items():  # type: ignore[union-attr, index]
        served |= {f"{method.upper()} {path}" for method in item if method != "parameters"}
    told = set(re.findall(r"^\| `([A-Z]+ /[^`]+)` \|", (DOCS / "http-api.md").read_text(encoding="utf-8"), re.M))
    assert told == served


def test_the_http_page_lists_every_error_with_its_status() -> None:
    known = {(code, status) for status, (code, _) in problems.CODES.items()} | {("internal_error", 500)}
    classes = [error for error in vars(errors).values() if isinstance(error, type)]
    known |= {
        (error.code, error.status)
        for error in classes
        if issubclass(error, errors.CallboardError) and error.code not in NOT_HTTP
    }
    page = (DOCS / "http-api.md").read_text(encoding="utf-8")
    told = {(code, int(status)) for code, status in re.findall(r"^\| `(\w+)` \| (\d{3}) \|", page, re.M)}
    assert told == known


def test_the_operators_page_lists_every_metric_and_no_other(database: dict[str, str]) -> None:
    known = {metric.name for metric in metrics.REGISTRY.collect()}
    page = (DOCS / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(callboard_\w+)` \|", page, re.M)) == known


def test_the_operators_page_tells_of_every_finding_and_which_can_be_mended() -> None:
    page = (DOCS / "operations.md").read_text(encoding="utf-8")
    rows = page.partition("| kind |")[2].partition("\n\n")[0]
    told = {kind: bool(mended.strip()) for kind, mended in re.findall(r"^\| `(\w+)` \|.*\|([^|]*)\|$", rows, re.M)}
    assert told == {str(kind): kind in MENDABLE for kind in Kind}


def test_the_operators_page_says_what_to_do_about_every_reason() -> None:
    page = (DOCS / "operations.md").read_text(encoding="utf-8")
    rows = page.partition("| reason |")[2].partition("##")[0]
    assert set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (.*?) \|", rows, re.M)))) == set(Reason)
