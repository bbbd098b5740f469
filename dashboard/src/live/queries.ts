/** The names under which answers are kept, and how each is asked for. */
import { queryOptions } from "@tanstack/react-query";
import { agentApi } from "../api/agents";
import { fleetApi, operationApi } from "../api/operations";
import { projectApi } from "../api/projects";
import type { Project } from "../types/project";
import { every } from "./poll";
import { newest, stillActive, withRecords } from "./news";

export const projectsQuery = () => queryOptions({ queryKey: ["projects"], queryFn: () => projectApi.getAll() });

export const projectQuery = (id: string) =>
  queryOptions({ queryKey: ["project", id], queryFn: async ({ client }) => withRecords(client, await projectApi.get(id)), enabled: id !== "" });

/** What of a project no operation changes: who shows this alone is not drawn anew with every frame. */
export const factsQuery = (id: string) => queryOptions({ ...projectQuery(id), select: factsOf });

export const activeQuery = (id: string) =>
  queryOptions({ queryKey: ["active", id], queryFn: async ({ client }) => stillActive(client, id, await operationApi.active(id)), enabled: id !== "" });

export const assignedQuery = (id: string) =>
  queryOptions({ queryKey: ["assigned", id], queryFn: () => projectApi.agents(id), enabled: id !== "" });

export const agentsQuery = () => queryOptions({ queryKey: ["agents"], queryFn: () => agentApi.getAll() });

export const capabilitiesQuery = () =>
  queryOptions({ queryKey: ["capabilities"], queryFn: () => fleetApi.capabilities(), staleTime: 30_000 });

export const workersQuery = () => queryOptions({ queryKey: ["workers"], queryFn: () => fleetApi.workers(), ...every(5_000) });

export const operationQuery = (id: string) =>
  queryOptions({ queryKey: ["operation", id], queryFn: async ({ client }) => newest(client, await operationApi.get(id)) });

export type Facts = ReturnType<typeof factsOf>;

function factsOf({ agent_metadata, ...facts }: Project) {
  return { ...facts, assigned_agents: agent_metadata.assigned_agents };
}
