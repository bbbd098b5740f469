"""`callboard doctor`: is everything there that Callboard needs, and if not, what to do."""

from dataclasses import asdict

import typer

from cli import checkup, show
from cli.options import AsJson
from cli.plain import plain

_SICK = 3
_STYLES = {"ok": typer.colors.GREEN, "failed": typer.colors.RED, "skipped": typer.colors.YELLOW}


def doctor(*, as_json: AsJson = False) -> None:
    """Check settings, servers, workers, sandbox, tools, disk and the API; exits with 3 where something is amiss."""
    findings = checkup.examine()
    if as_json:
        show.print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = typer.style(f"{finding.state:8}", fg=_STYLES[finding.state])
            typer.echo(f"{mark}{finding.name}: {plain(finding.told)}")
    raise typer.Exit(_SICK if any(finding.state == "failed" for finding in findings) else 0)
