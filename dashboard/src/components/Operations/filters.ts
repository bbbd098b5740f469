/** The filters of the operations page as they stand in its address. Pure. */
import { FIELDS, type Filters } from "../../api/operations";
import type { Zone } from "../../app/Preferences";

const NAMES = [...FIELDS, "since", "q"] as const;
const HOUR_MS = 3_600_000;

/** The times from which on a list can begin, as the address has them, with their words. */
export const SINCE: [string, string][] = [
  ["today", "today"],
  ["24h", "the last 24 hours"],
  ["7d", "the last 7 days"],
];

/** The filters that an address names; what it names besides is left out. */
export function filtersOf(address: string): Filters {
  const query = new URLSearchParams(address);
  return Object.fromEntries(NAMES.flatMap((name) => (query.get(name) ? [[name, query.get(name)]] : [])));
}

/** The address's query of these filters, always in the same order. */
export function queryOf(filters: Filters): string {
  return new URLSearchParams(NAMES.flatMap((name) => (filters[name] ? [[name, filters[name]]] : []))).toString();
}

/** The same filters with a time where a word like `today` stood; a day begins in the chosen zone. */
export function resolved(filters: Filters, now: number, zone: Zone): Filters {
  const { since } = filters;
  return since ? { ...filters, since: beginning(since, now, zone) } : filters;
}

function beginning(since: string, now: number, zone: Zone): string {
  if (since === "today") {
    const day = new Date(now);
    return new Date(zone === "utc" ? day.setUTCHours(0, 0, 0, 0) : day.setHours(0, 0, 0, 0)).toISOString();
  }
  const [, count, unit] = /^(\d{1,4})([hd])$/.exec(since) ?? [];
  return count ? new Date(now - Number(count) * (unit === "d" ? 24 : 1) * HOUR_MS).toISOString() : since;
}
