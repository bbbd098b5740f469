/** A finding's first line: how grave it is, its rule, its place to copy, and how it stands. */
import { type Severity, safeLink } from "../../types/result";
import { Copied } from "../Copied";

export const TONES: Record<Severity, string> = { error: "bad", warning: "problem", note: "waiting" };
export const SEVERITIES: [Severity, string][] = [
  ["error", "error"],
  ["warning", "warning"],
  ["note", "note"],
];
const STATE_TONES: Record<string, string> = { new: "problem", open: "waiting", known: "waiting", fixed: "good", suppressed: "off" };

interface FindingHeadProps {
  severity: string;
  rule: string;
  helpUri: string | null;
  path: string;
  line: number | null;
  /** Null where it is not known. */
  state: string | null;
}

export function FindingHead({ severity, rule, helpUri, path, line, state }: FindingHeadProps) {
  const link = safeLink(helpUri);
  return (
    <div className="finding-head">
      <span className="badge">{severity}</span>
      {link ? (
        <a href={link} target="_blank" rel="noreferrer">{rule}</a>
      ) : (
        <span className="rule">{rule}</span>
      )}
      {path && <Copied text={line === null ? path : `${path}:${line}`} />}
      {state && <span className="finding-state" data-tone={STATE_TONES[state]}>{state}</span>}
    </div>
  );
}
