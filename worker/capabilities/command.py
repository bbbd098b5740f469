"""The capability command: runs the argv of an agent of kind `command`, and reads its JSON, SARIF or JUnit."""

import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from callboard.capabilities import Result, capability
from callboard.errors import CapabilityError
from callboard.findings import fingerprinted
from callboard.lifecycle import Verdict
from worker.confined import project_path, read_confined
from worker.confinement.run import Completed
from worker.context import Context
from worker.formats.junit import failures, read_junit, tally, told_tests
from worker.formats.sarif import Tool, read_sarif
from worker.review import UNHURRIED, Review, conclude, crashed
from worker.workspace import Workspace

REPORT = "{report}"


class Command(BaseModel):
    """What an agent of kind `command` runs for one capability; `timeout` is in seconds.

    `suffixes` are those of the files that it looks at: without such a file the verdict is inconclusive.
    """

    model_config = ConfigDict(extra="forbid")

    argv: list[str] = Field(min_length=1)
    reads: Literal["json", "sarif", "junit"] = "json"
    file: str = Field("", pattern=r"^[\w.-]*$")
    suffixes: tuple[str, ...] = ()
    timeout: float | None = Field(None, gt=0)


class CommandParameters(BaseModel):
    """Whatever the agent's command understands; it is handed on as it is."""

    model_config = ConfigDict(extra="allow")


@capability("command", parameters=CommandParameters, timeout=900, risk="execute")
def command(workspace: Workspace, parameters: CommandParameters, context: Context) -> Result:
    """Runs the agent's own command in the project's folder, in the sandbox.

    It gets the operation as JSON on standard input. What it prints, or writes to the file that its settings name, is
    read as a result in JSON, as SARIF or as JUnit XML. JSON needs exit code 0; SARIF and JUnit allow 1 as well.
    """
    settings = _settings(context)
    report = workspace.scratch / (settings.file or "report")
    argv = [part.replace(REPORT, str(report)) for part in settings.argv]
    done = workspace.run(argv, seconds=settings.timeout or UNHURRIED, stdin=_operation(parameters, context))
    context.log.info("%s ended with exit code %s\n%s", argv[0], done.returncode, done.error_text)
    if done.returncode not in ((0,) if settings.reads == "json" else (0, 1)):
        raise crashed(argv[0], done)
    output = read_confined(workspace.scratch, report.name) if settings.file else done.stdout
    if not output or (done.truncated and not settings.file):
        place = f"the file {settings.file}" if settings.file else "its standard output"
        raise CapabilityError(f"{argv[0]} left nothing, or too much, in {place}; {settings.reads} was expected.")
    return READERS[settings.reads](workspace, context, output, done)


def _settings(context: Context) -> Command:
    commands = context.agent.settings.get("commands")
    if not isinstance(commands, dict) or context.capability not in commands:
        raise CapabilityError(
            f"The agent {context.agent.id} has no command for {context.capability!r}; "
            "set settings.commands.<capability>.argv."
        )
    try:
        return Command.model_validate(commands[context.capability])
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise CapabilityError(f"settings.commands.{context.capability} is wrong: {told}") from error


def _operation(parameters: CommandParameters, context: Context) -> bytes:
    operation = {
        "operation_id": context.operation_id,
        "attempt": context.attempt,
        "project_id": context.project_id,
        "agent_id": context.agent.id,
        "capability": context.capability,
        "parameters": parameters.model_dump(mode="json"),
    }
    return json.dumps(operation).encode()


def _read_json(workspace: Workspace, context: Context, output: bytes, done: Completed) -> Result:
    try:
        result = Result.model_validate_json(output)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        place = ".".join(map(str, problem["loc"])) or "the document"
        raise CapabilityError(f"The output is not a result in JSON: {place}: {problem['msg']}") from error
    placed = [
        item.model_copy(update={"path": project_path(item.path, workspace.path) if item.path else "", "excerpt": None})
        for item in result.findings
    ]
    metrics: dict[str, int | float] = {"findings": len(placed)}
    return result.model_copy(update={"findings": fingerprinted(placed), "metrics": metrics | result.metrics})


def _read_sarif(workspace: Workspace, context: Context, output: bytes, done: Completed) -> Result:
    findings = read_sarif(output, workspace.path)
    files = workspace.files(*_settings(context).suffixes)
    unseen = [] if files else ["there is no file here that the command looks at"]
    if done.returncode and not findings:
        unseen.append(f"the command ended with exit code {done.returncode} but reported nothing")
    tool = Tool(context.capability, "1", "")
    return conclude(workspace, context, Review(tool, findings, len(files), unseen))


def _read_junit(workspace: Workspace, context: Context, output: bytes, done: Completed) -> Result:
    cases = read_junit(output)
    context.artifact("junit.xml", output, "application/xml")
    findings = fingerprinted(
        item.model_copy(update={"path": project_path(item.path, workspace.path) if item.path else ""})
        for item in failures(cases)
    )
    metrics, summary = tally(cases), told_tests(cases)
    verdict = Verdict.FAIL if findings else Verdict.PASS
    if not findings and (done.returncode or not metrics["passed"]):
        verdict = Verdict.INCONCLUSIVE
        summary = f"no test passed or failed, and the command ended with exit code {done.returncode}"
    return Result(verdict=verdict, summary=summary, metrics=metrics, findings=findings)


READERS = {"json": _read_json, "sarif": _read_sarif, "junit": _read_junit}
