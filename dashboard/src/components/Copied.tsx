/** Text with a button beside it that copies it, and says so. */
import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { copied } from "../app/clipboard";

const SHOWN_MS = 2_000;

/** Shows `text`, or a `short` form of it; copies the whole. */
export function Copied({ text, short = text }: { text: string; short?: string }) {
  const [told, setTold] = useState("");
  const copy = async () => {
    setTold((await copied(text)) ? "copied" : "select it to copy");
    setTimeout(() => setTold(""), SHOWN_MS);
  };
  return (
    <span className="place">
      <code title={text}>{short}</code>
      <button type="button" className="copy" aria-label={`Copy ${text}`} title="Copy" onClick={() => void copy()}>
        {told === "copied" ? <Check size={13} aria-hidden="true" /> : <Copy size={13} aria-hidden="true" />}
      </button>
      <span role="status" className="soft">{told}</span>
    </span>
  );
}
