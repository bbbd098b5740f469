import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { page } from "../../pages/project";
import { Refused, list, project, serve, small } from "../../testing/api";
import { show } from "../../testing/show";

async function fill(button: string, fields: Record<string, string>) {
  await userEvent.click(await screen.findByRole("button", { name: button }));
  const dialog = within(await screen.findByRole("dialog"));
  for (const [label, text] of Object.entries(fields)) {
    await userEvent.type(dialog.getByLabelText(new RegExp(`^${label}`)), text);
  }
  return dialog;
}

describe("the dialogs", () => {
  it("make a project of a git URL, and go there", async () => {
    const asked = serve({ ...small(), "POST projects": project({ id: "new" }), "GET projects/new": project({ id: "new" }) });
    show(page, "/projects/shop");
    const dialog = await fill("New project", { Name: "New", Source: "https://example.org/new.git", "Branch, tag": "main" });
    await userEvent.click(dialog.getByRole("button", { name: "Create project" }));
    expect(await screen.findByText("Project created")).toBeInTheDocument();
    expect(asked.find(({ method }) => method === "POST")?.body).toEqual({ name: "New", source: { git: "https://example.org/new.git", ref: "main" } });
    await waitFor(() => expect(screen.getByLabelText("Address")).toHaveTextContent("/projects/new"));
  });

  it("show a refusal where it was typed, and keep what was typed", async () => {
    serve({ ...small(), "POST projects": new Refused(422, "The folder /nowhere does not exist") });
    show(page, "/projects/shop");
    const dialog = await fill("New project", { Name: "New", Source: "/nowhere" });
    await userEvent.click(dialog.getByRole("button", { name: "Create project" }));
    expect(await dialog.findByText("The folder /nowhere does not exist")).toBeInTheDocument();
    expect(dialog.getByLabelText(/^Source/)).toHaveValue("/nowhere");
    await userEvent.type(dialog.getByLabelText(/^Source/), "/else");
    expect(dialog.queryByText("The folder /nowhere does not exist")).toBeNull();
  });

  it("make an agent with capabilities and settings", async () => {
    const asked = serve({ ...small(), "POST agents": {} });
    show(page, "/projects/shop");
    const dialog = await fill("New agent", { Name: "Linter", Settings: '{{"argv": [["lint"]}' });
    await userEvent.click(await dialog.findByLabelText("code_review"));
    await userEvent.click(dialog.getByRole("button", { name: "Create agent" }));
    expect(await screen.findByText("Agent created")).toBeInTheDocument();
    expect(asked.find(({ method }) => method === "POST")?.body).toEqual({
      name: "Linter",
      kind: "tool",
      capabilities: ["code_review"],
      settings: { argv: ["lint"] },
    });
  });

  it("assign an agent with what is granted, and take it off again", async () => {
    const asked = serve({
      ...small(),
      "PUT projects/shop/agents/reviewer": { status: "success", message: "" },
      "DELETE projects/shop/agents/reviewer": new Refused(409, "It still has work here"),
      "GET agents": list({ id: "reviewer", name: "Reviewer", capabilities: ["code_review", "testing", "complexity"] }),
    });
    show(page, "/projects/shop");
    const dialog = await fill("Assign an agent", {});
    expect(dialog.getByLabelText(/^Agent/)).toBeRequired();
    await userEvent.selectOptions(dialog.getByLabelText(/^Agent/), "reviewer");
    expect(dialog.getByText("Granted already: code_review.")).toBeInTheDocument();
    expect(dialog.queryByLabelText("code_review")).toBeNull();
    await userEvent.click(dialog.getByLabelText("testing"));
    await userEvent.click(dialog.getByRole("button", { name: "Assign" }));
    expect(await screen.findByText("Agent assigned")).toBeInTheDocument();
    expect(asked.find(({ method }) => method === "PUT")?.body).toEqual({ capabilities: ["complexity"] });
    await userEvent.click(screen.getByRole("button", { name: "Unassign agent reviewer" }));
    expect(await screen.findByText("It still has work here")).toBeInTheDocument();
  });
});
