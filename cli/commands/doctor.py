"""`callboard doctor`: is everything there that Callboard needs, does its account add up, and if not, what to do."""

from dataclasses import asdict
from typing import Annotated

import typer

from callboard.contradictions import HARMLESS
from callboard.settings import load_settings
from cli.api import connection
from cli.doctor import bookkeeping, checkup, diagnosis
from cli.doctor.checkup import Check
from cli.options import AsJson
from cli.terminal import show
from cli.terminal.plain import plain

_SICK = 3
_STYLES = {
    "ok": typer.colors.GREEN,
    "failed": typer.colors.RED,
    "skipped": typer.colors.YELLOW,
    "mended": typer.colors.CYAN,
}

OneOperation = Annotated[str | None, typer.Argument(metavar="OPERATION", help="Explain this operation instead.")]
Fix = Annotated[bool, typer.Option("--fix", help="Mend what the table itself can mend, and say what was done.")]


def doctor(operation: OneOperation = None, *, fix: Fix = False, as_json: AsJson = False) -> None:
    """Check settings, servers, workers, records, tools and the API; exits with 3 where something is amiss."""
    connection.adopt_running()
    if operation is not None:
        raise typer.Exit(_explain(operation, fix=fix, as_json=as_json))
    if fix:
        load_settings()
    mended = [Check("records", "mended", told) for told in bookkeeping.mend()] if fix else []
    checks = [*mended, *checkup.examine()]
    if as_json:
        show.print_json([asdict(check) for check in checks])
    else:
        for check in checks:
            mark = typer.style(f"{check.state:8}", fg=_STYLES[check.state])
            typer.echo(f"{mark}{check.name}: {plain(check.told)}")
    raise typer.Exit(_SICK if any(check.state == "failed" for check in checks) else 0)


def _explain(id: str, *, fix: bool, as_json: bool) -> int:
    load_settings()
    mended = diagnosis.mend(id) if fix else []
    found = diagnosis.explain(id)
    if as_json:
        show.print_json({"operation_id": id, "mended": mended, **asdict(found)})
    else:
        for told in [*(f"mended: {told}" for told in mended), *found.told]:
            typer.echo(plain(told))
        for finding in found.findings:
            typer.echo(f"{typer.style(finding.kind, fg=typer.colors.RED)}: {plain(finding.told)}")
    return _SICK if any(finding.kind not in HARMLESS for finding in found.findings) else 0
