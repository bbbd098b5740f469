import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { Refused, list, operation, serve, small } from "../../testing/api";
import { show } from "../../testing/show";
import type { AgentOperation } from "../../types/project";
import { page } from "../operation";

const finding = (fingerprint: string, changes: object = {}) => ({
  rule: `R${fingerprint}`,
  message: `Problem ${fingerprint}`,
  severity: "warning",
  path: "src/cart.py",
  line: 3,
  column: 8,
  snippet: "import json",
  help_uri: "https://example.org/rule",
  fingerprint,
  ...changes,
});
const result = (...findings: object[]) => ({ summary: `${findings.length} findings`, metrics: { findings: findings.length }, findings });
const now = operation({ id: "02", verdict: "fail", finished_at: "2026-01-25T00:00:00Z", result: result(finding("a"), finding("b", { help_uri: "javascript:alert(1)", severity: "odd" })) });
const before = operation({ id: "01", verdict: "fail", finished_at: "2026-01-24T00:00:00Z", result: result(finding("b"), finding("c")) });

function answers(shown: AgentOperation) {
  const frame = { type: "agent_operation", project_id: "shop", seq: 3, payload: { project_id: "shop", agent_id: "reviewer", operation: shown } };
  return {
    ...small(),
    [`GET operations/${shown.id}`]: shown,
    [`GET operations/${shown.id}/events`]: list(frame),
    [`GET operations/${shown.id}/artifacts`]: list({ name: "log.txt", media_type: "text/plain", size: 2_048, sha256: "0" }),
    [`GET operations/${shown.id}/artifacts/log.txt`]: "the log's end",
    "GET operations": list(now, before),
    "GET operations/01": before,
  };
}

