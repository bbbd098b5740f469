"""Puts the built dashboard into wheels and source distributions; an editable install is left to `make install`."""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DashboardHook(BuildHookInterface[Any]):
    """Builds the dashboard before its files are collected."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds it, and names the folder that version control ignores."""
        if version == "editable":
            return
        runpy.run_path(str(Path(self.root, "dashboard", "build.py")))["build"]()
        build_data["artifacts"].append("/web/static/dashboard/")
