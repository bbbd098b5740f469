/** What a result holds, read from JSON of which only the server knows the whole shape. Pure. */
export type Severity = "error" | "warning" | "note";

/** Source lines; `start` is the number of the first. */
export interface Excerpt {
  start: number;
  lines: string[];
}

export interface Finding {
  rule: string;
  message: string;
  severity: Severity;
  path: string;
  line: number | null;
  column: number | null;
  end_line: number | null;
  end_column: number | null;
  excerpt: Excerpt | null;
  snippet: string;
  help_uri: string | null;
  fingerprint: string;
  /** Against the judged operation before; null where the server compared nothing, or told nothing yet. */
  state: "new" | "known" | null;
}

export interface Delta {
  new: number;
  known: number;
  fixed: number;
}

export type Json = Record<string, unknown>;
const SEVERITIES: readonly string[] = ["error", "warning", "note"];

export function findingsOf(result: Json | null | undefined): Finding[] {
  const given = result?.["findings"];
  return Array.isArray(given) ? given.filter(isObject).map(finding) : [];
}

/** What the server counted against the judged operation before; null where it compared nothing. */
export function deltaOf(result: Json | null | undefined): Delta | null {
  const given = result?.["delta"];
  return isObject(given) ? { new: number(given["new"]) ?? 0, known: number(given["known"]) ?? 0, fixed: number(given["fixed"]) ?? 0 } : null;
}

/** Whether the result holds its first findings only. */
export const isCut = (result: Json | null | undefined): boolean => result?.["truncated"] === true;

export function metricsOf(result: Json | null | undefined): [name: string, value: number][] {
  const given = result?.["metrics"];
  return isObject(given) ? Object.entries(given).filter((pair): pair is [string, number] => typeof pair[1] === "number") : [];
}

export function summaryOf(result: Json | null | undefined): string {
  return text(result?.["summary"]);
}

/** A link that is safe to follow: http or https; null for anything else. */
export function safeLink(address: string | null): string | null {
  return address && /^https?:\/\//i.test(address) ? address : null;
}

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number | null => (typeof value === "number" ? value : null);

function excerptOf(given: unknown): Excerpt | null {
  const start = isObject(given) ? number(given["start"]) : null;
  const lines = isObject(given) && Array.isArray(given["lines"]) ? given["lines"].map(text) : [];
  return start === null || lines.length === 0 ? null : { start, lines };
}

function finding(given: Json): Finding {
  const severity = text(given["severity"]);
  return {
    rule: text(given["rule"]),
    message: text(given["message"]),
    severity: SEVERITIES.includes(severity) ? (severity as Severity) : "warning",
    path: text(given["path"]),
    line: number(given["line"]),
    column: number(given["column"]),
    end_line: number(given["end_line"]),
    end_column: number(given["end_column"]),
    excerpt: excerptOf(given["excerpt"]),
    snippet: text(given["snippet"]),
    help_uri: text(given["help_uri"]) || null,
    fingerprint: text(given["fingerprint"]),
    state: given["state"] === "new" || given["state"] === "known" ? given["state"] : null,
  };
}
