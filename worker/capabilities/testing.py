"""The capability testing: the project's own tests with pytest, and how much of it they cover."""

import re
import sys
from dataclasses import replace
from pathlib import Path

from pydantic import Field

from callboard.capabilities import Result, capability
from callboard.findings import fingerprinted
from callboard.lifecycle import Verdict
from callboard.settings import current
from worker.confined import project_path, read_confined
from worker.confinement.run import Completed
from worker.context import Context
from worker.environment import environment
from worker.formats.junit import Case, failures, read_junit, tally, told_tests
from worker.formats.untrusted_xml import parse_xml
from worker.review import UNHURRIED, ReviewParameters, crashed, files_under, is_own_module, named, targets
from worker.workspace import Workspace

NO_TESTS, INTERRUPTED, USAGE = 5, 2, 4
MISSING = re.compile(r"No module named '([\w.]+)'")
ENDS = ("covered", "valid")


class TestingParameters(ReviewParameters):
    """Which tests run, and whether coverage is measured."""

    select: str = Field(
        "", max_length=500, description="Only tests whose name or marker fits, as in pytest's -k: `cart and not slow`."
    )
    coverage: bool = Field(True, description="Whether to measure which lines the tests run.")


@capability("testing", parameters=TestingParameters, timeout=900, risk="execute")
def testing(workspace: Workspace, parameters: TestingParameters, context: Context) -> Result:
    """Runs the project's tests with pytest, without a network.

    A failed test is an error and makes the verdict fail. The verdict is inconclusive where no test was found, all were
    skipped, or packages that the tests need are not installed.
    """
    if not files_under(workspace, parameters.paths, ".py"):
        return _inconclusive("there is no Python file here")
    done = _run(workspace, parameters, interpreter(workspace, context))
    context.log.info("pytest ended with exit code %s\n%s%s", done.returncode, done.text, done.error_text)
    missing = _missing(workspace, done.text + done.error_text)
    report = read_confined(workspace.scratch, "junit.xml")
    if done.returncode == USAGE and missing:
        return _inconclusive(_needs(missing))
    if done.returncode not in (0, 1, INTERRUPTED, NO_TESTS) or report is None:
        raise crashed("pytest", done)
    context.artifact("junit.xml", report, "application/xml")
    return _judged(workspace, context, [_placed(case, workspace) for case in read_junit(report)], done, missing)


def interpreter(workspace: Workspace, context: Context) -> Path | None:
    """The Python that has the project's dependencies; None where the worker's own has to serve.

    Raises DependenciesError where they could not be installed.
    """
    if not context.policy.get("network_setup"):
        return None
    return environment(workspace, settings=current())


def _run(workspace: Workspace, parameters: TestingParameters, python: Path | None) -> Completed:
    report = ["-p", "no:cacheprovider", "-o", "junit_family=xunit1", f"--junitxml={workspace.scratch / 'junit.xml'}"]
    coverage = ["--cov", f"--cov-report=xml:{workspace.scratch / 'coverage.xml'}"] if parameters.coverage else []
    chosen = [f"-k{parameters.select}"] if parameters.select else []
    paths = targets(parameters.paths) if parameters.paths else []
    env = {"PYTHONDONTWRITEBYTECODE": "1", "COVERAGE_FILE": str(workspace.scratch / "coverage.sqlite")}
    if (workspace.path / "src").is_dir():
        env["PYTHONPATH"] = str(workspace.path / "src")
    if python is None:
        # The plugins of the worker's own environment are not the project's, all but the one for coverage.
        env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        report += ["-p", "pytest_cov"]
    return workspace.run(
        [str(python or sys.executable), "-m", "pytest", "--color=no", *report, *coverage, *chosen, *paths],
        env=env,
        readable=[python.parent.parent] if python else [],
        seconds=UNHURRIED,
    )


def _placed(case: Case, workspace: Workspace) -> Case:
    # pytest counts lines from 0, and names the module instead of the file where it could not be imported.
    file = case.file or (case.name if case.classname == "" else case.classname).replace(".", "/") + ".py"
    inside = project_path(file, workspace.path)
    return replace(case, file=inside, line=None if case.line is None else case.line + 1)


def _judged(workspace: Workspace, context: Context, cases: list[Case], done: Completed, missing: list[str]) -> Result:
    findings = fingerprinted(failures(cases))
    metrics, sentences = tally(cases), [told_tests(cases)]
    blocked = bool(missing) and not metrics["failed"] and all(_is_blocked(workspace, case) for case in cases)
    if blocked:
        verdict, sentences = Verdict.INCONCLUSIVE, [told_tests(cases), _needs(missing)]
    elif findings:
        verdict = Verdict.FAIL
    elif done.returncode not in (0, NO_TESTS):
        verdict = Verdict.FAIL
        sentences.append(str(crashed("pytest", done)))
    elif not metrics["passed"]:
        verdict, sentences = Verdict.INCONCLUSIVE, ["pytest ran no test" if not cases else "every test was skipped"]
    else:
        verdict = Verdict.PASS
    covered = _coverage(workspace, context) if metrics["passed"] or metrics["failed"] else None
    if covered is not None:
        metrics["coverage"] = covered
        sentences.append(f"{covered} % covered")
    return Result(verdict=verdict, summary="; ".join(sentences), metrics=metrics, findings=findings)


def _is_blocked(workspace: Workspace, case: Case) -> bool:
    """Whether a case did not fail by the project's fault: it passed, was skipped, or lacked a foreign package."""
    return case.outcome in ("passed", "skipped") or bool(_missing(workspace, case.detail))


def _missing(workspace: Workspace, text: str) -> list[str]:
    modules = sorted({module.partition(".")[0] for module in MISSING.findall(text)})
    return [module for module in modules if not is_own_module(workspace, module)]


def _needs(missing: list[str]) -> str:
    return (
        f"the tests need packages that are not installed here: {named(missing)}; "
        "allow the project's policy.network_setup to install its dependencies"
    )


def _inconclusive(sentence: str) -> Result:
    return Result(verdict=Verdict.INCONCLUSIVE, summary=sentence, metrics=tally([]))


def _coverage(workspace: Workspace, context: Context) -> float | None:
    report = read_confined(workspace.scratch, "coverage.xml")
    if report is None:
        return None
    root = parse_xml(report)
    try:
        hit, valid = (sum(int(root.get(f"{kind}-{end}", "0")) for kind in ("lines", "branches")) for end in ENDS)
    except ValueError:
        return None
    context.artifact("coverage.xml", report, "application/xml")
    return round(100 * hit / valid, 1) if valid else None
