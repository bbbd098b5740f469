import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { act } from "react";
import { describe, expect, it } from "vitest";
import { page } from "../../../pages/project";
import { Refused, capability, list, operation, project, serve, small } from "../../../testing/api";
import { FakeSocket } from "../../../testing/socket";
import { show } from "../../../testing/show";
import { Projects } from "../Projects";

const SUBMIT = "POST projects/shop/operations";

async function choose(): Promise<void> {
  await userEvent.selectOptions(await screen.findByLabelText("Select Agent"), await screen.findByRole("option", { name: "Reviewer" }));
  await userEvent.selectOptions(screen.getByLabelText("Select Capability"), "code_review");
}

describe("Projects", () => {
  it("should display agent operations history", async () => {
    serve(small([operation({ verdict: "fail", result: { metrics: { findings: 12 }, summary: "12 findings" } })]));
    render(<Projects />);
    expect(await screen.findByText("Test Project")).toBeInTheDocument();
    expect(await screen.findByText("code_review by reviewer")).toBeInTheDocument();
    expect(screen.getByRole("heading", { name: "Operation History" })).toBeInTheDocument();
    const badge = screen.getByText("completed · fail (12)");
    expect(badge).toHaveAttribute("data-tone", "problem");
    expect(within(badge).queryByRole("img")).toBeNull();
  });

  it("should handle agent capability execution", async () => {
    const accepted = operation({ status: "pending", verdict: null, seq: 4 });
    const asked = serve({ ...small(), [SUBMIT]: accepted });
    render(<Projects />);
    await choose();
    await userEvent.click(screen.getByText("Execute"));
    expect(await screen.findByText("Operation started")).toBeInTheDocument();
    const sent = asked.find(({ method }) => method === "POST");
    expect(sent?.body).toEqual({ agent_id: "reviewer", capability: "code_review", parameters: {} });
    expect(sent?.headers.get("Idempotency-Key")).toMatch(/^[0-9a-f]{32}$/);
  });

  it("chooses the capability where an agent has one alone, and takes a ref where the source is git", async () => {
    const asked = serve({ ...small(), "GET projects/shop": project({ source: { git: "https://example.org/shop.git" } }), [SUBMIT]: operation({ status: "pending" }) });
    render(<Projects />);
    const execute = await screen.findByText("Execute");
    expect(execute).toHaveAccessibleDescription("Choose an agent.");
    await userEvent.selectOptions(screen.getByLabelText("Select Agent"), await screen.findByRole("option", { name: "Reviewer" }));
    await userEvent.type(await screen.findByLabelText("Ref"), " v2 ");
    await userEvent.click(execute);
    await screen.findByText("Operation started");
    expect(asked.find(({ method }) => method === "POST")?.body).toEqual({ agent_id: "reviewer", capability: "code_review", parameters: {}, ref: "v2" });
  });

  it("tells a refusal in its own words and takes the row back", async () => {
    serve({ ...small(), [SUBMIT]: () => new Refused(409, "Project 'shop' is archived") });
    render(<Projects />);
    await choose();
    await userEvent.click(screen.getByText("Execute"));
    expect(await screen.findByText("Project 'shop' is archived")).toBeInTheDocument();
    await waitFor(() => expect(screen.queryByText("code_review by reviewer")).toBeNull());
  });

  it("says which project is shown, and how it stands", async () => {
    serve({ ...small(), "GET projects/shop": project({ status: "paused" }) });
    show(page, "/projects/shop");
    expect(await screen.findByRole("heading", { level: 1, name: "Test Project" })).toBeInTheDocument();
    expect(screen.getByText("paused")).toHaveAttribute("data-tone", "problem");
  });

  it("says that there is no such project, and offers nothing to run on it", async () => {
    serve(small());
    show(page, "/projects/gone");
    expect(await screen.findByRole("heading", { name: "There is no such project" })).toBeInTheDocument();
    expect(screen.queryByText("Execute")).toBeNull();
    expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
  });

  it("says why an operation waits", async () => {
    serve(small([], [operation({ status: "pending", verdict: null, wait_reason: "queue_busy" })]));
    render(<Projects />);
    expect(await screen.findByText("All slots are taken.")).toBeInTheDocument();
  });

  it("shows what the socket tells, and no older state over a newer one", async () => {
    serve(small());
    render(<Projects />);
    await screen.findByText("Nothing has run here yet.");
    const tell = (seq: number, status: "running" | "completed") => {
      const told = operation({ status, verdict: status === "completed" ? "pass" : null, seq });
      return { type: "agent_operation" as const, project_id: "shop", seq, payload: { project_id: "shop", agent_id: "reviewer", operation: told } };
    };
    act(() => FakeSocket.newest.heads({ shop: 5 }));
    act(() => FakeSocket.newest.say(tell(6, "running")));
    expect(await screen.findByText("running")).toBeInTheDocument();
    act(() => FakeSocket.newest.say(tell(7, "completed")));
    expect(await screen.findByText("completed · pass")).toHaveAttribute("data-tone", "good");
    act(() => FakeSocket.newest.say(tell(6, "running")));
    expect(screen.queryByText("running")).toBeNull();
  });

  it("asks for parameters as the capability describes them, and sends them with Ctrl+Enter", async () => {
    const schema = { type: "object", properties: { depth: { type: "integer", title: "Depth", minimum: 1 } }, required: ["depth"] };
    const asked = serve({
      ...small(),
      "GET capabilities": list(capability({ parameters_schema: schema })),
      [SUBMIT]: operation({ status: "pending" }),
    });
    render(<Projects />);
    await choose();
    const depth = await screen.findByLabelText(/Depth/);
    expect(screen.getByText("Execute")).toHaveAccessibleDescription("Not right yet: Depth.");
    await userEvent.type(depth, "0");
    expect(screen.queryByText("Depth must be at least 1.")).toBeNull();
    await userEvent.tab();
    expect(screen.getByText("Depth must be at least 1.")).toBeInTheDocument();
    expect(screen.getByText("Execute")).toBeDisabled();
    await userEvent.clear(depth);
    await userEvent.type(depth, "3{Control>}{Enter}{/Control}");
    await screen.findByText("Operation started");
    expect(asked.find(({ method }) => method === "POST")?.body).toMatchObject({ parameters: { depth: 3 } });
  });
});
