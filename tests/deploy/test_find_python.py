import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path("deploy/find-python.sh").resolve()


def find(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ("/bin/sh", str(SCRIPT)), env={"PATH": str(path)}, capture_output=True, text=True, check=False
    )


def put(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_a_python_with_another_name_is_found(tmp_path: Path) -> None:
    put(tmp_path, "python3.12", f'exec "{sys.executable}" "$@"')
    assert find(tmp_path).stdout.strip() == str(tmp_path / "python3.12")


def test_a_shim_that_refuses_to_run_is_passed_over(tmp_path: Path) -> None:
    put(tmp_path, "python3", "echo 'no such version' >&2; exit 127")
    put(tmp_path, "python3.11", f'exec "{sys.executable}" "$@"')
    assert find(tmp_path).stdout.strip() == str(tmp_path / "python3.11")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            'case "$2" in *python_version*) echo 3.9.2;; *) exit 11;; esac',
            "found only 3.9.2: install python3 and python3-venv",
        ),
        ("exit 12", "Callboard needs Linux with glibc, or macOS"),
        ('case "$2" in *version_info\\[*) echo 3.12;; *) exit 13;; esac', "apt install python3.12-venv"),
    ],
)
def test_a_lack_is_one_sentence_that_says_what_to_install(tmp_path: Path, answer: str, sentence: str) -> None:
    put(tmp_path, "python3", answer)
    result = find(tmp_path)
    assert result.returncode == 1
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1


def test_no_python_at_all_is_one_sentence(tmp_path: Path) -> None:
    assert find(tmp_path).stderr.startswith("Callboard needs Python 3.11 or newer: install python3")
