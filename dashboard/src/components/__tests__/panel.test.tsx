import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { Providers } from "../../app/Providers";
import { Panel } from "../Panel";

describe("a panel", () => {
  it("keeps what goes wrong in it, and shows it again when asked", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    let broken = true;
    const Part = () => {
      if (broken) {
        throw new Error("no such figure");
      }
      return <p>42</p>;
    };
    render(
      <Providers>
        <Panel title="Broken">
          <Part />
        </Panel>
        <Panel title="Whole">beside it</Panel>
      </Providers>,
    );
    expect(screen.getByRole("alert")).toHaveTextContent("This part of the page cannot be shown: no such figure");
    expect(screen.getByText("beside it")).toBeInTheDocument();
    broken = false;
    await userEvent.click(screen.getByRole("button", { name: "Show it again" }));
    expect(screen.getByText("42")).toBeInTheDocument();
  });
});
