"""What every built-in capability keeps to, whatever folder it is given; no list of them stands here."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import jsonschema
import pytest

from callboard.errors import CapabilityError, InvalidParametersError
from callboard.lifecycle import Verdict
from worker.catalogue import discover
from worker.confinement.run import Completed
from worker.workspace import Workspace

CAPABILITIES = discover()
REVIEWING = [name for name, item in CAPABILITIES.items() if "paths" in item.parameters.model_fields]
Fill = Callable[[Path], None]
STRANGE = "größe & more/test_ünï côde.py"
DEFECTS = """
import os


def shape(x: int) -> str:
    for a in range(x):
        if a:
            while a:
                if x:
                    if a > 3:
                        if a > 4:
                            a -= 1
    return x


def test_shape():
    assert eval("1") == 2
"""


def empty(folder: Path) -> None:
    pass


def broken_syntax(folder: Path) -> None:
    (folder / "bad.py").write_text("def broken(:\n    pass\n")


def javascript(folder: Path) -> None:
    (folder / "index.js").write_text("export const shop = 1;\n")


def binary(folder: Path) -> None:
    (folder / "data.py").write_bytes(bytes(range(256)))


def strange_names(folder: Path) -> None:
    (folder / STRANGE).parent.mkdir()
    (folder / STRANGE).write_text(DEFECTS)


def undecodable_name(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/test_caf\xe9.py")).write_text(DEFECTS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "a project"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("fill", [empty, broken_syntax, javascript, binary])
@pytest.mark.parametrize("name", CAPABILITIES)
def test_what_could_not_be_looked_at_never_passes(
    perform, folder: Path, name: str, fill: Callable[[Path], None]
) -> None:
    fill(folder)
    done = perform(name, folder)
    assert done.result.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE)
    assert done.result.summary
    assert {"findings", "files"} <= done.result.metrics.keys()


@pytest.mark.parametrize("fill", [empty, javascript])
@pytest.mark.parametrize("name", CAPABILITIES)
def test_no_file_of_its_language_is_inconclusive(
    perform, folder: Path, name: str, fill: Callable[[Path], None]
) -> None:
    fill(folder)
    result = perform(name, folder).result
    assert (result.verdict, result.findings) == (Verdict.INCONCLUSIVE, [])
    assert " no " in f" {result.summary} "


@pytest.mark.parametrize("name", CAPABILITIES)
def test_names_with_spaces_and_umlauts_are_looked_at(perform, folder: Path, name: str) -> None:
    strange_names(folder)
    done = perform(name, folder)
    assert done.result.verdict is Verdict.FAIL
    assert {finding.path for finding in done.result.findings} == {STRANGE}
    assert len({finding.fingerprint for finding in done.result.findings}) == len(done.result.findings)
    if "results.sarif" in done.artifacts:
        [uri] = {
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            for run in json.loads(done.artifacts["results.sarif"])["runs"]
            for result in run["results"]
        }
        assert uri == "gr%C3%B6%C3%9Fe%20%26%20more/test_%C3%BCn%C3%AF%20c%C3%B4de.py"


@pytest.mark.parametrize("name", CAPABILITIES)
def test_a_name_that_is_no_unicode_never_passes(perform, folder: Path, name: str) -> None:
    undecodable_name(folder)
    with suppress(CapabilityError):
        result = perform(name, folder).result
        assert result.verdict is not Verdict.PASS
        assert result.model_dump_json()


@pytest.mark.parametrize("name", CAPABILITIES)
def test_it_tells_people_what_it_does_and_takes(name: str) -> None:
    schema = CAPABILITIES[name].parameters.model_json_schema()
    assert CAPABILITIES[name].description
    assert schema["type"] == "object"
    assert all(field.get("description") for field in schema.get("properties", {}).values())


@pytest.mark.parametrize("name", REVIEWING)
def test_an_unknown_parameter_is_refused(name: str) -> None:
    with pytest.raises(InvalidParametersError, match="surprise"):
        CAPABILITIES[name].parse({"surprise": 1})


@pytest.mark.parametrize("path", ["..", "../shop", "/etc", "a/../../b", "a\\b", "a\x00b", "a//b", ""])
@pytest.mark.parametrize("name", REVIEWING)
def test_a_path_out_of_the_project_is_refused(name: str, path: str) -> None:
    capability = CAPABILITIES[name]
    with pytest.raises(InvalidParametersError):
        capability.parse({"paths": [path]})
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"paths": [path]}, capability.parameters.model_json_schema())


@pytest.mark.parametrize("path", [".", "src", "src/", "./src/shop", "a b/..c/.d.py", "-r"])
@pytest.mark.parametrize("name", REVIEWING)
def test_a_path_in_the_project_is_allowed(name: str, path: str) -> None:
    capability = CAPABILITIES[name]
    capability.parse({"paths": [path]})
    jsonschema.validate({"paths": [path]}, capability.parameters.model_json_schema())


@pytest.mark.parametrize("name", REVIEWING)
def test_a_path_that_is_not_there_is_said(perform, shop: Path, name: str) -> None:
    with pytest.raises(InvalidParametersError, match="'nowhere' is not in the project"):
        perform(name, shop, paths=["nowhere"])


@pytest.mark.parametrize("name", REVIEWING)
def test_moved_lines_keep_their_fingerprints(perform, shop: Path, name: str) -> None:
    before = [finding.fingerprint for finding in perform(name, shop).result.findings]
    for file in [*shop.rglob("src/shop/*.py"), *shop.rglob("test_*.py")]:
        file.write_text("# moved\n\n\n" + file.read_text())
    after = [finding.fingerprint for finding in perform(name, shop).result.findings]
    assert before == after != []


@pytest.mark.parametrize("name", [name for name in REVIEWING if CAPABILITIES[name].risk != "execute"])
def test_a_tool_that_ends_as_none_should_is_an_error_with_its_last_words(
    perform, folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "module.py").write_text("x = 1\n")
    died = Completed(("tool",), 101, b"", b"thread panicked\n")
    monkeypatch.setattr(Workspace, "run", lambda self, argv, **options: died)
    with pytest.raises(CapabilityError, match=r"ended with exit code 101: thread panicked"):
        perform(name, folder)
