"""Tests of `callboard check` against a running `up`: the newcomer's one command."""

import json
import re
from pathlib import Path

from tests.cli.conftest import Type, Up

ALL = {"code_review", "complexity", "security_scan", "testing", "type_check"}


def test_a_folder_never_seen_before_is_one_table_and_the_right_exit_code(typed: Type, shop: Path) -> None:
    result = typed("check", str(shop))
    assert result.exit_code == 1
    rows = {line.split()[0]: line for line in result.stdout.splitlines() if line.split()[:1] and line.split()[0] in ALL}
    assert set(rows) == ALL
    assert "fail" in rows["code_review"]
    assert re.search(r"warning +new +F401 +src/shop/cart.py:3 ", result.stdout)


def test_the_same_folder_again_is_the_same_project(typed: Type, shop: Path) -> None:
    first = json.loads(typed("check", str(shop), "--json", "--exit-zero").stdout)
    second = json.loads(typed("check", f"{shop}/../{shop.name}", "--json", "--exit-zero").stdout)
    assert first["project_id"] == second["project_id"] == shop.name
    assert all(operation["result"]["delta"]["new"] == 0 for operation in second["operations"])


def test_an_empty_folder_is_undecided_not_green(typed: Type, up: Up) -> None:
    folder = up.root / "nothing"
    folder.mkdir()
    result = typed("check", str(folder))
    assert result.exit_code == 3
    assert "inconclusive" in result.stdout


def test_a_folder_outside_the_allowed_ones_tells_how_to_allow_it(typed: Type, tmp_path: Path) -> None:
    result = typed("check", str(tmp_path))
    assert result.exit_code == 3
    assert "source_unavailable" in result.stdout
    assert f"callboard up --root {tmp_path}" in result.stderr


def test_what_is_neither_folder_nor_url_is_refused(typed: Type) -> None:
    result = typed("check", "no/such/place")
    assert result.exit_code == 2
    assert "no/such/place is no folder here and no git URL" in result.stderr


def test_many_findings_are_cut_and_the_way_to_the_rest_is_told(typed: Type, up: Up) -> None:
    folder = up.root / "many"
    folder.mkdir()
    (folder / "module.py").write_text("".join(f"import module_{number}\n" for number in range(30)))
    result = typed("check", str(folder))
    assert result.stdout.count("F401") == 20
    assert "more findings; `callboard operations show ID` has those of one operation:" in result.stdout


def test_what_no_worker_offers_is_left_out_and_said(typed: Type, up: Up) -> None:
    folder = up.root / "lonely"
    folder.mkdir()
    typed("projects", "add", "lonely", "--path", str(folder))
    typed("agents", "add", "Dreamer", "-c", "dreaming")
    typed("agents", "assign", "dreamer", "lonely")
    result = typed("check", str(folder), "--json")
    assert "dreaming is left out: no live worker offers it" in result.stderr
    assert {operation["capability"] for operation in json.loads(result.stdout)["operations"]} == ALL
