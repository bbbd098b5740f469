/** Agents, and what they are told to do. */
import type { Agent, AgentOperation } from "../types/project";
import { all, sendJson } from "./http";
import { newKey } from "./keys";

export interface ExecuteOptions {
  parameters?: Record<string, unknown>;
  ref?: string;
  /** One operation per key, however often the request is sent; a new one by default. */
  idempotencyKey?: string;
}

export interface NewAgent {
  name: string;
  id?: string;
  kind: "tool" | "command";
  capabilities: string[];
  settings?: Record<string, unknown>;
}

export const agentApi = {
  /** Every agent that the caller sees. */
  getAll: (): Promise<Agent[]> => all("agents"),

  create: (agent: NewAgent): Promise<Agent> => sendJson("POST", "agents", agent),

  /** Submits an operation: the agent is to perform the capability on the project. */
  executeCapability: (
    agentId: string,
    projectId: string,
    capability: string,
    { parameters, ref, idempotencyKey = newKey() }: ExecuteOptions = {},
  ): Promise<AgentOperation> =>
    sendJson(
      "POST",
      `projects/${encodeURIComponent(projectId)}/operations`,
      { agent_id: agentId, capability, ...(parameters && { parameters }), ...(ref && { ref }) },
      { "Idempotency-Key": idempotencyKey },
    ),
};
