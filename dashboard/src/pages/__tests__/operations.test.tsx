import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { act } from "react";
import { describe, expect, it } from "vitest";
import { list, operation, serve, small } from "../../testing/api";
import { show } from "../../testing/show";
import { FakeSocket } from "../../testing/socket";
import { page } from "../operations";

const first = operation({ id: "01b", capability: "testing", agent_id: "tester" });

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
    const tell = (seq: number, changes: object) => {
      const told = operation({ ...first, ...changes, seq });
      return { type: "agent_operation" as const, project_id: "shop", seq, payload: { project_id: "shop", agent_id: told.agent_id, operation: told } };
    };
    act(() => FakeSocket.newest.heads({ shop: 3 }));
    act(() => {
      FakeSocket.newest.say(tell(4, { id: "01d", agent_id: "reviewer" }));
      FakeSocket.newest.say(tell(5, { id: "01c" }));
    });
    await userEvent.click(await screen.findByRole("button", { name: "Show 1 new" }));
    expect(screen.queryByRole("button", { name: /Show/ })).toBeNull();
  });

  it("says that nothing matches, and clears the filters", async () => {
    serve({ ...small(), "GET operations": list() });
    show(page, "/operations?status=failed");
    await userEvent.click(await screen.findByRole("button", { name: "Clear the filters" }));
    expect(screen.getByLabelText("Address")).toHaveTextContent("/operations");
    expect(await screen.findByText("Nothing has run yet.")).toBeInTheDocument();
  });
});
