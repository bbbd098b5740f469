/** An API that answers what the test gives it, and remembers what it was asked. */
import { vi } from "vitest";
import type { AgentOperation, Capability, Project } from "../types/project";

type Answer = unknown | ((body: unknown) => unknown);

export interface Asked {
  method: string;
  path: string;
  headers: Headers;
  body: unknown;
}

export class Refused {
  constructor(
    readonly status: number,
    readonly detail: string,
  ) {}
}

/** `answers` maps `METHOD path`, without query, to what is answered; what is not named is a 404. */
export function serve(answers: Record<string, Answer>): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit = {}) => {
    const [path = ""] = url.replace("/api/v1/", "").split("?");
    const method = init.method ?? "GET";
    const body: unknown = init.body ? JSON.parse(String(init.body)) : undefined;
    asked.push({ method, path: url, headers: new Headers(init.headers), body });
    const given = answers[`${method} ${path}`] ?? new Refused(404, `There is no ${path}`);
    const answer = typeof given === "function" ? await (given as (body: unknown) => unknown)(body) : given;
    return answer instanceof Refused
      ? Response.json({ title: "Refused", detail: answer.detail, code: "refused" }, { status: answer.status })
      : Response.json(answer);
  });
  return asked;
}

export const list = (...items: unknown[]) => ({ items, next: null });

export const project = (changes: Partial<Project> = {}): Project => ({
  id: "shop",
  name: "Test Project",
  description: null,
  status: "active",
  source: { path: "/srv/shop" },
  policy: {},
  created_at: "2026-01-24T20:00:00Z",
  updated_at: "2026-01-24T20:00:00Z",
  agent_metadata: { assigned_agents: ["reviewer"], capability_requirements: ["code_review"], operation_history: [] },
  ...changes,
});

export const operation = (changes: Partial<AgentOperation> = {}): AgentOperation => ({
  id: "01a20382-6258-7f50-ba5a-4fe0847d6987",
  project_id: "shop",
  agent_id: "reviewer",
  capability: "code_review",
  capability_version: "1",
  timestamp: "2026-01-24T20:00:00Z",
  status: "completed",
  reason: null,
  error: null,
  verdict: "pass",
  result: null,
  attempt: 1,
  duration_ms: 1_900,
  seq: 3,
  parameters: {},
  ref: null,
  commit: null,
  dirty: null,
  sandbox: "bubblewrap",
  tries: 0,
  worker: "callboard@host",
  cancel_requested_at: null,
  wait_reason: null,
  wait_detail: null,
  waits: {},
  progress: null,
  requested_by: "admin",
  rerun_of: null,
  run_at: "2026-01-24T20:00:00Z",
  created_at: "2026-01-24T20:00:00Z",
  started_at: "2026-01-24T20:00:00Z",
  finished_at: "2026-01-24T20:00:02Z",
  ...changes,
});

export const capability = (changes: Partial<Capability> = {}): Capability => ({
  name: "code_review",
  version: "1",
  description: "Reviews code.",
  parameters_schema: { type: "object", properties: {}, additionalProperties: false },
  result_schema: {},
  queue: "code_review",
  timeout: 300,
  tries: 3,
  risk: "read",
  max_running: null,
  workers: ["callboard@host"],
  ...changes,
});

/** The answers of an installation with one project, one agent and one capability. */
export const small = (records: AgentOperation[] = [], active: AgentOperation[] = []): Record<string, Answer> => {
  const shop = project({ agent_metadata: { ...project().agent_metadata, operation_history: records } });
  return {
    "GET projects": list(shop),
    "GET projects/shop": shop,
    "GET projects/shop/agents": list({ id: "reviewer", name: "Reviewer", capabilities: ["code_review"] }),
    "GET agents": list({ id: "reviewer", name: "Reviewer", kind: "tool", capabilities: ["code_review"], settings: {}, created_at: "" }),
    "GET capabilities": list(capability()),
    "GET operations": list(...active),
  };
};
