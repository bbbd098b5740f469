/** A list of operations that grows page by page, and tells how many newer ones there are. */
import { type InfiniteData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import type { Page } from "../../api/http";
import { type Filters, operationApi } from "../../api/operations";
import { type Zone, usePreferences } from "../../app/Preferences";
import { useMessages } from "../../live/Live";
import { newest } from "../../live/news";
import { pagedQuery } from "../../live/paged";
import type { AgentOperation, WebSocketMessage } from "../../types/project";
import { matches, resolved } from "./filters";

const AT_ONCE = 100;

const operationsQuery = (filters: Filters, zone: Zone) => ({
  ...pagedQuery(["operations", filters, zone], async (cursor, client) => {
    const page = await operationApi.page(resolved(filters, Date.now(), zone), cursor, AT_ONCE);
    return { ...page, items: page.items.map((one) => newest(client, one)) };
  }),
  // Frames keep the rows true; reading or comparing many pages again would only cost.
  staleTime: Infinity,
  refetchOnWindowFocus: false,
  structuralSharing: false,
});

export function useOperations(filters: Filters) {
  const client = useQueryClient();
  const { zone } = usePreferences();
  const [unseen, setUnseen] = useState<ReadonlySet<string>>(new Set());
  const query = useInfiniteQuery(operationsQuery(filters, filters.since ? zone : "utc"));
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
    return client.resetQueries({ queryKey: ["operations", filters] });
  };
  return { query, unseen: unseen.size, showNewest };
}

/** Ids grow with time: what is above the first row is new, what is below it comes with its page. */
function isNewer(operation: AgentOperation, list: InfiniteData<Page<AgentOperation>> | undefined): boolean {
  const first = list?.pages[0]?.items[0];
  return list !== undefined && (!first || operation.id > first.id);
}
