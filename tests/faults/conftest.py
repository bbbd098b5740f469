"""Stacks of their own for the trials, started from one template."""

from pathlib import Path

import pytest

from faults.stack import make_template


@pytest.fixture(scope="package")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Servers filled once, and the admin key; every trial starts from a copy."""
    folder = tmp_path_factory.mktemp("template")
    return folder, make_template(folder)
