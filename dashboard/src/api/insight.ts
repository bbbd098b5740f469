/** What the API tells of throughput, queues, failures and findings. */
import { serverNow } from "../app/clock";
import type { Failure, FindingPage, FindingState, Queue, Stats, TrendPoint } from "../types/insight";
import { type Page, request, sendJson, under } from "./http";

const ledger = (projectId: string): string => `projects/${encodeURIComponent(projectId)}/findings`;
const suppression = (projectId: string, fingerprint: string): string =>
  `${ledger(projectId)}/${encodeURIComponent(fingerprint)}/suppression`;

export interface FindingFilters {
  state?: FindingState | "";
  capability?: string;
  severity?: string;
}

export const insightApi = {
  /** What ended in the last so many seconds, in equal stretches. */
  stats: (seconds: number, buckets: number): Promise<Stats> =>
    request(under("stats", { since: new Date(serverNow() - seconds * 1_000).toISOString(), buckets })),

  failures: (projectId: string, cursor: string | null): Promise<Page<Failure>> =>
    request(under("failures", { project_id: projectId, cursor })),

  queues: async (): Promise<Queue[]> => (await request<{ items: Queue[] }>("queues")).items,

  findings: (projectId: string, filters: FindingFilters, cursor: string | null): Promise<FindingPage> =>
    request(under(ledger(projectId), { ...filters, cursor })),

  /** How many were open in the course of time, of one capability or of all. */
  trend: async (projectId: string, capability: string): Promise<TrendPoint[]> =>
    (await request<{ items: TrendPoint[] }>(under(`${ledger(projectId)}/trend`, { capability }))).items,

  /** The fingerprints of what is suppressed of a capability's findings, 200 at most. */
  suppressed: async (projectId: string, capability: string): Promise<Set<string>> => {
    const page = await request<FindingPage>(under(ledger(projectId), { state: "suppressed", capability, limit: 200 }));
    return new Set(page.items.map(({ fingerprint }) => fingerprint));
  },

  /** Takes a finding off the open ones, until a time where one is given. */
  suppress: (projectId: string, fingerprint: string, reason: string, until: string | null): Promise<void> =>
    sendJson("PUT", suppression(projectId, fingerprint), { reason, ...(until && { until }) }),

  unsuppress: (projectId: string, fingerprint: string): Promise<void> =>
    request(suppression(projectId, fingerprint), { method: "DELETE" }),
};
