import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { list, project, serve, small } from "../../testing/api";
import { ledgerFinding } from "../../testing/insight";
import { show } from "../../testing/show";
import { page } from "../findings";

const ledger = { ...list(ledgerFinding()), counts: { new: 1, open: 1, fixed: 0, suppressed: 0 } };

describe("the findings of any project", () => {
  it("are the first project's until another one is chosen", async () => {
    const other = project({ id: "bakery", name: "Bakery" });
    serve({ ...small(), "GET projects": list(project(), other), "GET projects/shop/findings": ledger });
    show(page, "/findings");
    expect(await screen.findByText("unused import")).toBeInTheDocument();
    await userEvent.selectOptions(screen.getByLabelText("Project"), "bakery");
    expect(screen.getByLabelText("Address")).toHaveTextContent("/projects/bakery/findings");
  });

  it("are none where there is no project", async () => {
    serve({ ...small(), "GET projects": list() });
    show(page, "/findings");
    expect(await screen.findByText("There is no project yet, and so nothing was found.")).toBeInTheDocument();
  });
});
