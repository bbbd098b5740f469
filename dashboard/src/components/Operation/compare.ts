/** Which findings are new, known, fixed or suppressed, as far as is known of the judged operation before. Pure. */
import { type Finding, type Json, deltaOf, findingsOf, isCut } from "../../types/result";

export type State = "new" | "known" | "fixed" | "suppressed";
export type Compared = Omit<Finding, "state"> & { state: State | null };

export interface Comparison {
  rows: Compared[];
  /** How many of each state the result counts and no row shows. */
  hidden: { new: number; known: number; fixed: number };
}

/** `before` is the earlier result, empty where there was none, and null while it is unknown. */
export function compare(result: Json | null, before: Json | null, suppressed: ReadonlySet<string> = new Set()): Comparison {
  const now = findingsOf(result);
  const earlier = findingsOf(before);
  const previous = new Set(earlier.map((one) => one.fingerprint));
  const current = new Set(now.map((one) => one.fingerprint));
  const unlisted = before === null || isCut(before) ? null : "new";
  const there = now.map((one): Compared => ({ ...one, state: one.state ?? (previous.has(one.fingerprint) ? "known" : unlisted) }));
  const gone = isCut(result) ? [] : earlier.filter((one) => !current.has(one.fingerprint));
  const rows = [...there, ...gone.map((one): Compared => ({ ...one, state: "fixed" }))];
  const delta = deltaOf(result);
  const rest = (state: "new" | "known" | "fixed") => Math.max(0, (delta?.[state] ?? 0) - rows.filter((row) => row.state === state).length);
  return {
    rows: rows.map((row) => (row.state !== "fixed" && suppressed.has(row.fingerprint) ? { ...row, state: "suppressed" } : row)),
    hidden: { new: rest("new"), known: rest("known"), fixed: rest("fixed") },
  };
}
