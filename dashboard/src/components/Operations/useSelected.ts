/** Which operations of a list are selected: some of its rows, or all that match its filters. */
import { useCallback, useState } from "react";

export type Selected = "all" | ReadonlySet<string>;

const NOTHING: ReadonlySet<string> = new Set();

/** `ids` are those of the rows that have come so far, in their order. */
export function useSelected(ids: readonly string[]) {
  const [selected, setSelected] = useState<Selected>(NOTHING);
  const [last, setLast] = useState<string | null>(null);
  /** Selects a row or not, and with `isRange` all between it and the one that was clicked before. */
  const toggle = useCallback(
    (id: string, isRange: boolean) => {
      setSelected((old) => toggled(old === "all" ? new Set(ids) : old, isRange ? between(ids, last, id) : [id], id));
      setLast(id);
    },
    [ids, last],
  );
  const clear = useCallback(() => setSelected(NOTHING), []);
  return { selected, toggle, clear, selectAll: () => setSelected("all") };
}

export const isSelected = (selected: Selected, id: string): boolean => selected === "all" || selected.has(id);

function toggled(old: ReadonlySet<string>, ids: readonly string[], clicked: string): ReadonlySet<string> {
  const next = new Set(old);
  ids.forEach((id) => (old.has(clicked) ? next.delete(id) : next.add(id)));
  return next;
}

function between(ids: readonly string[], one: string | null, other: string): readonly string[] {
  const ends = [ids.indexOf(one ?? other), ids.indexOf(other)].sort((first, second) => first - second);
  return ends[0] === -1 ? [other] : ids.slice(ends[0], (ends[1] ?? 0) + 1);
}
