import { act, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { App } from "../../app/App";
import { Providers } from "../../app/Providers";
import { ahead, learn, serverNow } from "../../app/clock";
import { page as workers } from "../../pages/workers";
import { Refused, list, serve, small } from "../../testing/api";
import { show } from "../../testing/show";
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

describe("a session that ends while the page is open", () => {
  it("leads to signing in, whatever was refused, and leaves the API alone until then", async () => {
    const answers = small();
    let isValid = true;
    const refused = new Refused(401, "Send it as `Authorization: Bearer`");
    serve({ ...answers, "GET projects": () => (isValid ? answers["GET projects"] : refused), "GET workers": () => (isValid ? list() : refused) });
    render(<App />);
    await screen.findByText("Test Project");
    isValid = false;
    await userEvent.click(screen.getByRole("link", { name: "Workers" }));
    expect(await screen.findByLabelText(/API key/)).toBeInTheDocument();
    await waitFor(() => expect(FakeSocket.opened.every(({ isClosed }) => isClosed)).toBe(true));
  });
});

describe("signing out", () => {
  it("says so where it fails", async () => {
    serve({ ...small(), "POST /logout": () => Promise.reject(new TypeError("refused")) });
    render(<App />);
    await userEvent.click(await screen.findByRole("button", { name: "Sign out" }));
    expect(await screen.findByText("You may still be signed in: Callboard does not answer.")).toBeInTheDocument();
  });
});

describe("an API that does not answer", () => {
  it("is given up after a while", async () => {
    vi.spyOn(AbortSignal, "timeout").mockReturnValue(AbortSignal.abort());
    vi.stubGlobal("fetch", (_: string, { signal }: RequestInit) => (signal?.aborted ? Promise.reject(signal.reason) : new Promise(() => undefined)));
    show(workers, "/workers");
    expect(await screen.findByText(/The API does not answer/)).toBeInTheDocument();
    vi.restoreAllMocks();
  });

  it("is told at the first failure, and stays told while it is asked again", async () => {
    let attempts = 0;
    vi.stubGlobal("fetch", () => (attempts++ === 0 ? Promise.reject(new TypeError("refused")) : new Promise(() => undefined)));
    show(workers, "/workers");
    expect(await screen.findByText(/The API does not answer/)).toBeInTheDocument();
    await waitFor(() => expect(attempts).toBeGreaterThan(1));
    expect(screen.queryByRole("status", { name: "Loading" })).toBeNull();
  });
});

describe("a page that is held still", () => {
  it("asks for nothing of itself until it is resumed", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"] });
    const asked = serve({ ...small(), "GET workers": list() });
    window.history.replaceState(null, "", "/workers");
    render(<App />);
    await screen.findByText("No worker has ever been here.");
    act(() => FakeSocket.newest.heads({}));
    const times = () => asked.filter(({ path }) => path.includes("workers")).length;
    act(() => screen.getByText("Live").click());
    const before = times();
    await act(() => vi.advanceTimersByTimeAsync(20_000));
    expect(times()).toBe(before);
    act(() => screen.getByText("Paused").click());
    act(() => FakeSocket.newest.heads({}));
    await act(() => vi.advanceTimersByTimeAsync(5_000));
    expect(times()).toBeGreaterThan(before);
    vi.useRealTimers();
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
