import { type InfiniteData, QueryClient, QueryObserver } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import type { Page } from "../../api/http";
import { operation, project } from "../../testing/api";
import type { AgentOperation, WebSocketMessage } from "../../types/project";
import { apply } from "../apply";
import { historyOf, upsert } from "../merge";
import { itemsOf } from "../paged";
import { activeQuery, factsQuery, operationQuery, projectQuery } from "../queries";

const told = (changes: Parameters<typeof operation>[0]): WebSocketMessage => {
  const one = operation(changes);
  return { type: "agent_operation", project_id: one.project_id, seq: one.seq, payload: { project_id: one.project_id, agent_id: one.agent_id, operation: one } };
};

function shown() {
  const client = new QueryClient();
  client.setQueryData(projectQuery("shop").queryKey, project());
  client.setQueryData(activeQuery("shop").queryKey, []);
  client.setQueryData(operationQuery("1").queryKey, operation({ id: "1", seq: 1, status: "running", parameters: { a: 1 } }));
  return client;
}

describe("merging what frames tell", () => {
  it("keeps the newer state of an operation, in its place", () => {
    const list = [operation({ id: "2", seq: 5 }), operation({ id: "1", seq: 4 })];
    expect(upsert(list, operation({ id: "1", seq: 3, status: "running" }))).toEqual(list);
    expect(upsert(list, operation({ id: "1", seq: 6, status: "failed" }))[1]).toMatchObject({ seq: 6, status: "failed" });
    expect(upsert(list, operation({ id: "3", seq: 7 })).map(({ id }) => id)).toEqual(["3", "2", "1"]);
  });

  it("shows each operation once, what still runs first, then the newest", () => {
    const records = [operation({ id: "1", seq: 2, timestamp: "2026-01-01T00:00:00Z" }), operation({ id: "2", seq: 5, timestamp: "2026-01-02T00:00:00Z" })];
    const active = [operation({ id: "3", seq: 3, status: "running", timestamp: "2025-01-01T00:00:00Z" }), operation({ id: "2", seq: 4, status: "running" })];
    expect(historyOf(records, active).map(({ id, status }) => `${id} ${status}`)).toEqual(["3 running", "2 completed", "1 completed"]);
  });

  it("leaves the very facts of a project that no operation changes, so that they are not drawn anew", () => {
    const client = shown();
    const facts = new QueryObserver(client, { ...factsQuery("shop"), staleTime: Infinity });
    const end = facts.subscribe(() => undefined);
    const before = facts.getCurrentResult().data;
    apply(client, [told({ id: "1", seq: 3, status: "completed" })]);
    expect(client.getQueryData(projectQuery("shop").queryKey)?.agent_metadata.operation_history.map(({ id }) => id)).toContain("1");
    expect(facts.getCurrentResult().data).toBe(before);
    expect(before).toMatchObject({ id: "shop" });
    end();
  });

  it("moves an operation from what runs to the records when it ends", () => {
    const client = shown();
    apply(client, [told({ id: "1", seq: 2, status: "running" })]);
    expect(client.getQueryData(activeQuery("shop").queryKey)).toHaveLength(1);
    apply(client, [told({ id: "1", seq: 3, status: "completed" })]);
    expect(client.getQueryData(activeQuery("shop").queryKey)).toEqual([]);
    expect(client.getQueryData(projectQuery("shop").queryKey)?.agent_metadata.operation_history).toHaveLength(1);
    expect(client.getQueryData(operationQuery("1").queryKey)).toMatchObject({ status: "completed", parameters: { a: 1 } });
  });

  it("drops a row that no longer matches its list, unless what is told is older than the row", () => {
    const client = shown();
    const pending = ["operations", { status: "pending" }, "utc"];
    const rows = [operation({ id: "2", seq: 2, status: "pending" }), operation({ id: "1", seq: 9, status: "pending" })];
    client.setQueryData(pending, { pages: [{ items: rows, next: null }], pageParams: [null] });
    apply(client, [told({ id: "2", seq: 3, status: "running" }), told({ id: "1", seq: 8, status: "running" })]);
    expect(itemsOf(client.getQueryData<InfiniteData<Page<AgentOperation>>>(pending)).map(({ id }) => id)).toEqual(["1"]);
  });

  it("keeps the window of records as small as the server does", () => {
    const client = shown();
    const stamp = (seq: number) => new Date(Date.UTC(2026, 0, 1, 0, seq)).toISOString();
    apply(client, Array.from({ length: 60 }, (_, index) => told({ id: `n${index}`, seq: index + 2, timestamp: stamp(index) })));
    const history = client.getQueryData(projectQuery("shop").queryKey)?.agent_metadata.operation_history ?? [];
    expect(history).toHaveLength(50);
    expect(history.at(-1)?.id).toBe("n59");
  });

  it("shows progress, and who works on a project now", () => {
    const client = shown();
    apply(client, [
      { type: "progress", project_id: "shop", payload: { operation_id: "1", done: 1, total: 4, text: "reading" } },
      { type: "project_update", project_id: "shop", seq: 9, payload: { project_id: "shop", metadata: { assigned_agents: ["tester"] } } },
    ]);
    expect(client.getQueryData(operationQuery("1").queryKey)?.progress).toEqual({ done: 1, total: 4, text: "reading" });
    expect(client.getQueryData(projectQuery("shop").queryKey)?.agent_metadata.assigned_agents).toEqual(["tester"]);
  });

  it("reads a project anew after a reset, and leaves the others alone", () => {
    const client = shown();
    client.setQueryData(projectQuery("other").queryKey, project({ id: "other" }));
    apply(client, [{ type: "reset", project_id: "shop", payload: { oldest: 1, head: 1 } }]);
    expect(client.getQueryState(projectQuery("shop").queryKey)?.isInvalidated).toBe(true);
    expect(client.getQueryState(projectQuery("other").queryKey)?.isInvalidated).toBe(false);
  });
});
