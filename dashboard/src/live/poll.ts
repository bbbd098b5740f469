/** Asks anew for what no frame tells, for all while the socket is down, and for nothing while the page is held still. */
import { type Query, type QueryClient, focusManager } from "@tanstack/react-query";
import type { LiveName } from "../services/websocket";

const TICK_MS = 5_000;

/** What a query that no frame keeps true is made with: how often it is asked for again. */
export const every = (milliseconds: number) => ({ meta: { every: milliseconds } });

/** Begins to ask; answers how to end it. */
export function poll(client: QueryClient, name: () => LiveName): () => void {
  const clock = setInterval(() => {
    const now = name();
    if (now !== "Paused" && focusManager.isFocused()) {
      const predicate = now === "Live" ? isDue : isShort;
      void client.invalidateQueries({ predicate }, { cancelRefetch: false });
    }
  }, TICK_MS);
  return () => clearInterval(clock);
}

/** An answer comes a little after its tick: half a tick early is in time. */
function isDue({ meta, state }: Query): boolean {
  const answered = Math.max(state.dataUpdatedAt, state.errorUpdatedAt);
  return typeof meta?.["every"] === "number" && Date.now() - answered > meta["every"] - TICK_MS / 2;
}

/** A list of many pages costs a request each; it is read anew when the socket is back. */
function isShort({ queryKey, state }: Query): boolean {
  const pages = queryKey[0] === "operations" ? (state.data as { pages: unknown[] } | undefined)?.pages : undefined;
  return pages === undefined || pages.length <= 1;
}
