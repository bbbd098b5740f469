import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { page } from "../../../pages/operations";
import { Refused, list, operation, serve, small } from "../../../testing/api";
import { show } from "../../../testing/show";
import { FakeSocket } from "../../../testing/socket";

const PREVIEW = "POST operations/bulk/preview";
const RUN = "POST operations/bulk";
const rows = ["01c", "01b", "01a"].map((id) => operation({ id, status: "pending", verdict: null, agent_id: `agent-${id}` }));
const found = (changes: object = {}) => ({ ids: ["01c", "01b"], more: false, sample: rows.slice(0, 2), skipped: {}, ...changes });
const outcome = (id: string, changes: object = {}) => ({ id, outcome: "done", operation_id: id, code: null, detail: null, ...changes });
const numbered = (count: number) => Array.from({ length: count }, (_, number) => `id-${number}`);

/** Serves these rows and what a preview finds; what is run is done unless `run` says otherwise. */
function served(preview: unknown, run: (ids: string[]) => unknown = (ids) => ({ items: ids.map((id) => outcome(id)) })) {
  return serve({ ...small(), "GET operations": list(...rows), [PREVIEW]: preview, [RUN]: (body: unknown) => run((body as { ids: string[] }).ids) });
}

async function ask(action: "Cancel…" | "Rerun…") {
  await userEvent.click(screen.getByRole("button", { name: action }));
  return within(await screen.findByRole("dialog"));
}

