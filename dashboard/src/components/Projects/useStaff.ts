/** Who can be told to do what on a project: the agents that are assigned, with what is granted to each. */
import { useQuery } from "@tanstack/react-query";
import { type Facts, agentsQuery, assignedQuery } from "../../live/queries";
import type { AssignedAgent } from "../../types/project";

/** Until the grants are read, an assigned agent is shown with all that it can do; the API checks each request. */
export function useStaff(project: Facts | undefined): AssignedAgent[] {
  const agents = useQuery(agentsQuery());
  const assigned = useQuery(assignedQuery(project?.id ?? ""));
  if (assigned.data) {
    return assigned.data;
  }
  const members = new Set(project?.assigned_agents);
  return (agents.data ?? []).filter(({ id }) => members.has(id));
}
