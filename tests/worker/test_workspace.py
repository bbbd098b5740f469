"""A checkout holds the project's own files at one commit, nothing from elsewhere, and goes away afterwards."""

import base64
import json
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from callboard.errors import AttemptLostError, OperationTimeoutError, SourceUnavailableError
from callboard.settings import Settings
from worker.confined import REPORT_BYTES
from worker.sandbox import Sandbox
from worker.sources import local
from worker.workspace import Workspace, checkout, remove_leftovers

SECRET = "the-admin-key"


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    command = ["git", *identity, "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def project(settings: Settings) -> Path:
    folder = settings.workspace_roots[0] / "shop"
    folder.mkdir()
    (folder / "app.py").write_text("first = 1\nsecond = 2\n")
    return folder


@pytest.fixture
def repository(project: Path) -> Path:
    (project / ".gitignore").write_text("*.log\nbuild/\n")
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "one")
    git(project, "tag", "v1")
    return project


@contextmanager
def opened(sandbox: Sandbox, settings: Settings, path: Path, ref: str | None = None) -> Iterator[Workspace]:
    with checkout({"path": str(path)}, ref=ref, project_id="shop", sandbox=sandbox, settings=settings) as workspace:
        yield workspace


def test_a_folder_is_copied_and_gone_afterwards(sandbox: Sandbox, settings: Settings, project: Path) -> None:
    with opened(sandbox, settings, project) as workspace:
        assert (workspace.path / "app.py").read_text() == (project / "app.py").read_text()
        assert (workspace.commit, workspace.dirty, workspace.ref) == (None, None, None)
        assert stat.S_IMODE(settings.work_dir.stat().st_mode) & 0o066 == 0
    assert os.listdir(settings.work_dir) == []


def test_read_only_files_and_folders_are_removed_too(sandbox: Sandbox, settings: Settings, project: Path) -> None:
    with opened(sandbox, settings, project) as workspace:
        workspace.run(["sh", "-c", "mkdir -p a/b && touch a/b/c && chmod 400 a/b/c && chmod 000 a/b && chmod 500 a"])
    assert os.listdir(settings.work_dir) == []


def test_folders_too_deep_for_a_path_are_removed_too(sandbox: Sandbox, settings: Settings, project: Path) -> None:
    code = "import os\nfor n in range(3000):\n  os.mkdir('d'); os.chdir('d')\nopen('file', 'w'); os.chmod('.', 0)"
    with opened(sandbox, settings, project) as workspace:
        assert workspace.run([sys.executable, "-c", code]).returncode == 0
    assert os.listdir(settings.work_dir) == []


def test_what_a_killed_attempt_left_is_removed_and_what_is_held_stays(
    sandbox: Sandbox, settings: Settings, project: Path
) -> None:
    with opened(sandbox, settings, project) as workspace:
        left = workspace.path.parent.with_name("checkout-left")
        (left / "tree").mkdir(parents=True)
        for folder in (left, workspace.path.parent):
            os.utime(folder, (0, 0))
        assert remove_leftovers(settings) == 1
        assert (workspace.path / "app.py").exists()
    assert os.listdir(settings.work_dir) == []


