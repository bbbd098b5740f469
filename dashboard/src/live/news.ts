/** What frames have told lately; an answer that was under way meanwhile may be older, and must not undo it. */
import type { QueryClient } from "@tanstack/react-query";
import type { AgentOperation, Project } from "../types/project";
import { isTerminal, upsert } from "./merge";

const REMEMBERED = 500;
const WINDOW = 50;
const told = new WeakMap<QueryClient, Map<string, AgentOperation>>();

function newsOf(client: QueryClient): Map<string, AgentOperation> {
  const known = told.get(client) ?? new Map<string, AgentOperation>();
  told.set(client, known);
  return known;
}

export function remember(client: QueryClient, operation: AgentOperation): void {
  const news = newsOf(client);
  news.delete(operation.id);
  news.set(operation.id, operation);
  const [oldest] = news.keys();
  if (news.size > REMEMBERED && oldest !== undefined) {
    news.delete(oldest);
  }
}

/** Forgets what was told of a project whose numbers begin anew, or of all. */
export function forget(client: QueryClient, projectId?: string): void {
  const news = newsOf(client);
  for (const [id, operation] of news) {
    if (projectId === undefined || operation.project_id === projectId) {
      news.delete(id);
    }
  }
}

/** The operation, or what was told of it since; parameters are in no frame. */
export function newest(client: QueryClient, operation: AgentOperation): AgentOperation {
  const news = newsOf(client).get(operation.id);
  return news && news.seq > operation.seq ? { ...news, parameters: operation.parameters } : operation;
}

/** What waits or runs on a project, by an answer and by what was told since. */
export function stillActive(client: QueryClient, projectId: string, answered: AgentOperation[]): AgentOperation[] {
  const news = [...newsOf(client).values()].filter((one) => one.project_id === projectId);
  return news.reduce<AgentOperation[]>(upsert, answered).filter((one) => !isTerminal(one));
}

/** The project with the records of what has ended, also of what was told since. */
export function withRecords(client: QueryClient, project: Project): Project {
  const ended = [...newsOf(client).values()].filter((one) => one.project_id === project.id && isTerminal(one));
  return ended.reduce(recorded, project);
}

/** The project with one more record; older ones leave the window. */
export function recorded(project: Project, operation: AgentOperation): Project {
  const history = project.agent_metadata.operation_history;
  const isTooOld = history.length >= WINDOW && operation.timestamp < (history[0]?.timestamp ?? "");
  if (isTooOld) {
    return project;
  }
  const grown = upsert([...history].reverse(), operation).reverse().slice(-WINDOW);
  return { ...project, agent_metadata: { ...project.agent_metadata, operation_history: grown } };
}
