import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { list, operation, project, serve, small } from "../../testing/api";
import { ended, failure, ledgerFinding, queue, stats } from "../../testing/insight";
import { show } from "../../testing/show";
import { FakeSocket } from "../../testing/socket";
import { page as failures } from "../failures";
import { page as overview } from "../overview";
import { page as findings } from "../project-findings";
import { page as queues } from "../queues";

const WORKER = { name: "callboard@host", status: "online", capabilities: ["testing"], concurrency: 2 };
const house = (changes: object = {}) => ({
  ...small(),
  "GET operations": list(operation()),
  "GET stats": stats(),
  "GET queues": list(queue()),
  "GET failures": list(),
  "GET workers": list(WORKER),
  ...changes,
});
const ledger = (...items: unknown[]) => ({ ...list(...items), counts: { new: 1, open: 2, fixed: 3, suppressed: 4 } });

describe("the overview", () => {
  it("gives the figures of now, with the way to what they count", async () => {
    serve(house());
    show(overview, "/");
    expect(await screen.findByText("75 %")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: /Running/ })).toHaveAttribute("href", "/operations?status=running");
    expect(screen.getByRole("link", { name: /Pending/ })).toHaveAttribute("href", "/operations?status=pending");
    expect(await screen.findByText("code_review by reviewer")).toBeInTheDocument();
    expect(await screen.findByText("Nothing needs you right now.")).toBeInTheDocument();
  });

  it("shows no green where nothing failed but problems were found", async () => {
    serve(house({ "GET stats": stats({ total: ended({ completed: 2, found_problems: 2, success_rate: 1 }) }) }));
    show(overview, "/");
    const success = await screen.findByRole("link", { name: /Success.*100 %.*0 of 2 failed, 2 with problems/ });
    expect(success).toHaveAttribute("data-tone", "problem");
  });

  it("says in a sentence what each chart shows, and shows it as a table", async () => {
    serve(house());
    show(overview, "/");
    const chart = await screen.findByRole("img", { name: /^Throughput: Ended in the last hour: 2 completed, 1 with problems, 1 failed/ });
    expect(chart).toBeInTheDocument();
    expect(screen.getByRole("img", { name: /^Wait and run: Half waited at most 40 ms and ran at most 1.9 s/ })).toBeInTheDocument();
    await userEvent.click(screen.getAllByRole("button", { name: "View as table" })[0] as HTMLElement);
    const table = within(screen.getByRole("region", { name: "Throughput as a table" }));
    expect(table.getAllByRole("cell").map((cell) => cell.textContent)).toEqual(["2", "1", "1"]);
  });

  it("asks for another stretch of time, which stands in the address", async () => {
    const asked = serve(house());
    show(overview, "/");
    await userEvent.click(await screen.findByRole("button", { name: "24h" }));
    expect(screen.getByLabelText("Address")).toHaveTextContent("/?range=24h");
    expect(await screen.findByText(/Ended in the last 24 hours/)).toBeInTheDocument();
    expect(asked.some(({ path }) => path.includes("buckets=48"))).toBe(true);
  });

  it("names what asks for a person", async () => {
    const paused = project({ status: "paused" });
    serve(house({ "GET queues": list(queue({ workers: [], slots: 0 })), "GET failures": list(failure()), "GET projects": list(paused) }));
    show(overview, "/");
    expect(await screen.findByText("No live worker serves the queue testing, where 5 operations wait.")).toBeInTheDocument();
    expect(await screen.findByRole("link", { name: /^testing failed 4 times on shop \(timeout\)/ })).toHaveAttribute("href", "/operations/01a20382-6258-7f50-ba5a-4fe0847d6987");
    expect(screen.queryByText(/^And .* other/)).toBeNull();
    expect(await screen.findByText(/is paused/)).toBeInTheDocument();
  });

  it("keeps the latest operations on screen while it reads newer ones", async () => {
    let answers = 0;
    const later = operation({ id: "01a20382-6258-7f50-ba5a-4fe0847d6999", seq: 4, agent_id: "tester" });
    serve(house({ "GET operations": () => (answers++ === 0 ? list(operation()) : new Promise(() => undefined)) }));
    show(overview, "/");
    await screen.findByText("code_review by reviewer");
    act(() => {
      FakeSocket.newest.say({ type: "agent_operation", project_id: "shop", seq: 4, payload: { project_id: "shop", agent_id: "tester", operation: later } });
    });
    await waitFor(() => expect(answers).toBe(2));
    expect(screen.getByText("code_review by reviewer")).toBeInTheDocument();
  });

  it("names a worker that is lost, and each of two failures that begin alike", async () => {
    const twins = ["1", "2"].map((end) => failure({ fingerprint: end, newest_id: end, error: `${"x".repeat(300)}${end}` }));
    const complain = vi.spyOn(console, "error");
    serve(house({ "GET workers": list(WORKER, { ...WORKER, name: "dead@host", status: "lost", seen_at: new Date().toISOString() }), "GET failures": list(...twins) }));
    show(overview, "/");
    expect(await screen.findByText("The worker dead@host is lost: it was not heard for 30 s and never said that it leaves.")).toBeInTheDocument();
    expect(await screen.findAllByText(/^testing failed 4 times/)).toHaveLength(2);
    expect(complain).not.toHaveBeenCalled();
  });

  it("says how many failures more there are than it names", async () => {
    const failures = ["a", "b", "c", "d"].map((error) => failure({ fingerprint: error, error, projects: ["shop", "other"] }));
    serve(house({ "GET failures": list(...failures) }));
    show(overview, "/");
    expect(await screen.findByRole("link", { name: "And 1 other failure in the last 24 hours." })).toHaveAttribute("href", "/failures");
    expect(screen.getAllByRole("link", { name: /on 2 projects/ })).toHaveLength(3);
  });

  it("says from when on it counts where there is more", async () => {
    serve(house({ "GET stats": stats({ counted_since: "2026-01-24T19:30:00Z" }) }));
    show(overview, "/");
    expect(await screen.findByText(/More has ended than is counted here/)).toBeInTheDocument();
  });
});

