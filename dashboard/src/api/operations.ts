/** Operations: lists, one, its files, and what a person can do with it. */
import type { AgentOperation, AgentOperationMessage, Artifact, Capability, Worker } from "../types/project";
import { type Page, address, request, requestText, sendJson, under } from "./http";

/** The fields of an operation by which a list may be narrowed. */
export const FIELDS = ["status", "verdict", "project_id", "agent_id", "capability"] as const;

/** What a list of operations may be narrowed by; empty does not narrow. */
export interface Filters {
  status?: string;
  verdict?: string;
  project_id?: string;
  agent_id?: string;
  capability?: string;
  /** A time, or `today`, `24h`, `7d`. */
  since?: string;
  q?: string;
}

const of = (id: string): string => `operations/${encodeURIComponent(id)}`;
const items = async <Item>(path: string): Promise<Item[]> => (await request<{ items: Item[] }>(path)).items;

export const operationApi = {
  /** One page, newest first, of operations as frames tell them. */
  page: (filters: Filters, cursor: string | null, limit = 50): Promise<Page<AgentOperation>> =>
    request(under("operations", { ...filters, cursor, limit, result: "cut" })),

  /** What waits or runs on a project. */
  active: async (projectId: string): Promise<AgentOperation[]> => {
    const pages = ["running", "pending"].map((status) => operationApi.page({ project_id: projectId, status }, null, 100));
    return (await Promise.all(pages)).flatMap((page) => page.items);
  },

  get: (id: string): Promise<AgentOperation> => request(of(id)),

  events: (id: string): Promise<AgentOperationMessage[]> => items(`${of(id)}/events`),

  artifacts: (id: string): Promise<Artifact[]> => items(`${of(id)}/artifacts`),

  artifactAddress: (id: string, name: string): string => address(`${of(id)}/artifacts/${name.split("/").map(encodeURIComponent).join("/")}`),

  log: (id: string, longest: number): Promise<string> => requestText(`${of(id)}/artifacts/log.txt`, longest),

  cancel: (id: string): Promise<AgentOperation> => sendJson("POST", `${of(id)}/cancel`),

  rerun: (id: string): Promise<AgentOperation> => sendJson("POST", `${of(id)}/rerun`),
};

export const fleetApi = {
  capabilities: (): Promise<Capability[]> => items("capabilities"),
  workers: (): Promise<Worker[]> => items("workers"),
};
