import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { page } from "../../../pages/operations";
import { list, operation, serve, small } from "../../../testing/api";
import { show } from "../../../testing/show";

const open = async (address: string) => {
  const asked = serve({ ...small(), "GET operations": list(operation()) });
  show(page, address);
  await screen.findByText("code_review by reviewer");
  return asked;
};
const address = () => screen.getByLabelText("Address");

describe("the views of the operations page", () => {
  it("are there from the start, and say which one is shown", async () => {
    const asked = await open("/operations");
    await userEvent.click(screen.getByRole("link", { name: "Failed today" }));
    expect(address()).toHaveTextContent("/operations?status=failed&since=today");
    expect(screen.getByRole("link", { name: "Failed today" })).toHaveAttribute("aria-current", "page");
    expect(screen.queryByRole("button", { name: "Save view" })).toBeNull();
    await vi.waitFor(() => expect(asked.at(-1)?.path).toMatch(/since=\d{4}-\d\d-\d\dT/));
  });

  it("are saved under a name, kept in the browser, and removed", async () => {
    await open("/operations?capability=code_review&verdict=pass");
    await userEvent.click(screen.getByRole("button", { name: "Save view" }));
    const dialog = within(await screen.findByRole("dialog"));
    await userEvent.type(dialog.getByLabelText(/^Name/), "Clean reviews{Enter}");
    const saved = await screen.findByRole("link", { name: "Clean reviews" });
    expect(saved).toHaveAttribute("href", "/operations?verdict=pass&capability=code_review");
    expect(localStorage.getItem("callboard.views")).toContain("Clean reviews");
    await userEvent.click(screen.getByRole("button", { name: "Remove the view Clean reviews" }));
    expect(screen.queryByRole("link", { name: "Clean reviews" })).toBeNull();
  });

  it("survive what is no view", async () => {
    localStorage.setItem("callboard.views", '[1, {"name": "Odd", "query": "status=failed&x=1"}]');
    await open("/operations");
    expect(screen.getByRole("link", { name: "Odd" })).toHaveAttribute("href", "/operations?status=failed");
    localStorage.setItem("callboard.views", "{");
    await open("/operations");
    expect(screen.getAllByRole("link", { name: "Running" }).length).toBeGreaterThan(0);
  });

  it("are shared by a link that is copied", async () => {
    const user = userEvent.setup();
    const write = vi.spyOn(navigator.clipboard, "writeText");
    await open("/operations?status=completed");
    await user.click(screen.getByRole("button", { name: "Copy link" }));
    expect(await screen.findByText("Link copied")).toBeInTheDocument();
    write.mockRejectedValueOnce(new Error("not allowed"));
    await user.click(screen.getByRole("button", { name: "Copy link" }));
    expect(await screen.findByText(/the link is in the address bar/)).toBeInTheDocument();
  });

  it("can search by words, and forget them", async () => {
    const asked = await open("/operations");
    await userEvent.type(screen.getByLabelText("Search"), "timeout{Enter}");
    expect(address()).toHaveTextContent("/operations?q=timeout");
    await vi.waitFor(() => expect(asked.at(-1)?.path).toContain("q=timeout"));
    await userEvent.clear(screen.getByLabelText("Search"));
    await userEvent.tab();
    expect(address()).toHaveTextContent("/operations");
  });
});