describe("the failures", () => {
  it("shows each group once, with its course and the way to its operations", async () => {
    serve(house({ "GET failures": list(failure()) }));
    show(failures, "/failures");
    expect(await screen.findByRole("link", { name: "testing · timeout" })).toHaveAttribute("href", `/operations/${failure().newest_id}`);
    expect(screen.getByRole("img", { name: "Failures on each of the last 7 days: 0, 0, 1, 0, 0, 0, 3" })).toBeInTheDocument();
    expect(screen.getByRole("link", { name: /^4 times/ })).toHaveAttribute("href", "/operations?status=failed&capability=testing&project_id=shop");
  });

  it("says that nothing failed", async () => {
    serve(house());
    show(failures, "/failures");
    expect(await screen.findByText("Nothing failed in the last 7 days.")).toBeInTheDocument();
  });
});

describe("the queues", () => {
  it("tells how many wait, and where, and who serves them", async () => {
    serve(house({ "GET queues": list(queue(), queue({ name: "lonely", workers: [], slots: 0, capped: true })) }));
    show(queues, "/queues");
    expect((await screen.findAllByText("2 on the broker, 3 in line, 1 for later"))[0]).toBeInTheDocument();
    expect(screen.getByText("callboard@host")).toBeInTheDocument();
    expect(screen.getByText("no worker")).toHaveAttribute("data-tone", "bad");
  });
});

