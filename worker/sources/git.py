"""Every git call on a project: in the sandbox, with no configuration, hook or prompt of anybody's."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from callboard.errors import AttemptLostError, SourceUnavailableError
from worker.confinement.run import Completed, Limits
from worker.sandbox import Sandbox

SAFE = (
    "core.fsmonitor=",
    "core.hooksPath=/dev/null",
    "safe.directory=*",
    "credential.helper=",
    "http.followRedirects=false",
    "gc.auto=0",
)
ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_ALLOW_PROTOCOL": "none",
    "LC_ALL": "C.UTF-8",
}
LIMITS = Limits(seconds=300, memory_bytes=8 << 30, file_bytes=8 << 30, output_bytes=64 << 20)
COMMIT = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)
NO_REF = re.compile(r"^[-/]|[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|/$")


@dataclass(frozen=True)
class Repository:
    """A git directory, and what of the host a git call on it may see."""

    directory: Path
    sandbox: Sandbox
    work_tree: Path | None = None
    readable: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()

    def git(
        self, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, network: bool = False
    ) -> Completed:
        """Runs git; its exit code is the caller's to judge.

        Raises SourceUnavailableError when git is not installed or takes too long, AttemptLostError when stopped.
        """
        tree = (f"--work-tree={self.work_tree}",) if self.work_tree else ()
        settings = [part for setting in SAFE for part in ("-c", setting)]
        completed = self.sandbox.run(
            ["git", *settings, f"--git-dir={self.directory}", *tree, *arguments],
            cwd=self.work_tree or self.directory,
            readable=self.readable,
            writable=self.writable,
            env=ENVIRONMENT | dict(env or {}),
            limits=LIMITS,
            network=network,
            stdin=stdin,
        )
        if completed.stopped:
            raise AttemptLostError("The attempt was stopped while git read the project's source")
        if completed.timed_out:
            raise SourceUnavailableError(f"git {arguments[0]} did not end within {LIMITS.seconds:.0f} seconds")
        if completed.returncode == 127:
            raise SourceUnavailableError("The worker has no git: install the package `git`")
        return completed

    def ask(self, *arguments: str, stdin: bytes = b"") -> list[str]:
        """What a listing call with -z answers. Raises SourceUnavailableError with git's own last line."""
        completed = self.git(*arguments, stdin=stdin)
        if completed.returncode != 0:
            raise SourceUnavailableError(f"git {arguments[0]} failed: {last_line(completed)}")
        return [os.fsdecode(name) for name in completed.stdout.split(b"\0") if name]

    def commit(self, ref: str) -> str | None:
        """The commit that a branch, a tag or an abbreviated commit names here; None where it names nothing."""
        completed = self.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        return completed.text.strip() if completed.returncode == 0 else None

    def ignored(self, names: Sequence[str]) -> set[str]:
        """Those of the names, relative to the work tree, that git ignores."""
        # the leading ./ keeps git from reading a name that begins with a colon as a pattern
        asked = b"\0".join(os.fsencode(f"./{name}") for name in names)
        completed = self.git("check-ignore", "-z", "--stdin", stdin=asked)
        if completed.returncode not in (0, 1):
            raise SourceUnavailableError(f"git check-ignore failed: {last_line(completed)}")
        return {os.fsdecode(name).removeprefix("./") for name in completed.stdout.split(b"\0") if name}

    def export(self, tree: str, *, target: Path, scratch: Path) -> None:
        """Writes the files of a commit, or of `commit:folder`, to `target`. Raises SourceUnavailableError."""
        index = scratch / "index"
        here = replace(self, work_tree=target, writable=(target, scratch))
        for arguments in (("read-tree", tree), ("checkout-index", "--all", "--force", "--quiet")):
            completed = here.git(*arguments, env={"GIT_INDEX_FILE": str(index)})
            if completed.returncode != 0:
                raise SourceUnavailableError(f"git could not check out {tree}: {last_line(completed)}")
        index.unlink(missing_ok=True)


def check_ref(ref: str) -> str:
    """The ref itself. Raises SourceUnavailableError when it can be no branch, tag or commit."""
    if not ref or NO_REF.search(ref):
        raise SourceUnavailableError(f"{ref!r} is no name of a branch, tag or commit")
    return ref


def last_line(completed: Completed) -> str:
    """The last thing that git said."""
    lines = completed.error_text.strip().splitlines()
    return lines[-1] if lines else f"exit code {completed.returncode}"
