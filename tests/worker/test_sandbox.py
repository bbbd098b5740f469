"""What runs in the sandbox gets nothing that it was not given, stays in its limits, and leaves nothing behind."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from callboard.errors import SandboxUnavailableError
from tests.worker.conftest import of_tier
from worker.confinement import bubblewrap, landlock
from worker.confinement.run import Completed, Limits
from worker.sandbox import Sandbox, find_tier

SECRET = "the-admin-key"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tree").mkdir()
    return tmp_path / "tree"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "api-key"
    path.write_text(SECRET)
    path.chmod(0o600)
    return path


def python(sandbox: Sandbox, folder: Path, code: str, limits: Limits | None = None) -> Completed:
    return sandbox.run([sys.executable, "-c", code], cwd=folder, writable=[folder], limits=limits or Limits(seconds=60))


def test_auto_finds_a_tier_that_works() -> None:
    assert find_tier() in ("bubblewrap", "landlock")


def test_a_system_without_sandbox_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(SandboxUnavailableError, match=r"darwin.*Linux"):
        find_tier.__wrapped__("auto")


def test_output_exit_code_and_input_pass_through(sandbox: Sandbox, folder: Path) -> None:
    done = sandbox.run(
        ["sh", "-c", "cat; echo wrong >&2; exit 3"], cwd=folder, writable=[folder], stdin="grüße".encode()
    )
    assert (done.text, done.error_text, done.returncode) == ("grüße", "wrong\n", 3)


def test_a_program_that_does_not_exist_is_told(sandbox: Sandbox, folder: Path) -> None:
    done = sandbox.run(["no-such-program"], cwd=folder, writable=[folder])
    assert (done.returncode, done.error_text) == (127, "no-such-program: No such file or directory\n")


def test_a_deadly_signal_shows_in_the_exit_code(sandbox: Sandbox, folder: Path) -> None:
    assert sandbox.run(["sh", "-c", "kill -SEGV $$"], cwd=folder, writable=[folder]).returncode == 139


def test_a_writable_folder_keeps_what_is_written(sandbox: Sandbox, folder: Path) -> None:
    python(sandbox, folder, "open('made here', 'w').write('yes')")
    assert (folder / "made here").read_text() == "yes"


def test_the_environment_holds_only_what_was_given(
    sandbox: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLBOARD_DATABASE_URL", SECRET)
    done = sandbox.run(["env"], cwd=folder, writable=[folder], env={"GIVEN": "1"})
    names = {line.partition("=")[0] for line in done.text.splitlines()}
    assert names - {"PWD"} == {"PATH", "HOME", "LANG", "TMPDIR", "GIVEN"}


def test_home_and_temporary_folder_can_be_used_and_vanish(sandbox: Sandbox, folder: Path) -> None:
    code = "import os, tempfile; f = os.path.expanduser('~/kept'); open(f, 'w'); tempfile.mkdtemp(); print(f)"
    done = python(sandbox, folder, code)
    assert done.returncode == 0, done.error_text
    assert not Path(done.text.strip()).exists()


def test_a_file_outside_cannot_be_read(sandbox: Sandbox, folder: Path, secret: Path) -> None:
    done = sandbox.run(["cat", str(secret)], cwd=folder, writable=[folder])
    assert done.returncode != 0
    assert SECRET not in done.text + done.error_text


def test_a_link_to_a_file_outside_leads_nowhere(sandbox: Sandbox, folder: Path, secret: Path) -> None:
    (folder / "link").symlink_to(secret)
    done = sandbox.run(["cat", "link"], cwd=folder, writable=[folder])
    assert done.returncode != 0
    assert SECRET not in done.text + done.error_text


def test_a_readable_folder_can_be_read_and_not_written(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "file").write_text("read me")
    done = sandbox.run(
        ["sh", "-c", f"cat {other}/file; echo x > {other}/new"], cwd=folder, writable=[folder], readable=[other]
    )
    assert done.text == "read me"
    assert os.listdir(other) == ["file"]


def test_nothing_can_be_written_outside(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    for place in (tmp_path, Path("/usr"), Path("/etc"), Path("/var/tmp"), Path(sys.prefix)):
        target = place / "callboard-escape"
        sandbox.run(["sh", "-c", f"mkdir -p {place}; echo x > {target}"], cwd=folder, writable=[folder])
        assert not target.exists()


def test_the_workers_environment_cannot_be_read_by_proc(sandbox: Sandbox, folder: Path) -> None:
    with subprocess.Popen(["sleep", "60"], env={"KEY": SECRET}) as holder:
        code = (
            "import glob\nfor p in glob.glob('/proc/*/environ'):\n  try: print(open(p).read())\n  except OSError: pass"
        )
        done = python(sandbox, folder, code + f"\nprint(open('/proc/{holder.pid}/environ').read())")
        holder.kill()
    assert SECRET not in done.text
    assert done.returncode != 0


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield listening


def connecting(server: socket.socket) -> str:
    return f"import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 5); print('in')"


def test_a_server_on_this_host_cannot_be_reached(sandbox: Sandbox, folder: Path, server: socket.socket) -> None:
    assert python(sandbox, folder, connecting(server)).text == ""


def test_with_network_it_can(sandbox: Sandbox, folder: Path, server: socket.socket) -> None:
    done = sandbox.run([sys.executable, "-c", connecting(server)], cwd=folder, writable=[folder], network=True)
    assert done.text == "in\n", done.error_text


@pytest.mark.parametrize("network", [False, True])
@pytest.mark.parametrize("abstract", [False, True])
def test_a_unix_socket_of_the_host_cannot_be_reached(
    sandbox: Sandbox, folder: Path, tmp_path: Path, abstract: bool, network: bool
) -> None:
    address = f"\0callboard-{os.getpid()}" if abstract else os.path.relpath(tmp_path / "socket")
    with closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind(address)
        listening.listen()
        target = address if abstract else str(tmp_path / "socket")
        code = (
            f"import socket, os; os.chdir('/'); s = socket.socket(socket.AF_UNIX); s.connect({target!r}); print('in')"
        )
        done = sandbox.run([sys.executable, "-c", code], cwd=folder, writable=[folder], network=network)
    assert (done.text, done.returncode) == ("", 1)


def test_a_socket_to_the_hypervisor_is_refused(sandbox: Sandbox, folder: Path) -> None:
    done = python(sandbox, folder, "import socket; socket.socket(40, socket.SOCK_STREAM)")
    assert "PermissionError" in done.error_text


def test_etc_serves_names_and_no_more(sandbox: Sandbox, folder: Path) -> None:
    done = python(sandbox, folder, "import pwd; print(pwd.getpwnam('root').pw_uid); open('/etc/shadow')")
    assert done.text == "0\n"
    assert done.returncode == 1


def test_no_file_of_the_worker_stays_open_inside(sandbox: Sandbox, folder: Path, secret: Path) -> None:
    with secret.open() as held:
        os.set_inheritable(held.fileno(), True)
        code = "import os\nfor d in range(3, 256):\n  try: os.fstat(d)\n  except OSError: continue\n  print(d)"
        assert python(sandbox, folder, code).text == ""


def test_root_keeps_no_power_to_change_anything(sandbox: Sandbox, folder: Path) -> None:
    code = (
        "import os\nprint(os.getuid(), os.geteuid())\n"
        "for power in (lambda: os.setuid(0), lambda: os.chown('.', 0, 0), lambda: os.chroot('.'),\n"
        "  lambda: os.nice(-5), lambda: os.mknod('device', 0o20666, os.makedev(1, 1))):\n"
        "  try: power()\n  except OSError: continue\n  print('kept')"
    )
    done = python(sandbox, folder, code)
    assert (done.text, done.returncode) == (f"{sandbox.user or os.getuid()} {sandbox.user or os.getuid()}\n", 0)


@pytest.mark.parametrize("call", [(101, 16, 1), (272, 0x10000000), (310, 1), (425, 1), (321, 0), (56, 0x10000000)])
def test_calls_that_reach_into_others_or_the_kernel_are_refused(
    sandbox: Sandbox, folder: Path, call: tuple[int, ...]
) -> None:
    if os.uname().machine != "x86_64":
        pytest.skip("the numbers are x86_64's")
    code = f"import ctypes; l = ctypes.CDLL(None, use_errno=True); print(l.syscall(*{call}, 0, 0), ctypes.get_errno())"
    assert python(sandbox, folder, code).text == "-1 1\n"


def test_the_worker_and_its_parent_get_no_signal(sandbox: Sandbox, folder: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:
        targets = f"({os.getpid()}, {stranger.pid}, os.getppid())"
        code = f"import os\nfor p in {targets}:\n  try: os.kill(p, 9)\n  except OSError: print('no')"
        done = python(sandbox, folder, code)
        assert stranger.poll() is None
        stranger.kill()
    assert done.text.count("no") >= 2


def test_nobody_else_is_made_the_receiver_of_a_signal(folder: Path) -> None:
    code = f"import fcntl, os; fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, {os.getpid()})"
    assert "PermissionError" in python(of_tier("landlock"), folder, code).error_text


def test_a_landlock_that_does_not_judge_truncation_lets_only_open_files_be_cut(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landlock, "version", lambda: 2)
    code = (
        "import os\nopen('file', 'w').write('kept')\n"
        "for cut in (lambda: os.truncate('file', 0), lambda: os.open('file', os.O_RDONLY | os.O_TRUNC),\n"
        "  lambda: os.open('file', 3 | os.O_TRUNC)):\n"
        "  try: cut()\n  except PermissionError: print(open('file').read())\n"
        "open('file', 'r+').truncate(2); print(open('file').read())"
    )
    done = python(of_tier("landlock"), folder, code)
    assert (done.text.split(), done.error_text) == (["kept", "kept", "kept", "ke"], "")


def test_a_fork_bomb_stops_at_the_limit(sandbox: Sandbox, folder: Path) -> None:
    code = (
        "import os, time\nn = 0\nwhile n < 400:\n  try: pid = os.fork()\n  except OSError: break\n"
        "  if not pid: time.sleep(60)\n  n += 1\nprint(n)"
    )
    done = python(sandbox, folder, code, Limits(seconds=30, processes=40))
    assert 0 < int(done.text) < 60
    assert not done.timed_out


@pytest.mark.quiet
def test_an_endless_fork_bomb_is_gone_after_its_time(sandbox: Sandbox, folder: Path) -> None:
    started = time.monotonic()
    python(
        sandbox,
        folder,
        "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass",
        Limits(seconds=1, processes=30),
    )
    assert time.monotonic() - started < 10
    assert not marked(folder)


def test_a_memory_hog_fails(sandbox: Sandbox, folder: Path) -> None:
    done = python(sandbox, folder, "b'x' * (300 << 20)", Limits(memory_bytes=200 << 20))
    assert "MemoryError" in done.error_text


def test_a_file_stops_at_its_limit(sandbox: Sandbox, folder: Path) -> None:
    python(sandbox, folder, "open('big', 'wb').write(b'x' * (3 << 20))", Limits(file_bytes=1 << 20))
    assert (folder / "big").stat().st_size == 1 << 20


def test_endless_output_is_cut_and_ends_with_the_time(sandbox: Sandbox, folder: Path) -> None:
    limits = Limits(seconds=1, output_bytes=1000)
    done = sandbox.run(["yes"], cwd=folder, writable=[folder], limits=limits)
    assert (len(done.stdout), done.truncated, done.timed_out) == (1000, True, True)


def marked(folder: Path) -> list[str]:
    """The processes that stand in this folder."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and os.readlink(process / "cwd") == str(folder):
                found.append(process.name)
        except OSError:
            continue
    return found