def test_a_checkout_that_cannot_be_removed_spoils_nothing_and_is_held_no_more(
    sandbox: Sandbox, settings: Settings, project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(sandbox, settings, project) as workspace:
        moved = workspace.path.parent.with_name("checkout-moved")
        workspace.path.parent.rename(moved)
        os.utime(moved, (0, 0))
    assert "could not be removed" in caplog.text
    assert remove_leftovers(settings) == 1


def test_a_leftover_that_cannot_be_removed_is_told_and_holds_up_no_other(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    (settings.work_dir / "checkout-left").mkdir(parents=True)
    strangers = [settings.work_dir / f"checkout-{name}" for name in ("first", "second")]
    for file in strangers:
        file.touch()
    for left in settings.work_dir.iterdir():
        os.utime(left, (0, 0))

    assert remove_leftovers(settings) == 1
    assert all(str(file) in caplog.text for file in strangers)


def test_junk_and_virtual_environments_stay_behind(sandbox: Sandbox, settings: Settings, project: Path) -> None:
    for place in (".git/x", "env/pyvenv.cfg", "env/lib/y.py", "node_modules/z.js", "a/__pycache__/a.pyc", "a/kept.py"):
        (project / place).parent.mkdir(parents=True, exist_ok=True)
        (project / place).write_text("")
    (project / ".git/x").unlink()
    (project / ".git").rmdir()
    with opened(sandbox, settings, project) as workspace:
        assert workspace.files() == ["a/kept.py", "app.py"]


def test_files_are_listed_by_suffix(sandbox: Sandbox, settings: Settings, project: Path) -> None:
    (project / "b.js").write_text("")
    (project / "link.py").symlink_to("app.py")
    with opened(sandbox, settings, project) as workspace:
        assert workspace.files(".py", ".pyi") == ["app.py"]


def test_names_of_every_kind_survive(sandbox: Sandbox, settings: Settings, repository: Path) -> None:
    names = ["with space.py", "grüße/ñ.py", "-dash", ":colon", "new\nline", os.fsdecode(b"bad-\xff.py")]
    for name in names:
        (repository / name).parent.mkdir(exist_ok=True)
        (repository / name).write_text("x")
    with opened(sandbox, settings, repository) as workspace:
        assert set(names) < set(workspace.files())


def test_links_out_of_the_tree_pipes_and_absolute_links_are_left_out(
    sandbox: Sandbox, settings: Settings, project: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "secret").write_text(SECRET)
    (project / "inside").symlink_to("app.py")
    (project / "outside").symlink_to("../../secret")
    (project / "absolute").symlink_to(tmp_path / "secret")
    (project / "chain").symlink_to("outside")
    os.mkfifo(project / "pipe")
    with opened(sandbox, settings, project) as workspace:
        assert sorted(os.listdir(workspace.path)) == ["app.py", "inside"]
    assert "shop: 4 links" in caplog.text


@pytest.mark.parametrize(("rule", "left_out", "dirty"), [("pgdata/\n", 0, False), ("", 1, True)])
def test_a_folder_that_cannot_be_read_is_left_out(
    ordinary: None,
    sandbox: Sandbox,
    settings: Settings,
    repository: Path,
    tmp_path: Path,
    rule: str,
    left_out: int,
    dirty: bool,
) -> None:
    (repository / ".git/info/exclude").write_text(rule)
    (repository / "pgdata").mkdir(mode=0)
    places = {"target": tmp_path / "tree", "scratch": tmp_path / "scratch"}
    filled = local.fill(str(repository), ref=None, sandbox=sandbox, settings=settings, **places)
    assert (filled.left_out, filled.dirty) == (left_out, dirty)
    assert sorted(os.listdir(tmp_path / "tree")) == [".gitignore", "app.py"]


def test_a_project_that_cannot_be_read_at_all_is_refused(
    ordinary: None, sandbox: Sandbox, settings: Settings, project: Path
) -> None:
    project.chmod(0o300)
    with pytest.raises(SourceUnavailableError, match="cannot be read"), opened(sandbox, settings, project):
        pass


def test_what_a_tool_closed_is_not_listed(ordinary: None, sandbox: Sandbox, settings: Settings, project: Path) -> None:
    with opened(sandbox, settings, project) as workspace:
        workspace.run(["sh", "-c", "mkdir closed && touch closed/file && chmod 0 closed"])
        assert workspace.files() == ["app.py"]


def test_a_line_of_the_source_is_told(sandbox: Sandbox, settings: Settings, project: Path) -> None:
    with opened(sandbox, settings, project) as workspace:
        assert [workspace.line("app.py", number) for number in (0, 1, 2, 9)] == ["", "first = 1", "second = 2", ""]
        workspace.run(["ln", "-s", str(project / "app.py"), "out"])
        assert (workspace.line("out", 1), workspace.line("missing", 1)) == ("", "")


def test_a_file_larger_than_any_source_has_no_lines(sandbox: Sandbox, settings: Settings, project: Path) -> None:
    with opened(sandbox, settings, project) as workspace:
        os.truncate(workspace.path / "app.py", REPORT_BYTES + 1)
        assert workspace.line("app.py", 1) == ""


def test_a_tool_may_write_files_and_reports(sandbox: Sandbox, settings: Settings, project: Path) -> None:
    with opened(sandbox, settings, project) as workspace:
        done = workspace.run(["sh", "-c", f"echo 3 >> app.py; echo report > {workspace.scratch}/r; pwd"])
        assert done.text.strip() == str(workspace.path)
        assert (workspace.scratch / "r").read_text() == "report\n"
    assert "3" not in (project / "app.py").read_text()


def test_time_and_stop_are_errors(sandbox: Sandbox, settings: Settings, project: Path) -> None:
    with opened(sandbox, settings, project) as workspace:
        with pytest.raises(OperationTimeoutError, match=r"sleep did not end within 0\.3 seconds"):
            workspace.run(["sleep", "30"], seconds=0.3)
        sandbox.stop.set()
        with pytest.raises(AttemptLostError):
            workspace.run(["true"])


def test_a_work_tree_tells_its_commit_and_leaves_out_what_git_ignores(
    sandbox: Sandbox, settings: Settings, repository: Path
) -> None:
    (repository / "debug.log").write_text("")
    (repository / "build").mkdir()
    (repository / "build/out.py").write_text("")
    with opened(sandbox, settings, repository) as workspace:
        assert (workspace.commit, workspace.dirty) == (git(repository, "rev-parse", "HEAD"), False)
        assert workspace.files() == [".gitignore", "app.py"]
        assert not (workspace.path / ".git").exists()


@pytest.mark.parametrize("change", ["edit", "add", "delete"])
def test_a_changed_work_tree_is_dirty(sandbox: Sandbox, settings: Settings, repository: Path, change: str) -> None:
    if change == "delete":
        (repository / "app.py").unlink()
    else:
        (repository / ("app.py" if change == "edit" else "new.py")).write_text("changed")
    with opened(sandbox, settings, repository) as workspace:
        assert workspace.dirty is True
        assert ("app.py" in workspace.files()) == (change != "delete")


def test_a_repository_without_commits_is_dirty(sandbox: Sandbox, settings: Settings, project: Path) -> None:
    git(project, "init", "-q")
    with opened(sandbox, settings, project) as workspace:
        assert (workspace.commit, workspace.dirty, workspace.files()) == (None, True, ["app.py"])


@pytest.mark.parametrize("kind", ["tag", "branch", "commit", "abbreviated"])
def test_a_ref_pins_the_files(sandbox: Sandbox, settings: Settings, repository: Path, kind: str) -> None:
    first = git(repository, "rev-parse", "HEAD")
    git(repository, "branch", "old")
    (repository / "app.py").write_text("later")
    git(repository, "commit", "-qam", "two")
    ref = {"tag": "v1", "branch": "old", "commit": first, "abbreviated": first[:8]}[kind]
    with opened(sandbox, settings, repository, ref) as workspace:
        assert (workspace.commit, workspace.dirty, workspace.ref) == (first, False, ref)
        assert workspace.line("app.py", 1) == "first = 1"
        assert workspace.run(["sh", "-c", "echo x >> app.py"]).returncode == 0


def test_a_folder_of_a_repository_is_a_source_too(sandbox: Sandbox, settings: Settings, repository: Path) -> None:
    (repository / "part").mkdir()
    (repository / "part/a.py").write_text("")
    (repository / "part/a.log").write_text("")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "two")
    for ref in (None, "main"):
        with opened(sandbox, settings, repository / "part", ref) as workspace:
            assert (workspace.files(), workspace.dirty) == (["a.py"], False)


def test_a_linked_work_tree_is_one_too(sandbox: Sandbox, settings: Settings, repository: Path) -> None:
    git(repository, "worktree", "add", "-q", "-b", "side", "../side")
    with opened(sandbox, settings, repository.parent / "side") as workspace:
        assert (workspace.commit, workspace.files()) == (git(repository, "rev-parse", "HEAD"), [".gitignore", "app.py"])


def test_the_data_directory_inside_a_project_is_passed_over(
    sandbox: Sandbox, settings: Settings, repository: Path
) -> None:
    (repository / ".callboard").mkdir()
    (repository / ".callboard/api-key").write_text(SECRET)
    inside = settings.model_copy(update={"data_dir": repository / ".callboard"})
    with opened(sandbox, inside, repository) as workspace:
        assert (workspace.files(), workspace.dirty) == ([".gitignore", "app.py"], False)


@pytest.mark.parametrize(
    ("settings_of_git", "attributes"),
    [("core.fsmonitor", ""), ("filter.spy.clean", "* filter=spy"), ("filter.spy.smudge", "* filter=spy")],
)
def test_a_program_in_git_config_gets_nothing(
    sandbox: Sandbox, settings: Settings, repository: Path, tmp_path: Path, settings_of_git: str, attributes: str
) -> None:
    (repository / ".callboard").mkdir()
    (repository / ".callboard/api-key").write_text(SECRET)
    got = tmp_path / "projects" / "got"
    git(repository, "config", settings_of_git, f"sh -c 'cat .callboard/* {repository}/.callboard/* | tee {got} x; cat'")
    (repository / ".git/info/attributes").write_text(attributes)
    (repository / "app.py").write_text("touched")
    inside = settings.model_copy(update={"data_dir": repository / ".callboard"})
    for ref in (None, "v1"):
        with opened(sandbox, inside, repository, ref) as workspace:
            held = [path.read_text() for path in workspace.path.rglob("*") if path.is_file()]
            assert SECRET not in "".join(held)
    assert not got.exists()


@pytest.mark.quiet
def test_five_thousand_files_are_quick(sandbox: Sandbox, settings: Settings, repository: Path) -> None:
    for number in range(50):
        (repository / str(number)).mkdir()
        for other in range(100):
            (repository / f"{number}/{other}.py").write_text("x = 1\n")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "many")
    started = time.monotonic()
    with opened(sandbox, settings, repository) as workspace:
        took = time.monotonic() - started
        assert len(workspace.files(".py")) == 5001
    assert took < 15


