"""The source lines around findings: bounded, and with what looks like a secret masked."""

from collections import defaultdict
from collections.abc import Iterable

from callboard.capabilities import Result
from callboard.findings import Excerpt, Finding
from worker.masking import after_private_keys, mask_literals, mask_secrets, mask_whole
from worker.workspace import Workspace

AROUND = 3
LONGEST_LINE = 200
LONGEST_READ = 2000
MOST_CHARACTERS = 1_000_000
"""Of all excerpts of one result; the findings beyond have none."""


class Excerpts:
    """Gives the findings of one result their lines; the line of a secret is masked in every one of them."""

    def __init__(self, workspace: Workspace, findings: Iterable[Finding]) -> None:
        self._workspace = workspace
        self._left = MOST_CHARACTERS
        self._secrets: dict[str, set[int]] = defaultdict(set)
        for finding in findings:
            if finding.secret and finding.line:
                self._secrets[finding.path].add(finding.line)

    def given(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings, each with the lines around it and a masked snippet, until the characters are spent."""
        return [self._given(finding) for finding in findings]

    def _given(self, finding: Finding) -> Finding:
        lines = self._lines(finding) if finding.path and finding.line else []
        self._left -= sum(map(len, lines))
        shown = Excerpt(start=max(1, (finding.line or 1) - AROUND), lines=tuple(lines)) if lines else None
        snippet = mask_secrets(finding.snippet, finding.path)
        return finding.model_copy(update={"excerpt": shown, "snippet": snippet})

    def _lines(self, finding: Finding) -> list[str]:
        line = finding.line or 1
        source = self._workspace.lines(finding.path)
        if self._left <= 0 or line > len(source):
            return []
        first, last = max(1, line - AROUND), min(len(source), line + AROUND)
        # A private key, or a text in quotes, may go on for many lines after the one that is known.
        keys = after_private_keys(source, first, last)
        hidden = keys | self._secrets.get(finding.path, set())
        lines = []
        for number in range(first, last + 1):
            text = source[number - 1].rstrip("\r")[:LONGEST_READ]
            masked = mask_whole(text) if number in hidden else mask_secrets(text, finding.path)
            lines.append(mask_literals(masked) if finding.secret and number != line else masked)
        return [text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]}…" for text in lines]


def with_excerpts(workspace: Workspace, result: Result) -> Result:
    """The result whose findings show their lines; one whose handler has given them already is left as it is."""
    findings = result.findings
    if any(finding.excerpt for finding in findings) or not any(finding.path and finding.line for finding in findings):
        return result
    return result.model_copy(update={"findings": Excerpts(workspace, findings).given(findings)})
