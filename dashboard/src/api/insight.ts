/** What the API tells of throughput, queues, failures and findings. */
import type { Failure, FindingPage, FindingState, Queue, Stats } from "../types/insight";
import { type Page, address, prefix, request, sendJson } from "./http";

type Query = Record<string, string | number | null | undefined>;

const under = (path: string, query: Query): string => address(path, query).slice(`${prefix()}api/v1/`.length);
const ledger = (projectId: string): string => `projects/${encodeURIComponent(projectId)}/findings`;
const suppression = (projectId: string, fingerprint: string): string =>
  `${ledger(projectId)}/${encodeURIComponent(fingerprint)}/suppression`;

export interface FindingFilters {
  state?: FindingState | "";
  capability?: string;
}

export const insightApi = {
  /** What ended in the last so many seconds, in equal stretches. */
  stats: (seconds: number, buckets: number): Promise<Stats> =>
    request(under("stats", { since: new Date(Date.now() - seconds * 1_000).toISOString(), buckets })),

  failures: (projectId: string, cursor: string | null): Promise<Page<Failure>> =>
    request(under("failures", { project_id: projectId, cursor })),

  queues: async (): Promise<Queue[]> => (await request<{ items: Queue[] }>("queues")).items,

  findings: (projectId: string, filters: FindingFilters, cursor: string | null): Promise<FindingPage> =>
    request(under(ledger(projectId), { ...filters, cursor })),

  /** Takes a finding off the open ones, until a time where one is given. */
  suppress: (projectId: string, fingerprint: string, reason: string, until: string | null): Promise<void> =>
    sendJson("PUT", suppression(projectId, fingerprint), { reason, ...(until && { until }) }),

  unsuppress: (projectId: string, fingerprint: string): Promise<void> =>
    request(suppression(projectId, fingerprint), { method: "DELETE" }),
};
