/** Lists that come page by page: how each is asked for, and what has come of it. */
import { type InfiniteData, type QueryClient, infiniteQueryOptions } from "@tanstack/react-query";
import type { Page } from "../api/http";

/** The query of a list: `ask` answers the page that begins at a cursor, or the first. */
export const pagedQuery = <Answer extends Page<unknown>>(key: readonly unknown[], ask: (cursor: string | null, client: QueryClient) => Promise<Answer>) =>
  infiniteQueryOptions({
    queryKey: key,
    queryFn: ({ client, pageParam }) => ask(pageParam, client),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });

/** All items that have come so far. */
export const itemsOf = <Item>(data: InfiniteData<Page<Item>> | undefined): Item[] => data?.pages.flatMap((page) => page.items) ?? [];

/** Reads a list anew from its first page, which stays on screen until the answer is there. */
export function readFirst(client: QueryClient, queryKey: readonly unknown[]): Promise<void> {
  client.setQueryData<InfiniteData<unknown>>(queryKey, (old) => old && { pages: old.pages.slice(0, 1), pageParams: old.pageParams.slice(0, 1) });
  return client.refetchQueries({ queryKey, exact: true });
}