def test_sources_outside_of_the_roots_or_in_callboards_data_are_refused(
    sandbox: Sandbox, settings: Settings, project: Path, tmp_path: Path
) -> None:
    (project / "link").symlink_to(tmp_path)
    for path, told in (
        (tmp_path, "CALLBOARD_WORKSPACE_ROOTS"),
        (project / "link", "CALLBOARD_WORKSPACE_ROOTS"),
        (project / "missing", "no folder"),
    ):
        with pytest.raises(SourceUnavailableError, match=told), opened(sandbox, settings, path):
            pass
    own = settings.model_copy(update={"data_dir": project})
    with pytest.raises(SourceUnavailableError, match="own data"), opened(sandbox, own, project):
        pass


@pytest.mark.parametrize("ref", ["--upload-pack=x", "a b", "main..old", "a:b", "nowhere"])
def test_a_ref_that_names_nothing_is_told(sandbox: Sandbox, settings: Settings, repository: Path, ref: str) -> None:
    with pytest.raises(SourceUnavailableError, match=ref.split(".")[0]), opened(sandbox, settings, repository, ref):
        pass


class GitServer(ThreadingHTTPServer):
    """A real `git http-backend`, which wants a user's name and password."""

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), GitHandler)
        self.root = root
        self.open = False
        self.redirect = ""
        self.given: list[str | None] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class GitHandler(BaseHTTPRequestHandler):
    server: GitServer

    def do_GET(self) -> None:
        self.server.given.append(self.headers["Authorization"])
        wanted = "Basic " + base64.b64encode(f"ann:{SECRET}".encode()).decode()
        if self.server.redirect:
            self.send_response(302)
            self.send_header("Location", self.server.redirect + self.path)
            self.end_headers()
        elif self.server.open or self.headers["Authorization"] == wanted:
            self._serve()
        else:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()

    do_POST = do_GET

    def _serve(self) -> None:
        path, _, query = self.path.partition("?")
        env = {
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "PATH": os.environ["PATH"],
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True, check=True).stdout
        head, _, rest = answer.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(rest)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server(repository: Path, tmp_path: Path) -> Iterator[GitServer]:
    git(tmp_path, "clone", "-q", "--bare", str(repository), str(tmp_path / "hosted" / "shop.git"))
    with GitServer(tmp_path / "hosted") as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.05,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def with_credential(settings: Settings, server: GitServer, **changes: object) -> Settings:
    entry = {"url_prefix": server.url, "projects": ["shop"], "username": "ann", "secret": SECRET} | changes
    return settings.model_copy(update={"credentials": json.dumps({"host": entry})})