DAEMON = (
    "import os, time\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0:\n"
    "    for d in range(3): os.close(d)\n    open('born', 'w').close(); time.sleep(60)\n  os._exit(0)\n"
    "while not os.path.exists('born'): time.sleep(0.01)\n"
)


def test_a_daemon_is_gone_when_its_program_ends(sandbox: Sandbox, folder: Path) -> None:
    assert python(sandbox, folder, DAEMON).returncode == 0
    assert not marked(folder)


def test_a_daemon_is_gone_after_a_time_out(sandbox: Sandbox, folder: Path) -> None:
    done = python(sandbox, folder, DAEMON + "time.sleep(60)", Limits(seconds=1))
    assert done.timed_out
    assert (folder / "born").exists()
    assert not marked(folder)


@pytest.mark.quiet
def test_a_set_stop_event_ends_the_run_at_once(sandbox: Sandbox, folder: Path) -> None:
    threading.Timer(0.5, sandbox.stop.set).start()
    started = time.monotonic()
    done = sandbox.run(["sleep", "60"], cwd=folder, writable=[folder])
    assert (done.stopped, done.timed_out) == (True, False)
    assert time.monotonic() - started < 0.9


def test_a_stop_ends_all_that_runs_and_what_would(sandbox: Sandbox, folder: Path) -> None:
    threading.Timer(0.5, sandbox.stop.set).start()
    done = python(sandbox, folder, DAEMON + "time.sleep(60)")
    assert done.stopped
    assert not marked(folder)
    assert sandbox.run(["true"], cwd=folder, writable=[folder]).stopped


