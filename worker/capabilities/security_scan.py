"""The capability security_scan: bandit on Python code, detect-secrets on every file."""

import json
import re
import sys
from typing import Any

from callboard.capabilities import Result, capability
from callboard.findings import Finding, Severity
from worker.confined import project_path
from worker.context import Context
from worker.review import (
    UNHURRIED,
    Review,
    ReviewParameters,
    conclude,
    crashed,
    files_under,
    installed,
    named,
    source_line,
    targets,
)
from worker.workspace import Workspace

BANDIT = installed("bandit", "https://bandit.readthedocs.io/")
SECRETS = installed("detect-secrets", "https://github.com/Yelp/detect-secrets")
NOT_SOURCE = (".git", ".venv", "venv", "node_modules", "__pycache__")
SEVERITIES: dict[str, Severity] = {"HIGH": "error", "MEDIUM": "warning"}
# Its pool of processes needs semaphores, for which the second tier may have no room, and must not need sockets.
SEARCH = """
import multiprocessing
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.main import main

def one_by_one(self, *names, num_processors=None):
    for name in names:
        self.scan_file(name)

multiprocessing.set_start_method("fork")
try:
    multiprocessing.Lock()
except OSError:
    SecretsCollection.scan_files = one_by_one
raise SystemExit(main())
"""
# These name the password that they found in their message.
TELLTALE = ("B105", "B106", "B107")
ASSERT = "B101"


@capability("security_scan", parameters=ReviewParameters, timeout=600)
def security_scan(workspace: Workspace, parameters: ReviewParameters, context: Context) -> Result:
    """Looks for insecure Python code with bandit, and for secrets in every file with detect-secrets.

    A secret and what bandit ranks high is an error, medium a warning, low a note; errors and warnings make the
    verdict fail. Asserts (B101) are left out: they are how tests speak. The text of a secret is kept nowhere.
    """
    where = targets(parameters.paths)
    context.progress(0, 2, "searching for secrets")
    secrets = _search(workspace, where, parameters.paths)
    context.progress(1, 2, "scanning Python code")
    code = _scan(workspace, where, parameters.paths, {(finding.path, finding.line) for finding in secrets.findings})
    return conclude(workspace, context, code, secrets)


def _search(workspace: Workspace, where: list[str], paths: list[str]) -> Review:
    files = files_under(workspace, paths)
    if not files:
        return Review(SECRETS, unseen=["there is no file here"])
    skipped = rf"(^|/)({'|'.join(map(re.escape, NOT_SOURCE))})/|\.secrets\.baseline$"
    command = [sys.executable, "-I", "-c", SEARCH, "scan", "--all-files", "--no-verify"]
    done = workspace.run([*command, "--exclude-files", skipped, *where], seconds=UNHURRIED)
    try:
        if done.returncode != 0:
            raise ValueError(done.returncode)
        found = json.loads(done.stdout)["results"]
        places: dict[tuple[str, int], set[str]] = {}
        for item in (item for items in found.values() for item in items):
            place = (project_path(item["filename"], workspace.path), item["line_number"])
            places.setdefault(place, set()).add(item["type"])
    except (ValueError, KeyError, TypeError) as error:
        raise crashed("detect-secrets", done) from error
    return Review(SECRETS, [_secret(*place, kinds) for place, kinds in places.items()], len(files))


def _secret(path: str, line: int, kinds: set[str]) -> Finding:
    # No snippet: it would hold the secret.
    message = f"Possible secret: {', '.join(sorted(kinds))}; revoke it and read it from the environment instead."
    link = SECRETS.uri
    return Finding(rule="secret", message=message, severity="error", path=path, line=line, help_uri=link, secret=True)


def _scan(workspace: Workspace, where: list[str], paths: list[str], secrets: set[tuple[str, int | None]]) -> Review:
    if not files_under(workspace, paths, ".py"):
        return Review(BANDIT, unseen=["there is no Python file for bandit here"])
    skipped = ",".join(f"*/{folder}/*" for folder in NOT_SOURCE)
    command = [sys.executable, "-I", "-m", "bandit", "--recursive", "--format", "json", "--quiet"]
    done = workspace.run([*command, "--exclude", skipped, *where], seconds=UNHURRIED)
    try:
        if done.returncode not in (0, 1):
            raise ValueError(done.returncode)
        report = json.loads(done.stdout)
        broken = [project_path(item["filename"], workspace.path) for item in report["errors"]]
        findings = [_weakness(workspace, item, secrets) for item in report["results"]]
        files = len(report["metrics"]) - 1 - len(broken)
    except (ValueError, KeyError, TypeError) as error:
        raise crashed("bandit", done) from error
    unseen = [f"bandit could not parse {named(broken)}"] if broken else []
    return Review(BANDIT, [finding for finding in findings if finding], files, unseen)


def _weakness(workspace: Workspace, item: dict[str, Any], secrets: set[tuple[str, int | None]]) -> Finding | None:
    rule, path, line = item["test_id"], project_path(item["filename"], workspace.path), item["line_number"]
    known, telltale = (path, line) in secrets, rule in TELLTALE
    if rule == ASSERT or (known and telltale):
        return None
    return Finding(
        rule=rule,
        message=item["issue_text"].partition(":")[0] if telltale else item["issue_text"],
        severity=SEVERITIES.get(item["issue_severity"], "note"),
        path=path,
        line=line,
        column=item["col_offset"] + 1,
        end_line=item["line_range"][-1],
        end_column=item["end_col_offset"] + 1,
        snippet="" if known or telltale else source_line(workspace, path, line),
        help_uri=item["more_info"],
        secret=telltale,
    )
