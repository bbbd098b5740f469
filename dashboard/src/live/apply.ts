/** Writes live frames into what the pages show, so that no request is needed for them. */
import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import type { Page } from "../api/http";
import type { Filters } from "../api/operations";
import type { AgentOperation, ProjectUpdateMessage, WebSocketMessage } from "../types/project";
import { isTerminal, matches, upsert } from "./merge";
import { forget, recorded, remember } from "./news";
import { activeQuery, assignedQuery, operationQuery, projectQuery, projectsQuery } from "./queries";

type List = InfiniteData<Page<AgentOperation>>;

export function apply(client: QueryClient, messages: readonly WebSocketMessage[]): void {
  for (const message of messages) {
    if (message.type === "agent_operation") {
      changed(client, message.payload.operation);
    } else if (message.type === "project_update") {
      updated(client, message);
    } else if (message.type === "progress") {
      const { operation_id: id, ...progress } = message.payload;
      client.setQueryData(operationQuery(id).queryKey, (old) => old && { ...old, progress });
      client.setQueryData(activeQuery(message.project_id).queryKey, (old) =>
        old?.map((operation) => (operation.id === id ? { ...operation, progress } : operation)),
      );
    } else if (message.type === "reset") {
      forget(client, message.project_id);
      void client.invalidateQueries({ predicate: ({ queryKey }) => !isOfAnother(queryKey, message.project_id) });
    } else {
      void client.invalidateQueries();
    }
  }
}

/** An operation as a frame tells it, without parameters and with a short result. */
export function changed(client: QueryClient, told: AgentOperation): void {
  const { parameters: _, ...operation } = told;
  const id = told.project_id;
  remember(client, told);
  client.setQueryData(projectQuery(id).queryKey, (old) => (old && isTerminal(told) ? recorded(old, told) : old));
  client.setQueryData(activeQuery(id).queryKey, (old) => old && upsert(old, told).filter((one) => !isTerminal(one)));
  for (const { queryKey } of client.getQueryCache().findAll({ queryKey: ["operations"] })) {
    client.setQueryData<List>(queryKey, (old) => old && replaced(old, told, queryKey[1] as Filters));
  }
  const known = client.getQueryData(operationQuery(told.id).queryKey);
  if (known && known.seq < told.seq) {
    client.setQueryData(operationQuery(told.id).queryKey, { ...known, ...operation, progress: isTerminal(told) ? null : known.progress });
    void client.invalidateQueries({ queryKey: ["operation", told.id] });
  }
}

/** The list with the newer state of an operation, or without it where it no longer matches. */
function replaced(list: List, operation: AgentOperation, filters: Filters): List {
  const isOlder = ({ id, seq }: AgentOperation) => id === operation.id && seq <= operation.seq;
  if (!list.pages.some((page) => page.items.some(isOlder))) {
    return list;
  }
  const place = matches(operation, filters) ? upsert<AgentOperation> : without;
  return { ...list, pages: list.pages.map((page) => (page.items.some(isOlder) ? { ...page, items: place(page.items, operation) } : page)) };
}

const without = (items: readonly AgentOperation[], { id }: AgentOperation): AgentOperation[] => items.filter((one) => one.id !== id);

function updated(client: QueryClient, message: ProjectUpdateMessage): void {
  const id = message.project_id;
  const { operation_history: _, ...metadata } = message.payload.metadata;
  client.setQueryData(projectQuery(id).queryKey, (old) => old && { ...old, agent_metadata: { ...old.agent_metadata, ...metadata } });
  void client.invalidateQueries({ queryKey: assignedQuery(id).queryKey });
  void client.invalidateQueries({ queryKey: projectsQuery().queryKey });
  void client.invalidateQueries({ queryKey: projectQuery(id).queryKey });
}

function isOfAnother(key: readonly unknown[], projectId: string): boolean {
  return ["project", "active", "assigned"].includes(String(key[0])) && key[1] !== projectId;
}
