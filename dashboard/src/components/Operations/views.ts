/** Views: named filters of the operations page. Some are there from the start, others a person keeps in the browser. */
import { useStored } from "../../app/stored";
import { filtersOf, queryOf } from "./filters";

export interface View {
  name: string;
  /** The query of the page's address. */
  query: string;
}

export const DEFAULT_VIEWS: readonly View[] = [
  { name: "Failed today", query: queryOf({ status: "failed", since: "today" }) },
  { name: "Running", query: queryOf({ status: "running" }) },
  { name: "Pending", query: queryOf({ status: "pending" }) },
  { name: "Verdict fail", query: queryOf({ verdict: "fail" }) },
];
const MOST = 50;

/** The views that a person has saved, oldest first; a name is saved once. */
export function useViews() {
  const [stored, store] = useStored("callboard.views", "[]");
  const views = read(stored);
  const without = (name: string) => views.filter((view) => view.name !== name);
  return {
    views,
    save: (view: View) => store(JSON.stringify([...without(view.name), view].slice(-MOST))),
    remove: (name: string) => store(JSON.stringify(without(name))),
  };
}

/** What was stored may be another version's, or another's hand's. */
function read(stored: string): View[] {
  try {
    const found: unknown = JSON.parse(stored);
    return Array.isArray(found) ? found.filter(isView).map(({ name, query }) => ({ name, query: queryOf(filtersOf(query)) })) : [];
  } catch {
    return [];
  }
}

function isView(value: unknown): value is View {
  return typeof value === "object" && value !== null && "name" in value && "query" in value && typeof value.name === "string" && typeof value.query === "string";
}
