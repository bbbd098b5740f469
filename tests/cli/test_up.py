import os
import socket
import subprocess
import sys
from pathlib import Path

UP = (sys.executable, "-c", "from cli.main import app; app()", "up", "--data")


def refused(folder: Path, *options: str) -> str:
    environment = {"PATH": os.defpath, "PYTHONPATH": os.getcwd()}
    command = (*UP, str(folder), *options)
    result = subprocess.run(command, env=environment, cwd=folder.parent, capture_output=True, text=True, timeout=60)
    assert result.returncode == 2
    assert result.stdout == ""
    return result.stderr


def test_a_port_in_use_is_a_sentence_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sentence = f"callboard: port {port} of 127.0.0.1 is in use: end what listens there, or name another with"
        assert refused(tmp_path / "data", "--port", str(port)) == f"{sentence} --port\n"
        assert refused(tmp_path / "data", "--flower-port", str(port)) == f"{sentence} --flower-port\n"
    assert not (tmp_path / "data" / "postgres").exists()