def test_nothing_starts_after_the_stop(sandbox: Sandbox, folder: Path) -> None:
    sandbox.stop.set()
    done = sandbox.run(["touch", "started"], cwd=folder, writable=[folder])
    assert (done.stopped, os.listdir(folder)) == (True, [])


def test_a_sandbox_dies_with_its_worker(sandbox: Sandbox, folder: Path) -> None:
    code = (
        "import sys, threading, pathlib; from worker.sandbox import Sandbox; p = pathlib.Path(sys.argv[1])\n"
        f"Sandbox({sandbox.tier!r}, threading.Event()).run([sys.executable, '-c', sys.argv[2]], cwd=p, writable=[p])"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(folder), DAEMON + "time.sleep(60)"]) as worker:
        assert eventually((folder / "born").exists)
        worker.kill()
    assert eventually(lambda: not marked(folder))


def test_a_missing_folder_is_the_sandboxs_failure(sandbox: Sandbox, folder: Path) -> None:
    with pytest.raises(SandboxUnavailableError, match="could not start true"):
        sandbox.run(["true"], cwd=folder / "missing", writable=[folder])


def eventually(condition: object, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


def test_a_machine_without_bubblewrap_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.confinement.bubblewrap.program", lambda: None)
    with pytest.raises(SandboxUnavailableError, match=r"install the package `bubblewrap`.*or use a kernel"):
        find_tier.__wrapped__("bubblewrap")


def test_a_machine_of_an_unknown_kind_has_no_landlock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.confinement.seccomp.supported", lambda: False)
    with pytest.raises(SandboxUnavailableError, match="does not know this machine's architecture"):
        find_tier.__wrapped__("landlock")


def test_a_bubblewrap_of_the_system_serves_where_none_came_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.confinement.bubblewrap.bwrap_path", None)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert bubblewrap.program() == "/usr/bin/bwrap"