describe("the operation page", () => {
  it("tells what is new, known and fixed among the findings", async () => {
    serve(answers(now));
    show(page, "/operations/02");
    const tabs = within(await screen.findByRole("group", { name: "Findings" }));
    await tabs.findByText("fixed 1");
    expect(screen.getByText("2 findings")).toBeInTheDocument();
    await userEvent.click(tabs.getByText("new 1"));
    expect(screen.getByText("Problem a")).toBeInTheDocument();
    expect(screen.queryByText("Problem b")).toBeNull();
    await userEvent.click(tabs.getByText("fixed 1"));
    expect(screen.getByText("Problem c")).toBeInTheDocument();
  });

  it("calls nothing fixed where an operation is inconclusive, and says that it could not look", async () => {
    const blind = operation({ ...now, verdict: "inconclusive", result: result() });
    serve({ ...answers(blind), "GET operations": list(blind, before) });
    show(page, "/operations/02");
    expect(await screen.findByText("It could not look; what was found before is still open.")).toBeInTheDocument();
    const tabs = within(screen.getByRole("group", { name: "Findings" }));
    expect(tabs.getAllByRole("button").map((tab) => tab.textContent)).toEqual(["all 0"]);
    expect(screen.queryByText("Problem c")).toBeNull();
  });

  it("compares with the newest operation that judged, past one that could not look", async () => {
    const blind = operation({ id: "015", verdict: "inconclusive", finished_at: "2026-01-24T12:00:00Z", result: result() });
    serve({ ...answers(now), "GET operations": list(now, blind, before), "GET operations/015": blind });
    show(page, "/operations/02");
    expect(await screen.findByText("fixed 1")).toBeInTheDocument();
  });

  it("counts as the result does where it holds the first findings only, and says so", async () => {
    const findings = [finding("b", { state: "known" }), finding("d", { state: "known" })];
    const cut = operation({ ...now, result: { ...result(...findings), truncated: true, delta: { new: 0, known: 259, fixed: 1 } } });
    serve(answers(cut));
    show(page, "/operations/02");
    const tabs = within(await screen.findByRole("group", { name: "Findings" }));
    expect(tabs.getAllByRole("button").map((tab) => tab.textContent)).toEqual(["all 260", "new 0", "known 259", "fixed 1"]);
    expect(screen.getByText("The first 2 of 259; all of them are in result.json.")).toBeInTheDocument();
    await userEvent.click(tabs.getByText("fixed 1"));
    expect(await screen.findByText("1 more is not among the first findings that an operation keeps.")).toBeInTheDocument();
    expect(screen.queryByText("Problem c")).toBeNull();
  });

  it("shows a suppressed finding as suppressed, and the operation still as fail", async () => {
    const ledger = { ...list({ fingerprint: "a" }), counts: { new: 0, open: 0, fixed: 0, suppressed: 1 } };
    serve({ ...answers(now), "GET projects/shop/findings": ledger });
    show(page, "/operations/02");
    const tabs = within(await screen.findByRole("group", { name: "Findings" }));
    await userEvent.click(await tabs.findByText("suppressed 1"));
    expect(screen.getByText("Problem a")).toBeInTheDocument();
    expect(screen.queryByText("Problem b")).toBeNull();
    expect((await screen.findAllByText("completed · fail (2)"))[0]).toHaveAttribute("data-tone", "problem");
  });

  it("narrows the findings by severity", async () => {
    const grave = operation({ ...now, result: result(finding("a", { severity: "error" }), finding("b")) });
    serve(answers(grave));
    show(page, "/operations/02");
    await userEvent.selectOptions(await screen.findByLabelText("Severity"), "error");
    expect(screen.getByText("Problem a")).toBeInTheDocument();
    expect(screen.queryByText("Problem b")).toBeNull();
    await userEvent.selectOptions(screen.getByLabelText("Severity"), "note");
    expect(screen.getByText("Nothing here is like that.")).toBeInTheDocument();
  });

  it("gives its whole id to be copied", async () => {
    serve(answers(now));
    show(page, "/operations/02");
    await userEvent.click(await screen.findByRole("button", { name: "Copy 02" }));
    expect(await navigator.clipboard.readText()).toBe("02");
  });

  it("links only to pages of the web", async () => {
    serve(answers(now));
    show(page, "/operations/02");
    expect(await screen.findByRole("link", { name: "Ra" })).toHaveAttribute("href", "https://example.org/rule");
    expect(screen.queryByRole("link", { name: "Rb" })).toBeNull();
  });

  it("shows the log's end and the files", async () => {
    serve(answers(now));
    show(page, "/operations/02");
    expect(await screen.findByText(/the log's end/)).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "log.txt" })).toHaveAttribute("href", "/api/v1/operations/02/artifacts/log.txt");
    expect(screen.getByText("2.0 KB")).toBeInTheDocument();
  });

  it("reruns it, and goes there", async () => {
    serve({ ...answers(now), "POST operations/02/rerun": operation({ id: "03", rerun_of: "02" }), "GET operations/03": operation({ id: "03", rerun_of: "02" }) });
    show(page, "/operations/02");
    await userEvent.click(await screen.findByRole("button", { name: "Rerun" }));
    await waitFor(() => expect(screen.getByLabelText("Address")).toHaveTextContent("/operations/03"));
    expect(await screen.findByText("Operation started")).toBeInTheDocument();
    expect(await screen.findByRole("link", { name: "an earlier operation" })).toBeInTheDocument();
  });

  it("cancels what runs, and says that it is asked to", async () => {
    const running = operation({ id: "02", status: "running", verdict: null, finished_at: null, duration_ms: null, progress: { done: 1, total: 2, text: "reading" } });
    const asked = { ...running, seq: 4, cancel_requested_at: "2026-01-24T20:00:05Z" };
    serve({ ...answers(running), "POST operations/02/cancel": asked });
    show(page, "/operations/02");
    expect(await screen.findByText("reading")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
    expect(await screen.findByRole("button", { name: "Cancelling" })).toBeDisabled();
  });

  it("shows a failure's reason and error, and a refusal in its own words", async () => {
    const failed = operation({ id: "02", status: "failed", verdict: null, reason: "worker_lost", error: "The worker went away" });
    serve({ ...answers(failed), "POST operations/02/rerun": new Refused(409, "The project is archived") });
    show(page, "/operations/02");
    expect((await screen.findAllByText("failed · worker lost"))[0]).toHaveAttribute("data-tone", "bad");
    expect(screen.getAllByText("The worker went away")[0]).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Rerun" }));
    expect(await screen.findByText("The project is archived")).toBeInTheDocument();
  });

  it("says that there is no such operation, with the way to those that there are", async () => {
    serve(small());
    show(page, "/operations/02");
    expect(await screen.findByRole("heading", { level: 1, name: "There is no such operation" })).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "All operations" })).toHaveAttribute("href", "/operations");
    expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
  });

  it.each([
    [{ wait_reason: "limit", wait_detail: "2 operations of agent 'reviewer' run" }, "2 operations of agent 'reviewer' run"],
    [{ wait_reason: "no_worker_for_capability" }, "No live worker offers it."],
    [{ wait_reason: "scheduled", wait_detail: "It is due at 2199-01-01T00:00:00Z.", run_at: new Date(Date.now() + 7_250_000).toISOString() }, "It is due in 2 hr."],
  ])("says why it waits: %j", async (why, sentence) => {
    serve(answers(operation({ id: "02", status: "pending", verdict: null, attempt: 0, ...why })));
    const { container } = show(page, "/operations/02");
    await waitFor(() => expect(container.querySelector(".note")).toHaveTextContent(sentence));
  });

  it("tells an attempt's error on the step that ended it alone, and what still goes on", async () => {
    const step = (seq: number, status: "pending" | "running", error: string | null) => operation({ id: "02", seq, status, verdict: null, error, timestamp: new Date().toISOString() });
    const steps = [step(1, "pending", null), step(2, "running", null), step(3, "pending", "It broke"), step(4, "running", "It broke")];
    const frames = steps.map((one) => ({ type: "agent_operation", project_id: "shop", seq: one.seq, payload: { project_id: "shop", agent_id: "reviewer", operation: one } }));
    serve({ ...answers(steps[3] as AgentOperation), "GET operations/02/events": list(...frames) });
    show(page, "/operations/02");
    const timeline = within(await screen.findByRole("region", { name: "Timeline" }));
    expect(await timeline.findAllByText(/^running for/)).toHaveLength(1);
    expect(timeline.getAllByRole("listitem").map((item) => item.textContent?.includes("It broke"))).toEqual([false, false, true, false]);
  });

  it("says why an operation cannot be shown, and tries again", async () => {
    let calls = 0;
    serve({ ...answers(now), "GET operations/02": () => (calls++ === 0 ? new Refused(403, "This key may not read it") : now) });
    show(page, "/operations/02");
    expect(await screen.findByText("This key may not read it")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("2 findings")).toBeInTheDocument();
  });
});
