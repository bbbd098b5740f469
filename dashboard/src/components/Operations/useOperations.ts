/** A list of operations that grows page by page, and tells how many more have begun to match. */
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { type Filters, operationApi } from "../../api/operations";
import { serverNow } from "../../app/clock";
import { type Zone, usePreferences } from "../../app/Preferences";
import { useMessages } from "../../live/Live";
import { matches } from "../../live/merge";
import { newest } from "../../live/news";
import { itemsOf, pagedQuery, readFirst } from "../../live/paged";
import type { AgentOperation, WebSocketMessage } from "../../types/project";
import { resolved } from "./filters";

const AT_ONCE = 100;
const NOTHING: ReadonlySet<string> = new Set();

const operationsQuery = (filters: Filters, zone: Zone) => ({
  ...pagedQuery(["operations", filters, zone], async (cursor, client) => {
    const page = await operationApi.page(resolved(filters, serverNow(), zone), cursor, AT_ONCE);
    return { ...page, items: page.items.map((one) => newest(client, one)).filter((one) => matches(one, filters)) };
  }),
  // Frames keep the rows true; reading or comparing many pages again would only cost.
  staleTime: Infinity,
  refetchOnWindowFocus: false,
  structuralSharing: false,
});

export function useOperations(filters: Filters) {
  const client = useQueryClient();
  const { zone } = usePreferences();
  const [told, setTold] = useState(NOTHING);
  const options = operationsQuery(filters, filters.since ? zone : "utc");
  const query = useInfiniteQuery(options);
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = query;
  const rows = useMemo(() => itemsOf(data), [data]);
  const unseen = useMemo(() => (data ? unloaded(told, rows, hasNextPage) : NOTHING), [told, data, rows, hasNextPage]);
  const listen = useCallback(
    (messages: WebSocketMessage[]) => {
      const changed = messages.flatMap((message) => (message.type === "agent_operation" ? [message.payload.operation] : []));
      setTold((old) => begun(old, changed, resolved(filters, serverNow(), zone)));
    },
    [filters, zone],
  );
  useMessages(listen);
  useEffect(() => {
    // All that was loaded may have ceased to match while older pages still do.
    if (rows.length === 0 && hasNextPage && !isFetching && !isError) {
      void fetchNextPage();
    }
  }, [rows, hasNextPage, isFetching, isError, fetchNextPage]);
  const showNewest = () => {
    setTold(NOTHING);
    return readFirst(client, options.queryKey);
  };
  return { query, unseen: unseen.size, showNewest };
}

/** The ids of what was told and matches, by the newest state of each. */
function begun(told: ReadonlySet<string>, changed: readonly AgentOperation[], filters: Filters): ReadonlySet<string> {
  if (changed.length === 0 || filters.q) {
    return told;
  }
  const ids = new Set(told);
  const since = filters.since ? Date.parse(filters.since) : 0;
  for (const one of changed) {
    if (matches(one, filters) && Date.parse(one.created_at) >= since) {
      ids.add(one.id);
    } else {
      ids.delete(one.id);
    }
  }
  return ids;
}

/** What of these ids is in no row. They grow with time: what is older than the last row comes with its page. */
function unloaded(ids: ReadonlySet<string>, rows: readonly AgentOperation[], hasOlder: boolean): ReadonlySet<string> {
  const loaded = new Set(rows.map(({ id }) => id));
  const last = hasOlder ? (rows.at(-1)?.id ?? "") : "";
  return new Set([...ids].filter((id) => !loaded.has(id) && id > last));
}
