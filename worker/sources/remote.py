"""A project's source that is a git URL: fetched once, with a credential that no later step can see."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from callboard.errors import SourceUnavailableError
from callboard.settings import Settings
from worker.confinement import grants
from worker.confinement.run import Completed
from worker.sandbox import Sandbox
from worker.sources import tree
from worker.sources.git import COMMIT, Repository, check_ref, last_line
from worker.sources.local import Filled

FETCHED = "refs/callboard/fetched"
EVERYTHING = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
ASKPASS = """#!/bin/sh
case "$1" in
Username*) printf '%s\\n' "$CALLBOARD_GIT_USERNAME" ;;
*) printf '%s\\n' "$CALLBOARD_GIT_SECRET" ;;
esac
"""


@dataclass(frozen=True)
class Remote:
    """A checked URL and the environment that its credential needs."""

    url: str
    env: dict[str, str]


def fill(remote: Remote, *, ref: str | None, sandbox: Sandbox, target: Path, scratch: Path) -> Filled:
    """Fetches the branch, tag or commit `ref`, or the default branch, and writes its files to `target`.

    Raises SourceUnavailableError with git's own last line.
    """
    folder = scratch / "repository.git"
    folder.mkdir()
    sandbox.lend(folder)
    try:
        repository = Repository(folder, sandbox, writable=(scratch,))
        if (made := repository.git("init", "--quiet", "--bare", "--template=", str(folder))).returncode != 0:
            raise SourceUnavailableError(f"git init failed: {last_line(made)}")
        commit = _fetch(repository, remote, ref, scratch)
        replace(repository, readable=(folder,)).export(commit, target=target, scratch=scratch)
    finally:
        tree.remove(folder)
    return Filled(commit, False, tree.prune(target))


def check(url: str, *, credential: str | None, project_id: str, settings: Settings) -> Remote:
    """The URL with its credential's environment.

    Raises SourceUnavailableError when the URL is no plain http(s) one, or the credential is not for it.
    """
    parts = _split(url)
    if credential is None:
        return Remote(url, {})
    entry = json.loads(settings.credentials).get(credential)
    if entry is None:
        raise SourceUnavailableError(f"There is no credential {credential!r} in CALLBOARD_CREDENTIALS")
    if project_id not in entry.get("projects", ()):
        raise SourceUnavailableError(f"The credential {credential!r} is not for the project {project_id!r}")
    if not _covers(_split(entry.get("url_prefix", "")), parts):
        raise SourceUnavailableError(f"The credential {credential!r} is not for {url}")
    secrets = {"CALLBOARD_GIT_USERNAME": entry.get("username", ""), "CALLBOARD_GIT_SECRET": entry.get("secret", "")}
    return Remote(url, secrets)


def _fetch(repository: Repository, remote: Remote, ref: str | None, scratch: Path) -> str:
    wanted = check_ref(ref) if ref else "HEAD"
    fetched = _try(repository, remote, scratch, "--depth=1", f"+{wanted}:{FETCHED}")
    found = FETCHED
    if fetched.returncode != 0 and COMMIT.fullmatch(wanted):
        # an abbreviated commit, or a server that hands out no single commits
        fetched, found = _try(repository, remote, scratch, *EVERYTHING), wanted
    if fetched.returncode != 0:
        raise SourceUnavailableError(f"git could not fetch {wanted} of {remote.url}: {_clean(fetched, remote)}")
    if (commit := repository.commit(found)) is None:
        raise SourceUnavailableError(f"{remote.url} has no branch, tag or commit named {wanted!r}")
    return commit


def _try(repository: Repository, remote: Remote, scratch: Path, *what: str) -> Completed:
    """One fetch; the credential is in this process's environment and nowhere else."""
    askpass = scratch / "askpass"
    host_env, host_files = grants.network_environment()
    env = host_env | {"GIT_ALLOW_PROTOCOL": "https:http"}
    if remote.env:
        askpass.write_text(ASKPASS, encoding="utf-8")
        askpass.chmod(0o755)
        env |= remote.env | {"GIT_ASKPASS": str(askpass)}
    options = [word for word in what if word.startswith("--depth")]
    refs = [word for word in what if not word.startswith("--")]
    try:
        return replace(repository, readable=tuple(host_files)).git(
            *("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"),
            *(*options, "--", remote.url, *refs),
            env=env,
            network=True,
        )
    finally:
        askpass.unlink(missing_ok=True)


def _clean(completed: Completed, remote: Remote) -> str:
    line = last_line(completed)
    for secret in filter(None, remote.env.values()):
        line = line.replace(secret, "***")
    return line


def _split(url: str) -> SplitResult:
    """The URL's parts. Raises SourceUnavailableError for all but a plain http(s) URL; never repeats a password."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - a wrong port raises here
    except ValueError:
        parts = SplitResult("", "", "", "", "")
    if parts.username or parts.password:
        raise SourceUnavailableError("A git URL must hold no user name or password: use a credential")
    segments = [unquote(segment) for segment in parts.path.split("/")]
    odd = any(segment in (".", "..") or "/" in segment or "\\" in segment for segment in segments)
    if parts.scheme not in ("http", "https") or not parts.hostname or odd or any(c.isspace() or c < " " for c in url):
        raise SourceUnavailableError(f"{url!r} is no http, https or file URL of a git repository")
    return parts


def _covers(prefix: SplitResult, url: SplitResult) -> bool:
    """Whether a URL lies under a prefix: same scheme, host and port, and whole segments of the path."""
    if (prefix.scheme, prefix.hostname, _port(prefix)) != (url.scheme, url.hostname, _port(url)):
        return False
    path = prefix.path.rstrip("/")
    return url.path == path or url.path.startswith(f"{path}/")


def _port(parts: SplitResult) -> int:
    return parts.port or {"http": 80, "https": 443}[parts.scheme]
