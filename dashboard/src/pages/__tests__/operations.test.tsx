import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { act } from "react";
import { describe, expect, it } from "vitest";
import { list, operation, serve, small } from "../../testing/api";
import { show } from "../../testing/show";
import { FakeSocket } from "../../testing/socket";
import type { AgentOperation } from "../../types/project";
import { page } from "../operations";

const first = operation({ id: "01b", capability: "testing", agent_id: "tester" });

let seq = 10;

/** The socket tells of operations like the first. */
function say(...changed: Partial<AgentOperation>[]) {
  act(() => {
    FakeSocket.newest.heads({ shop: seq });
    for (const changes of changed) {
      seq += 1;
      const told = operation({ ...first, ...changes, seq });
      FakeSocket.newest.say({ type: "agent_operation", project_id: "shop", seq, payload: { project_id: "shop", agent_id: told.agent_id, operation: told } });
    }
  });
}

describe("the operations page", () => {
  it("keeps its filters in the address", async () => {
    const asked = serve({ ...small(), "GET operations": list(first) });
    show(page, "/operations?status=completed");
    await screen.findByText("testing by tester");
    expect(screen.getByRole("button", { name: "completed" })).toHaveAttribute("aria-pressed", "true");
    await userEvent.selectOptions(screen.getByLabelText("Verdict"), "fail");
    expect(screen.getByLabelText("Address")).toHaveTextContent("/operations?status=completed&verdict=fail");
    expect(asked.at(-1)?.path).toContain("verdict=fail");
  });

  it("says how many filters hold where a narrow screen folds them", async () => {
    serve({ ...small(), "GET operations": list(first) });
    show(page, "/operations?verdict=fail&agent_id=tester&status=completed");
    const fold = await screen.findByRole("button", { name: "Filters (2)", expanded: false });
    await userEvent.click(fold);
    expect(fold).toHaveAttribute("aria-expanded", "true");
  });

  it("loads older pages as their place comes into sight", async () => {
    let calls = 0;
    const answer = () => (calls++ === 0 ? { items: [first], next: "older" } : list(operation({ id: "01a" })));
    const asked = serve({ ...small(), "GET operations": answer });
    show(page, "/operations");
    expect(await screen.findByText("code_review by reviewer")).toBeInTheDocument();
    expect(asked.filter(({ path }) => path.includes("cursor=older"))).toHaveLength(1);
    expect(screen.getByText("testing by tester")).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Load older" })).toBeNull();
  });

  it("tells of newer operations that match, and shows them when asked to", async () => {
    serve({ ...small(), "GET operations": list(first) });
    show(page, "/operations?agent_id=tester");
    await screen.findByText("testing by tester");
    say({ id: "01d", agent_id: "reviewer" }, { id: "01c" });
    await userEvent.click(await screen.findByRole("button", { name: "Show 1 new" }));
    expect(screen.queryByRole("button", { name: /Show/ })).toBeNull();
    expect(screen.getByText("testing by tester")).toBeInTheDocument();
  });

  it("tells of an older operation that begins to match, and no longer once it does not", async () => {
    serve({ ...small(), "GET operations": list(operation({ ...first, status: "running" })) });
    show(page, "/operations?status=running");
    await screen.findByText("testing by tester");
    say({ id: "01a", status: "running" });
    expect(await screen.findByRole("button", { name: "Show 1 new" })).toBeInTheDocument();
    say({ id: "01a", status: "completed" });
    await waitFor(() => expect(screen.queryByRole("button", { name: "Show 1 new" })).toBeNull());
  });

  it("tells of nothing that its other filters leave out, nor of what comes with an older page", async () => {
    serve({ ...small(), "GET operations": { items: [first], next: "older" } });
    show(page, "/operations?since=2026-01-24T00:00:00Z");
    await screen.findAllByText("testing by tester");
    say({ id: "01c", created_at: "2026-01-23T00:00:00Z" }, { id: "01a" });
    say({ id: "01d", created_at: "2026-01-25T00:00:00Z" });
    expect(await screen.findByRole("button", { name: "Show 1 new" })).toBeInTheDocument();
  });

  it("takes a row away that no longer matches", async () => {
    const other = operation({ id: "01a", status: "pending" });
    serve({ ...small(), "GET operations": list(operation({ ...first, status: "pending" }), other) });
    show(page, "/operations?status=pending");
    await screen.findByText("testing by tester");
    say({ id: "01b", status: "running" });
    await waitFor(() => expect(screen.queryByText("testing by tester")).toBeNull());
    expect(screen.getByText("code_review by reviewer")).toBeInTheDocument();
  });

  it("counts what is told while the first page is under way, unless it is on it", async () => {
    let answer: (page: unknown) => void = () => undefined;
    serve({ ...small(), "GET operations": () => new Promise((resolve) => (answer = resolve)) });
    show(page, "/operations");
    await waitFor(() => expect(FakeSocket.opened).toHaveLength(1));
    say({ id: "01b" }, { id: "01c" });
    await act(async () => answer(list(first)));
    expect(await screen.findByRole("button", { name: "Show 1 new" })).toBeInTheDocument();
  });

  it("says that nothing matches, and clears the filters", async () => {
    serve({ ...small(), "GET operations": list() });
    show(page, "/operations?status=failed");
    await userEvent.click(await screen.findByRole("button", { name: "Clear the filters" }));
    expect(screen.getByLabelText("Address")).toHaveTextContent("/operations");
    expect(await screen.findByText("Nothing has run yet.")).toBeInTheDocument();
  });
});