describe("the findings of a project", () => {
  const path = "projects/shop/findings";

  it("lists them with their place and their operations, narrowed by state", async () => {
    const asked = serve(house({ [`GET ${path}`]: ledger(ledgerFinding()) }));
    show(findings, "/projects/shop/findings");
    expect(await screen.findByText("shop/cart.py:3")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "F401" })).toHaveAttribute("href", "https://example.org/F401");
    await userEvent.click(screen.getByRole("button", { name: "fixed 3" }));
    expect(screen.getByLabelText("Address")).toHaveTextContent("?state=fixed");
    expect(asked.some(({ path: told }) => told.includes("state=fixed"))).toBe(true);
  });

  it("suppresses one with a reason", async () => {
    const asked = serve(house({ [`GET ${path}`]: ledger(ledgerFinding()), [`PUT ${path}/abcdef0123456789/suppression`]: {} }));
    show(findings, "/projects/shop/findings");
    await userEvent.click(await screen.findByRole("button", { name: "Suppress F401 in shop/cart.py:3" }));
    await userEvent.type(await screen.findByLabelText(/Reason/), "a false alarm");
    await userEvent.click(screen.getByRole("button", { name: "Suppress finding" }));
    expect(await screen.findByText("Finding suppressed")).toBeInTheDocument();
    expect(asked.find(({ method }) => method === "PUT")?.body).toEqual({ reason: "a false alarm" });
  });

  it("says that nothing is like what was asked for, and clears the filters", async () => {
    serve(house({ [`GET ${path}`]: { ...list(), counts: { new: 0, open: 0, fixed: 0, suppressed: 0 } } }));
    show(findings, "/projects/shop/findings?state=new&severity=note&capability=testing");
    expect(await screen.findByText("No finding matches.")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Clear the filters" }));
    expect(await screen.findByText("No review has found anything yet.")).toBeInTheDocument();
    expect(screen.getByLabelText("Address")).toHaveTextContent(/findings\?state=new$/);
  });

  it("tells why one is suppressed, and counts it again", async () => {
    const hidden = ledgerFinding({ state: "suppressed", suppressed_for: "a false alarm", suppressed_until: "2030-01-01T00:00:00Z", line: null, help_uri: null });
    const asked = serve(house({ [`GET ${path}`]: ledger(hidden), [`DELETE ${path}/abcdef0123456789/suppression`]: {} }));
    show(findings, "/projects/shop/findings?state=suppressed");
    expect(await screen.findByText(/a false alarm/)).toHaveTextContent("suppressed: a false alarm, until 2030-01-01");
    await userEvent.click(screen.getByRole("button", { name: "Count it again: F401 in shop/cart.py" }));
    expect(asked.some(({ method }) => method === "DELETE")).toBe(true);
  });

  it("shows the lines around a finding as they were seen last", async () => {
    const excerpt = { start: 2, lines: ["", "import os", "x = 1"], column: 8, end_line: 3, end_column: 10 };
    serve(house({ [`GET ${path}`]: ledger(ledgerFinding({ excerpt })) }));
    show(findings, "/projects/shop/findings");
    const lines = await screen.findByRole("group", { name: "shop/cart.py, lines 2 to 4" });
    expect(within(lines).getByText("os").tagName).toBe("MARK");
  });

  it("narrows them by severity, in the address too", async () => {
    const asked = serve(house({ [`GET ${path}`]: ledger(ledgerFinding()) }));
    show(findings, "/projects/shop/findings?capability=code_review");
    await userEvent.selectOptions(await screen.findByLabelText("Severity"), "error");
    expect(screen.getByLabelText("Address")).toHaveTextContent("severity=error");
    expect(asked.some(({ path: told }) => told.includes("severity=error") && told.includes("capability=code_review"))).toBe(true);
    expect(await screen.findByText("shop/cart.py:3")).toBeInTheDocument();
  });

  it("draws how many were open in the course of time, and shows it as a table", async () => {
    const point = (until: string, open: number, opened: number, fixed: number) => ({ until, open, opened, fixed });
    const trend = { items: [point("2026-01-20T20:00:00Z", 9, 9, 0), point("2026-01-24T20:00:00Z", 4, 1, 6)] };
    serve(house({ [`GET ${path}`]: ledger(), [`GET ${path}/trend`]: trend }));
    show(findings, "/projects/shop/findings");
    expect(await screen.findByRole("img", { name: /^Open findings: 4 open now; since 20 Jan, \d\d:00 10 were found and 6 fixed/ })).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "View as table" }));
    const table = within(screen.getByRole("region", { name: "Open findings as a table" }));
    expect(table.getAllByRole("cell").map((cell) => cell.textContent)).toEqual(["4", "1", "6", "9", "9", "0"]);
    expect(await screen.findByText("No finding is open.")).toBeInTheDocument();
  });
});
