/** A finding's first line: how grave it is, its rule, its place to copy, and how it stands. */
import { Check, Copy } from "lucide-react";
import { useRef, useState } from "react";
import { copied } from "../../app/clipboard";
import { type Severity, safeLink } from "../../types/result";

export const TONES: Record<Severity, string> = { error: "bad", warning: "problem", note: "waiting" };
export const SEVERITIES: [Severity, string][] = [
  ["error", "error"],
  ["warning", "warning"],
  ["note", "note"],
];
const STATE_TONES: Record<string, string> = { new: "problem", open: "waiting", known: "waiting", fixed: "good", suppressed: "off" };
const SHOWN_MS = 2_000;

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
      {path && <Place place={line === null ? path : `${path}:${line}`} />}
      {state && <span className="finding-state" data-tone={STATE_TONES[state]}>{state}</span>}
    </div>
  );
}

function Place({ place }: { place: string }) {
  const [told, setTold] = useState("");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const copy = async () => {
    setTold((await copied(place)) ? "copied" : "select it to copy");
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setTold(""), SHOWN_MS);
  };
  return (
    <span className="place">
      <code>{place}</code>
      <button type="button" className="copy" aria-label={`Copy ${place}`} title="Copy" onClick={() => void copy()}>
        {told === "copied" ? <Check size={13} aria-hidden="true" /> : <Copy size={13} aria-hidden="true" />}
      </button>
      <span role="status" className="soft">{told}</span>
    </span>
  );
}
