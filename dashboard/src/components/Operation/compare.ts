/** Which findings are new, fixed, known or suppressed, against the operation before and the ledger, by fingerprint. Pure. */
import type { Finding } from "../../types/result";

export type State = "new" | "known" | "fixed" | "suppressed";
export type Compared = Finding & { state: State };

/** `before` is null where there is none, or it could not be read: then nothing is called known. */
export function compare(now: readonly Finding[], before: readonly Finding[] | null, suppressed: ReadonlySet<string> = new Set()): Compared[] {
  const previous = new Set(before?.map((one) => one.fingerprint));
  const current = new Set(now.map((one) => one.fingerprint));
  const stateOf = ({ fingerprint }: Finding): State =>
    suppressed.has(fingerprint) ? "suppressed" : previous.has(fingerprint) ? "known" : "new";
  const there = now.map((one): Compared => ({ ...one, state: stateOf(one) }));
  const gone = (before ?? []).filter((one) => !current.has(one.fingerprint));
  return [...there, ...gone.map((one): Compared => ({ ...one, state: "fixed" }))];
}
