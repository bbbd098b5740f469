import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { capability, list, serve, small } from "../../testing/api";
import { Projects } from "../Projects/Projects";

const SUBMIT = "POST projects/shop/operations";

async function choose(parameters_schema: Record<string, unknown>) {
  const asked = serve({ ...small(), "GET capabilities": list(capability({ parameters_schema })), [SUBMIT]: {} });
  render(<Projects />);
  await userEvent.selectOptions(await screen.findByLabelText("Select Agent"), await screen.findByRole("option", { name: "Reviewer" }));
  await userEvent.selectOptions(screen.getByLabelText("Select Capability"), "code_review");
  return async () => {
    await userEvent.click(screen.getByText("Execute"));
    return asked.find(({ method }) => method === "POST")?.body as { parameters: unknown } | undefined;
  };
}

describe("a capability's form", () => {
  it("has a tick, a choice and a list where its schema has them", async () => {
    const execute = await choose({
      type: "object",
      properties: {
        fast: { type: "boolean", description: "Looks at what changed alone." },
        level: { enum: ["low", "high"] },
        paths: { type: "array", items: { type: "string" } },
      },
    });
    await userEvent.click(await screen.findByRole("checkbox", { name: /fast/ }));
    await userEvent.selectOptions(screen.getByLabelText("level"), "high");
    await userEvent.type(screen.getByLabelText("paths"), "src{enter}tests");
    expect(await execute()).toMatchObject({ parameters: { fast: true, level: "high", paths: ["src", "tests"] } });
  });

  it("is an editor of JSON where no form can hold what the schema allows, and says what is no JSON", async () => {
    const execute = await choose({ type: "object" });
    const editor = await screen.findByLabelText("Parameters as JSON");
    await userEvent.clear(editor);
    await userEvent.type(editor, "[[1]");
    expect(await screen.findByText("Parameters are one JSON object, such as {}.")).toBeInTheDocument();
    await userEvent.clear(editor);
    await userEvent.type(editor, '{{"deep": {{"as": "you like"}}');
    expect(await execute()).toMatchObject({ parameters: { deep: { as: "you like" } } });
  });
});
