import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { App } from "../../../app/App";
import { operation, serve, small } from "../../../testing/api";
import { KeyMap } from "../shortcuts";

const none = () => undefined;

describe("the map of keys", () => {
  it("finds what one key does, and what two in a row do", () => {
    const map = new KeyMap();
    const end = map.add("Go to", () => [["g o", "Operations", none], ["j", "Next row", none]]);
    expect(map.pressed("j", 0)?.[1]).toBe("Next row");
    expect(map.pressed("g", 10)).toBeUndefined();
    expect(map.pressed("o", 20)?.[1]).toBe("Operations");
    expect(map.pressed("o", 30)).toBeUndefined();
    end();
    expect(map.pressed("j", 40)).toBeUndefined();
  });

  it("forgets the beginning of a sequence after a moment, and another key's own meaning stays", () => {
    const map = new KeyMap();
    map.add("All", () => [["g o", "Operations", none], ["j", "Next row", none]]);
    map.pressed("g", 0);
    expect(map.pressed("o", 5_000)).toBeUndefined();
    map.pressed("g", 6_000);
    expect(map.pressed("j", 6_010)?.[1]).toBe("Next row");
  });
});

describe("the keyboard", () => {
  beforeEach(() => {
    window.history.replaceState(null, "", "/projects");
    serve(small([operation(), operation({ id: "01b", capability: "testing", timestamp: "2026-01-23T20:00:00Z" })]));
  });
  const shown = async () => {
    render(<App />);
    await screen.findByText("testing by reviewer");
  };

  it("shows what its keys do, and takes no key while that is open", async () => {
    await shown();
    await userEvent.keyboard("?");
    const help = await screen.findByRole("dialog", { name: "Keyboard shortcuts" });
    expect(help).toHaveTextContent("goOperations");
    await userEvent.keyboard("go");
    expect(window.location.pathname).toBe("/projects");
    await userEvent.keyboard("{Escape}");
    await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  it("leads to pages and to the search", async () => {
    await shown();
    await userEvent.keyboard("/");
    expect(await screen.findByLabelText("Search")).toHaveFocus();
    await userEvent.keyboard("ga");
    expect(screen.getByLabelText("Search")).toHaveValue("ga");
    screen.getByLabelText("Verdict").focus();
    await userEvent.keyboard("gaz");
    expect(window.location.pathname).toBe("/operations");
    screen.getByRole("button", { name: /Local|UTC/ }).focus();
    await userEvent.keyboard("/");
    expect(screen.getByLabelText("Search")).toHaveFocus();
  });

  it("walks through the rows of a list", async () => {
    await shown();
    await userEvent.keyboard("j");
    expect(screen.getByText("code_review by reviewer")).toHaveFocus();
    await userEvent.keyboard("jj");
    expect(screen.getByText("testing by reviewer")).toHaveFocus();
    await userEvent.keyboard("kx");
    expect(screen.getByText("code_review by reviewer")).toHaveFocus();
    await userEvent.keyboard("{Enter}");
    expect(window.location.pathname).toContain("/operations/01a");
  });

  it("changes theme and time zone, and does nothing once it is turned off", async () => {
    await shown();
    await userEvent.keyboard("tz");
    expect(await screen.findByRole("button", { name: "Theme: light" })).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "UTC" })).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Keyboard shortcuts" }));
    await userEvent.click(await screen.findByLabelText("Single keys act"));
    await userEvent.click(screen.getByRole("button", { name: "Close" }));
    await userEvent.keyboard("t?");
    expect(screen.getByRole("button", { name: "Theme: light" })).toBeInTheDocument();
    expect(localStorage.getItem("callboard.shortcuts")).toBe("off");
  });
});
