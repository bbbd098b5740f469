/** How the pages of insight ask, and how often again. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { type FindingFilters, insightApi } from "../../api/insight";
import { pagedQuery } from "../../live/paged";
import { every } from "../../live/poll";
import type { Range } from "./ranges";

export const statsQuery = ({ name, seconds, buckets }: Range) =>
  queryOptions({
    queryKey: ["stats", name],
    queryFn: () => insightApi.stats(seconds, buckets),
    ...every(10_000),
    placeholderData: keepPreviousData,
  });

export const queuesQuery = () => queryOptions({ queryKey: ["queues"], queryFn: () => insightApi.queues(), ...every(5_000) });

export const failuresQuery = (projectId: string) => ({
  ...pagedQuery(["failures", projectId], (cursor) => insightApi.failures(projectId, cursor)),
  ...every(30_000),
});

export const trendQuery = (projectId: string, capability: string) =>
  queryOptions({
    queryKey: ["findings", projectId, "trend", capability],
    queryFn: () => insightApi.trend(projectId, capability),
    placeholderData: keepPreviousData,
    enabled: projectId !== "",
  });

export const findingsQuery = (projectId: string, filters: FindingFilters) => ({
  ...pagedQuery(["findings", projectId, filters], (cursor) => insightApi.findings(projectId, filters, cursor)),
  placeholderData: keepPreviousData,
  enabled: projectId !== "",
});
