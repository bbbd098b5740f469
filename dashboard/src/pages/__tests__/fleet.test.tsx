import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { capability, list, serve, small } from "../../testing/api";
import { show } from "../../testing/show";
import { page as agents } from "../agents";
import { page as workers } from "../workers";

const worker = (changes: object = {}) => ({
  name: "callboard@host",
  status: "online",
  capabilities: ["code_review"],
  concurrency: 2,
  sandbox: "bubblewrap",
  started_at: "2026-01-24T20:00:00Z",
  seen_at: "2026-01-24T20:00:00Z",
  ...changes,
});

describe("the pages of the fleet", () => {
  it("lists agents, and which capabilities have a worker", async () => {
    serve({ ...small(), "GET capabilities": list(capability(), capability({ name: "lonely", workers: [] })) });
    show(agents, "/agents");
    expect(await screen.findByText("Reviewer")).toBeInTheDocument();
    expect(await screen.findByText("1 worker")).toHaveAttribute("data-tone", "good");
    expect(screen.getByText("no worker")).toHaveAttribute("data-tone", "bad");
  });

  it("says what to do where there is nobody", async () => {
    serve({ ...small(), "GET agents": list(), "GET capabilities": list(), "GET workers": list() });
    show(agents, "/agents");
    expect(await screen.findByText("No agents yet.")).toBeInTheDocument();
    expect(await screen.findByText("No worker has offered anything yet.")).toBeInTheDocument();
  });

  it("shows how every worker is", async () => {
    serve({ ...small(), "GET workers": list(worker(), worker({ name: "gone@host", status: "lost", sandbox: null })) });
    show(workers, "/workers");
    expect(await screen.findByText("online")).toHaveAttribute("data-tone", "good");
    expect(screen.getByText("lost")).toHaveAttribute("data-tone", "bad");
  });

  it("says that no worker has come yet", async () => {
    serve({ ...small(), "GET workers": list() });
    show(workers, "/workers");
    expect(await screen.findByText("No worker has ever been here.")).toBeInTheDocument();
  });
});