describe("an action on many operations", () => {
  it("touches the rows that are selected, also a range of them, after a preview", async () => {
    const asked = served(found({ skipped: { completed: 3, cancelling: 10_000 } }));
    show(page, "/operations");
    const user = userEvent.setup();
    await user.click(await screen.findByLabelText("Select code_review by agent-01c, pending"));
    await user.keyboard("{Shift>}");
    await user.click(screen.getByLabelText("Select code_review by agent-01a, pending"));
    await user.keyboard("{/Shift}");
    expect(screen.getByRole("region", { name: "Selection" })).toHaveTextContent("3 selected");
    const dialog = await ask("Cancel…");
    expect(await dialog.findByText("2 operations")).toBeInTheDocument();
    expect(dialog.getByText("Skipped: 3 completed, 10,000 or more cancelling.")).toBeInTheDocument();
    expect(asked.at(-1)?.body).toEqual({ action: "cancel", ids: ["01c", "01b", "01a"] });
    await userEvent.click(dialog.getByRole("button", { name: "Cancel 2 operations" }));
    expect(await dialog.findByText("2 cancelled.")).toBeInTheDocument();
    await userEvent.click(dialog.getByRole("button", { name: "Close" }));
    expect(screen.queryByRole("region", { name: "Selection" })).toBeNull();
  });

  it("touches all that match as they matched at the preview, and keeps the selection where nothing was done", async () => {
    const asked = served(found());
    show(page, "/operations?status=pending&since=24h");
    await userEvent.click(await screen.findByLabelText("Select all that match"));
    const dialog = await ask("Rerun…");
    await dialog.findByText("2 operations");
    expect(asked.at(-1)?.body).toMatchObject({ action: "rerun", filters: { status: "pending", since: expect.stringMatching(/Z$/) } });
    await userEvent.click(dialog.getByRole("button", { name: "Close" }));
    expect(await screen.findByText("All that match")).toBeInTheDocument();
    await userEvent.click(screen.getByLabelText("Select code_review by agent-01b, pending"));
    expect(screen.getByText("2 selected")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Select all that match" }));
    await userEvent.click(screen.getByRole("button", { name: "Clear" }));
    expect(screen.queryByText("All that match")).toBeNull();
  });

  it("touches what it has shown, also where everything is read anew meanwhile", async () => {
    const asked = served(found());
    show(page, "/operations");
    await userEvent.click(await screen.findByLabelText("Select all that match"));
    const dialog = await ask("Cancel…");
    await dialog.findByText("2 operations");
    const lists = () => asked.filter(({ path }) => path.endsWith("projects?limit=200")).length;
    const before = lists();
    act(() => FakeSocket.newest.heads({ shop: 1 }));
    await waitFor(() => expect(lists()).toBeGreaterThan(before));
    expect(asked.filter(({ path }) => path.endsWith("preview"))).toHaveLength(1);
  });

  it("names each that was refused, and counts what had ended", async () => {
    const run = ([one = "", other = ""]: string[]) => ({
      items: [outcome(one, { outcome: "skipped" }), outcome(other, { outcome: "refused", detail: "Agent 'x' was deleted" })],
    });
    served(found(), run);
    show(page, "/operations");
    await userEvent.click(await screen.findByLabelText("Select all that match"));
    const dialog = await ask("Rerun…");
    await userEvent.click(await dialog.findByRole("button", { name: "Rerun 2 operations" }));
    expect(await dialog.findByText("0 rerun, 1 had ended meanwhile, 1 refused.")).toBeInTheDocument();
    expect(dialog.getByRole("list", { name: "Refused" })).toHaveTextContent("01bAgent 'x' was deleted");
  });

  it("asks for the number where there are many, works in parts with one key, and can be stopped", async () => {
    const ids = numbered(130);
    const parts: string[][] = [];
    const asked = served(found({ ids, more: true }), (part) => {
      parts.push(part);
      if (parts.length === 2) {
        screen.getByRole("button", { name: "Stop" }).click();
      }
      return { items: part.map((id) => outcome(id)) };
    });
    show(page, "/operations");
    await userEvent.click(await screen.findByLabelText("Select all that match"));
    const dialog = await ask("Cancel…");
    const button = await dialog.findByRole("button", { name: "Cancel 130 operations" });
    expect(dialog.getByText(/There are more/)).toBeInTheDocument();
    expect(dialog.getByText("and 128 more")).toBeInTheDocument();
    expect(button).toBeDisabled();
    await userEvent.type(dialog.getByLabelText("Type 130 to confirm"), "130");
    await userEvent.click(button);
    expect(await dialog.findByText("50 cancelled, 80 left as they were.")).toBeInTheDocument();
    expect(parts.flat()).toEqual(ids.slice(0, 50));
    const keys = asked.filter(({ path }) => path.endsWith("/bulk")).map(({ headers }) => headers.get("Idempotency-Key"));
    expect(new Set(keys).size).toBe(1);
  });

  it("sends a part again where the API is in trouble, and tells the refusal of a whole part for each", async () => {
    const refusals = [new Refused(503, "Busy"), new Refused(403, "Key 'reader' may only read")];
    served(found({ ids: numbered(22) }), () => refusals.shift());
    show(page, "/operations");
    await userEvent.click(await screen.findByLabelText("Select all that match"));
    const dialog = await ask("Cancel…");
    await userEvent.click(await dialog.findByRole("button", { name: "Cancel 22 operations" }));
    expect(await dialog.findByText("0 cancelled, 22 refused.")).toBeInTheDocument();
    expect(dialog.getAllByText("Key 'reader' may only read")).toHaveLength(20);
    expect(dialog.getByText("and 2 more")).toBeInTheDocument();
  });

  it("does nothing where nothing can be touched", async () => {
    served(found({ ids: [], sample: [], skipped: { completed: 2 } }));
    show(page, "/operations");
    await userEvent.click(await screen.findByLabelText("Select all that match"));
    const dialog = await ask("Cancel…");
    expect(await dialog.findByText("0 operations")).toBeInTheDocument();
    expect(dialog.getByRole("button", { name: "Cancel" })).toBeDisabled();
    await userEvent.keyboard("{Escape}");
    await userEvent.click(screen.getByLabelText("Select all that match"));
    expect(screen.queryByText("All that match")).toBeNull();
  });
});
