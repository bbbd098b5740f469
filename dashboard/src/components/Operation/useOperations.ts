/** A list of operations that grows page by page, and tells how many newer ones there are. */
import { type InfiniteData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import type { Page } from "../../api/http";
import { type Filters, operationApi } from "../../api/operations";
import { useMessages } from "../../live/Live";
import { newest } from "../../live/news";
import type { AgentOperation, WebSocketMessage } from "../../types/project";

const NAMES = ["status", "verdict", "project_id", "agent_id", "capability"] as const;

export function useOperations(filters: Filters) {
  const client = useQueryClient();
  const key = ["operations", filters];
  const [unseen, setUnseen] = useState<ReadonlySet<string>>(new Set());
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: async ({ client, pageParam }) => {
      const page = await operationApi.page(filters, pageParam);
      return { ...page, items: page.items.map((one) => newest(client, one)) };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    // Frames keep the rows true; reading many pages again would only cost.
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });
  const known = query.data;
  const listen = useCallback(
    (messages: WebSocketMessage[]) => {
      const fresh = messages.flatMap((message) => (message.type === "agent_operation" ? [message.payload.operation] : []));
      const ids = fresh.filter((one) => matches(one, filters) && isNewer(one, known)).map((one) => one.id);
      if (ids.length > 0) {
        setUnseen((old) => new Set([...old, ...ids]));
      }
    },
    [filters, known],
  );
  useMessages(listen);
  const showNewest = () => {
    setUnseen(new Set());
    return client.resetQueries({ queryKey: key });
  };
  return { query, unseen: unseen.size, showNewest };
}

export function matches(operation: AgentOperation, filters: Filters): boolean {
  return NAMES.every((name) => !filters[name] || operation[name] === filters[name]);
}

/** Ids grow with time: what is above the first row is new, what is below it comes with its page. */
function isNewer(operation: AgentOperation, list: InfiniteData<Page<AgentOperation>> | undefined): boolean {
  const first = list?.pages[0]?.items[0];
  return list !== undefined && (!first || operation.id > first.id);
}