def fetch(sandbox: Sandbox, settings: Settings, url: str, ref: str | None = None, credential: str | None = "host"):
    source = {"git": url, "credential": credential}
    return checkout(source, ref=ref, project_id="shop", sandbox=sandbox, settings=settings)


def test_a_private_repository_is_fetched_with_its_credential(
    sandbox: Sandbox, settings: Settings, server: GitServer, repository: Path
) -> None:
    with fetch(sandbox, with_credential(settings, server), f"{server.url}/shop.git") as workspace:
        assert workspace.files() == [".gitignore", "app.py"]
        assert (workspace.commit, workspace.dirty) == (git(repository, "rev-parse", "HEAD"), False)


def test_the_credential_is_nowhere_in_the_workspace(sandbox: Sandbox, settings: Settings, server: GitServer) -> None:
    with fetch(sandbox, with_credential(settings, server), f"{server.url}/shop.git") as workspace:
        found = subprocess.run(["grep", "-raE", f"{SECRET}|ann", str(settings.work_dir)], capture_output=True)
        assert found.stdout == b""
        assert os.listdir(workspace.scratch) == []
        assert SECRET not in workspace.run(["env"]).text


@pytest.mark.parametrize("kind", ["tag", "branch", "commit", "abbreviated"])
def test_a_ref_pins_a_fetched_repository(
    sandbox: Sandbox, settings: Settings, server: GitServer, repository: Path, kind: str
) -> None:
    server.open = True
    first = git(repository, "rev-parse", "HEAD")
    ref = {"tag": "v1", "branch": "main", "commit": first, "abbreviated": first[:8]}[kind]
    with fetch(sandbox, settings, f"{server.url}/shop.git", ref, None) as workspace:
        assert (workspace.commit, workspace.ref) == (first, ref)


