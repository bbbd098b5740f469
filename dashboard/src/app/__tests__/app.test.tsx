import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { act } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Refused, operation, serve, small } from "../../testing/api";
import { FakeSocket } from "../../testing/socket";
import { App } from "../App";
import { ago, duration, exact } from "../time";

beforeEach(() => window.history.replaceState(null, "", "/projects"));
afterEach(() => document.documentElement.removeAttribute("class"));

describe("the shell", () => {
  it("names every page in the rail, and leads around it", async () => {
    serve(small());
    render(<App />);
    const names = (await screen.findByRole("navigation", { name: "Pages" })).querySelectorAll("a");
    expect([...names].map((link) => link.textContent)).toEqual(["Overview", "Projects", "Operations", "Findings", "Failures", "Agents", "Workers", "Queues"]);
    await userEvent.click(screen.getByText("Skip to the content"));
    expect(screen.getByRole("main")).toHaveFocus();
  });

  it("says truthfully whether it is live, and can be held still", async () => {
    serve(small());
    render(<App />);
    expect(await screen.findByText("Reconnecting")).toBeInTheDocument();
    act(() => FakeSocket.newest.heads({ shop: 1 }));
    await userEvent.click(await screen.findByText("Live"));
    await userEvent.click(await screen.findByText("Paused"));
    expect(await screen.findByText("Live")).toBeInTheDocument();
  });

  it("gives the page that comes the focus that went with the page before, and no other", async () => {
    serve({ ...small([operation()]), "GET operations/01a20382-6258-7f50-ba5a-4fe0847d6987": operation() });
    render(<App />);
    await userEvent.click(await screen.findByRole("link", { name: "code_review by reviewer" }));
    await screen.findByRole("heading", { name: "Timeline" });
    expect(screen.getByRole("main")).toHaveFocus();
    await userEvent.click(screen.getByRole("link", { name: "Agents" }));
    expect(screen.getByRole("link", { name: "Agents" })).toHaveFocus();
  });

  it("remembers theme and time zone", async () => {
    serve(small());
    render(<App />);
    await userEvent.click(await screen.findByRole("button", { name: "Theme: system" }));
    await userEvent.click(screen.getByRole("button", { name: "Theme: light" }));
    expect(document.documentElement).toHaveClass("dark");
    expect(localStorage.getItem("callboard.theme")).toBe("dark");
    await userEvent.click(screen.getByRole("button", { name: "Local" }));
    expect(screen.getByRole("button", { name: "UTC" })).toBeInTheDocument();
  });

  it("asks for a key where nobody is signed in, and keeps it nowhere", async () => {
    let isIn = false;
    const answers = small();
    serve({ ...answers, "GET projects": () => (isIn ? answers["GET projects"] : new Refused(401, "No key")), "POST /login": () => (isIn = true) });
    render(<App />);
    await userEvent.type(await screen.findByLabelText(/API key/), "secret");
    await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
    expect(await screen.findByText("Test Project")).toBeInTheDocument();
    expect(JSON.stringify({ ...localStorage })).not.toContain("secret");
  });

  it("says that a wrong key opens nothing", async () => {
    serve({ "GET projects": new Refused(401, "No key"), "POST /login": new Refused(401, "No") });
    render(<App />);
    await userEvent.type(await screen.findByLabelText(/API key/), "wrong{Enter}");
    expect(await screen.findByText("This API key opens nothing here; is it whole?")).toBeInTheDocument();
  });

  it("says so where there is no such page, and where the API does not answer", async () => {
    window.history.replaceState(null, "", "/nonsense");
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("refused")));
    render(<App />);
    expect(await screen.findByText("There is no such page")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("link", { name: "Projects" }));
    const sentence = "The API does not answer; is `callboard up` running?";
    expect((await screen.findAllByText(sentence, {}, { timeout: 10_000 }))[0]).toBeInTheDocument();
  });
});

describe("times", () => {
  it.each([
    [null, "–"],
    [-5, "0 ms"],
    [340, "340 ms"],
    [1_990, "1.9 s"],
    [125_000, "2 min 5 s"],
    [3_780_000, "1 h 3 min"],
  ])("writes %s ms as %s", (ms, text) => expect(duration(ms)).toBe(text));

  it("never fails on a time that is none", () => {
    expect(ago("nonsense", 0)).toBe("–");
    expect(exact("nonsense", "utc")).toBe("an unknown time");
    expect(exact("2026-01-24T20:00:00Z", "utc")).toBe("24 Jan 2026, 20:00:00 UTC");
    expect(ago("2026-01-24T20:00:00Z", Date.parse("2026-01-24T20:02:10Z"))).toBe("2 min. ago");
  });
});
