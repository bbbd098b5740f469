import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { App } from "../../app/App";
import { Providers } from "../../app/Providers";
import { ahead, learn, serverNow } from "../../app/clock";
import { Refused, serve, small } from "../../testing/api";
import { FakeSocket } from "../../testing/socket";
import { Panel } from "../Panel";

beforeEach(() => window.history.replaceState(null, "", "/projects"));
afterEach(() => learn(new Date().toUTCString()));

describe("what goes wrong in one panel", () => {
  it("stays in it, is told in a sentence, and can be tried again", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    let isBroken = true;
    const Fragile = () => {
      if (isBroken) {
        throw new Error("the chart has no scale");
      }
      return <p>all is well</p>;
    };
    render(
      <Providers>
        <Panel title="One"><Fragile /></Panel>
        <Panel title="Other"><p>still here</p></Panel>
      </Providers>,
    );
    expect(screen.getByRole("alert")).toHaveTextContent("This part of the page cannot be shown: the chart has no scale");
    expect(screen.getByText("still here")).toBeInTheDocument();
    isBroken = false;
    await userEvent.click(screen.getByRole("button", { name: "Show it again" }));
    expect(screen.getByText("all is well")).toBeInTheDocument();
  });
});

describe("a key that expires while the page is open", () => {
  it("leads to signing in, and back to the page", async () => {
    const answers = small();
    let isValid = true;
    serve({ ...answers, "GET projects": () => (isValid ? answers["GET projects"] : new Refused(401, "The key has expired")), "POST /login": () => (isValid = true) });
    render(<App />);
    await screen.findByText("Test Project");
    isValid = false;
    act(() => FakeSocket.newest.heads({ shop: 1 }));
    await userEvent.type(await screen.findByLabelText(/API key/), "another{Enter}");
    expect(await screen.findByText("Test Project")).toBeInTheDocument();
    expect(window.location.pathname).toBe("/projects");
  });
});

describe("a clock that is off by hours", () => {
  it.each([
    [3, /is 3 h 0 min ahead of the server's/],
    [-2, /is 2 h 0 min behind the server's/],
  ])("is told (%i h), and times are the server's", async (hours, sentence) => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const started = "2026-01-24T20:00:00Z";
    vi.setSystemTime(Date.parse(started) + 120_000 + hours * 3_600_000);
    serve(small());
    learn("Sat, 24 Jan 2026 20:02:00 GMT");
    render(<App />);
    expect(await screen.findByText(sentence)).toBeInTheDocument();
    expect(serverNow()).toBe(Date.parse(started) + 120_000);
    vi.useRealTimers();
  });

  it("says nothing of seconds, and learns nothing from no answer", () => {
    learn(new Date(Date.now() - 3_000).toUTCString());
    expect(ahead()).toBe(0);
    learn(new Date(Date.now() - 7_200_000).toUTCString());
    learn(null);
    expect(ahead()).toBeGreaterThan(7_100_000);
  });
});
