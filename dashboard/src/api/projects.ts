/** Projects and who works on them. */
import type { AssignedAgent, NumberedMessage, Project, ProjectSummary } from "../types/project";
import { all, request, sendJson } from "./http";

export interface NewProject {
  name: string;
  id?: string;
  description?: string;
  source: { path: string } | { git: string; ref?: string };
}

export interface FramePage {
  items: NumberedMessage[];
  next: number | null;
}

const of = (id: string): string => `projects/${encodeURIComponent(id)}`;

export const projectApi = {
  getAll: (): Promise<ProjectSummary[]> => all("projects"),

  get: (id: string): Promise<Project> => request(of(id)),

  create: (project: NewProject): Promise<Project> => sendJson("POST", "projects", project),

  /** The agents of a project with what is granted to each. */
  agents: async (id: string): Promise<AssignedAgent[]> => (await request<{ items: AssignedAgent[] }>(`${of(id)}/agents`)).items,

  assign: (id: string, agentId: string, capabilities: string[]): Promise<unknown> =>
    sendJson("PUT", `${of(id)}/agents/${encodeURIComponent(agentId)}`, { capabilities }),

  unassign: (id: string, agentId: string): Promise<unknown> =>
    sendJson("DELETE", `${of(id)}/agents/${encodeURIComponent(agentId)}`),

  /** The numbered frames after `since`, oldest first. */
  events: (id: string, since: number): Promise<FramePage> => request(`${of(id)}/events?since=${since}&limit=500`),
};
