/** Which findings are new, fixed or known against the operation before, by fingerprint. Pure. */
import type { Finding } from "../../types/result";

export type State = "new" | "known" | "fixed";
export type Compared = Finding & { state: State };

/** `before` is null where there is none, or it could not be read: then nothing is called known. */
export function compare(now: readonly Finding[], before: readonly Finding[] | null): Compared[] {
  const previous = new Set(before?.map((one) => one.fingerprint));
  const current = new Set(now.map((one) => one.fingerprint));
  const there = now.map((one): Compared => ({ ...one, state: previous.has(one.fingerprint) ? "known" : "new" }));
  const gone = (before ?? []).filter((one) => !current.has(one.fingerprint));
  return [...there, ...gone.map((one): Compared => ({ ...one, state: "fixed" }))];
}