def test_a_wrong_secret_is_told_without_it(sandbox: Sandbox, settings: Settings, server: GitServer) -> None:
    wrong = with_credential(settings, server, secret="not-" + SECRET)
    with pytest.raises(SourceUnavailableError, match="Authentication failed") as told:
        fetch(sandbox, wrong, f"{server.url}/shop.git").__enter__()
    assert SECRET not in str(told.value)


@pytest.mark.parametrize(
    "changes",
    [{"url_prefix": "http://127.0.0.1.example.org"}, {"projects": ["other"]}, {"url_prefix": "{url}/sho"}],
)
def test_a_credential_goes_only_where_it_belongs(
    sandbox: Sandbox, settings: Settings, server: GitServer, changes: dict[str, object]
) -> None:
    changes = {key: v.replace("{url}", server.url) if isinstance(v, str) else v for key, v in changes.items()}
    with pytest.raises(SourceUnavailableError, match="is not for"):
        fetch(sandbox, with_credential(settings, server, **changes), f"{server.url}/shop.git").__enter__()
    assert server.given == []


def test_redirects_are_not_followed(sandbox: Sandbox, settings: Settings, server: GitServer) -> None:
    with GitServer(server.root) as other:
        server.redirect = other.url
        with pytest.raises(SourceUnavailableError, match="could not fetch"):
            fetch(sandbox, with_credential(settings, server), f"{server.url}/shop.git").__enter__()
        assert other.given == []


@pytest.mark.parametrize(
    "url",
    ["ext::sh -c id", "-u", "ssh://host/x", "git@host:x", "http://", "http://h/a/../b", "http://h:x/"],
)
def test_other_urls_are_refused(sandbox: Sandbox, settings: Settings, url: str) -> None:
    with pytest.raises(SourceUnavailableError, match="is no http, https or file URL"):
        fetch(sandbox, settings, url, None, None).__enter__()


def test_a_password_in_the_url_is_refused_and_not_repeated(sandbox: Sandbox, settings: Settings) -> None:
    with pytest.raises(SourceUnavailableError, match="use a credential") as told:
        fetch(sandbox, settings, f"https://ann:{SECRET}@example.org/x", None, None).__enter__()
    assert SECRET not in str(told.value)


def test_an_unknown_credential_is_told(sandbox: Sandbox, settings: Settings) -> None:
    with pytest.raises(SourceUnavailableError, match="no credential 'host'"):
        fetch(sandbox, settings, "https://example.org/x").__enter__()


def test_a_source_of_no_known_kind_is_told(sandbox: Sandbox, settings: Settings) -> None:
    with (
        pytest.raises(SourceUnavailableError, match="without `path` or `git`"),
        checkout({}, ref=None, project_id="shop", sandbox=sandbox, settings=settings),
    ):
        pass


@pytest.mark.parametrize("bare", [True, False])
def test_a_repository_of_this_host_is_a_git_source_too(
    sandbox: Sandbox, settings: Settings, repository: Path, bare: bool
) -> None:
    if bare:
        git(repository, "clone", "--quiet", "--bare", ".", str(repository.parent / "a bare one.git"))
        repository = repository.parent / "a bare one.git"
    head = git(repository, "rev-parse", "HEAD")
    with fetch(sandbox, settings, f"file://{repository}".replace(" ", "%20"), None, None) as workspace:
        assert (workspace.commit, workspace.dirty) == (head, False)
        assert workspace.files() == [".gitignore", "app.py"]


def test_a_repository_of_this_host_outside_of_the_roots_or_without_commits_is_refused(
    sandbox: Sandbox, settings: Settings, project: Path
) -> None:
    with pytest.raises(SourceUnavailableError, match="outside of CALLBOARD_WORKSPACE_ROOTS"):
        fetch(sandbox, settings, "file:///etc", None, None).__enter__()
    with pytest.raises(SourceUnavailableError, match="is no git repository with a branch, tag or commit named 'HEAD'"):
        fetch(sandbox, settings, f"file://{project}", None, None).__enter__()
