/** Merges operations by id and number: the newer one stays, whatever order they come in. Pure. */
import { FIELDS, type Filters } from "../api/operations";
import type { AgentOperation, OperationRecord } from "../types/project";

const TERMINAL = new Set(["completed", "failed", "cancelled"]);

/** What a history shows: a whole operation, or the record that a project's window keeps of it. */
export type Entry = OperationRecord & Partial<AgentOperation>;

export const isTerminal = (operation: Pick<OperationRecord, "status">): boolean => TERMINAL.has(operation.status);

/** Whether an operation is as the filters' fields say; what is found by words only the API knows. */
export const matches = (operation: AgentOperation, filters: Filters): boolean =>
  FIELDS.every((name) => !filters[name] || operation[name] === filters[name]);

/** Puts an operation in its place; a new one comes first. An older state of it changes nothing. */
export function upsert<Item extends Pick<OperationRecord, "id" | "seq">>(items: readonly Item[], item: Item): Item[] {
  const old = items.find((other) => other.id === item.id);
  if (!old) {
    return [item, ...items];
  }
  return item.seq < old.seq ? [...items] : items.map((other) => (other === old ? { ...old, ...item } : other));
}

/** A project's history, newest first: what waits and runs, then what has ended; each operation once. */
export function historyOf(records: readonly OperationRecord[], active: readonly AgentOperation[]): Entry[] {
  const byId = new Map<string, Entry>();
  const nameless: Entry[] = [];
  for (const entry of [...records, ...active] as Entry[]) {
    const known = byId.get(entry.id);
    if (!entry.id) {
      nameless.push(entry);
    } else if (!known || entry.seq > known.seq) {
      byId.set(entry.id, known ? { ...known, ...entry } : entry);
    }
  }
  return [...byId.values(), ...nameless].sort(newestFirst);
}

function newestFirst(one: Entry, other: Entry): number {
  const ended = Number(isTerminal(one)) - Number(isTerminal(other));
  return ended || (other.timestamp ?? "").localeCompare(one.timestamp ?? "") || other.seq - one.seq;
}
