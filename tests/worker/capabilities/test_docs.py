"""Tests that docs/capabilities.md tells the truth: its example runs, and its table is what workers offer."""

import os
import re
import subprocess
import sys
from pathlib import Path

from worker.catalogue import discover

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/capabilities.md").read_text(encoding="utf-8")


def test_the_table_names_every_capability_and_its_parameters() -> None:
    rows = {row[1]: row[0] for row in re.finditer(r"^\| `(\w+)` \|.*$", PAGE.partition("## Verdicts")[0], re.MULTILINE)}
    capabilities = discover()
    assert rows.keys() == capabilities.keys()
    for name, item in capabilities.items():
        own = item.parameters.model_fields.keys() - {"paths"}
        assert all(f"`{field}`" in rows[name] for field in own)


def test_the_example_and_its_test_run(tmp_path: Path) -> None:
    handler, test = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "licence_headers.py").write_text(handler)
    (tmp_path / "test_licence_headers.py").write_text(test)
    assert "licence_headers" in discover(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path],
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
