/** How the pages of insight ask, and how often again. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { type FindingFilters, insightApi } from "../../api/insight";
import type { Range } from "./ranges";

export const statsQuery = ({ name, seconds, buckets }: Range) =>
  queryOptions({
    queryKey: ["stats", name],
    queryFn: () => insightApi.stats(seconds, buckets),
    refetchInterval: 10_000,
    placeholderData: keepPreviousData,
  });

export const queuesQuery = () => queryOptions({ queryKey: ["queues"], queryFn: () => insightApi.queues(), refetchInterval: 5_000 });

export const failuresQuery = (projectId: string) =>
  infiniteQueryOptions({
    queryKey: ["failures", projectId],
    queryFn: ({ pageParam }) => insightApi.failures(projectId, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: 30_000,
  });

export const trendQuery = (projectId: string, capability: string) =>
  queryOptions({
    queryKey: ["findings", projectId, "trend", capability],
    queryFn: () => insightApi.trend(projectId, capability),
    placeholderData: keepPreviousData,
    enabled: projectId !== "",
  });

export const findingsQuery = (projectId: string, filters: FindingFilters) =>
  infiniteQueryOptions({
    queryKey: ["findings", projectId, filters],
    queryFn: ({ pageParam }) => insightApi.findings(projectId, filters, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    enabled: projectId !== "",
  });
