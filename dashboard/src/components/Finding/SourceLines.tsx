/** The source lines around a finding: numbered, its own line marked, and in it the place underlined where it is known. */
import type { Excerpt } from "../../types/result";

interface SourceLinesProps {
  excerpt: Excerpt;
  path: string;
  line: number | null;
  column?: number | null;
  endLine?: number | null;
  endColumn?: number | null;
}

const MASKED = "••••••";
/** Characters that make code read otherwise than it runs. */
const REORDERING = /[\u202a-\u202e\u2066-\u2069]/g;

export function SourceLines({ excerpt, path, line, ...place }: SourceLinesProps) {
  const last = excerpt.start + excerpt.lines.length - 1;
  const width = String(last).length;
  return (
    <pre className="source" dir="ltr" role="group" aria-label={`${path}, lines ${excerpt.start} to ${last}`}>
      <code>
        {excerpt.lines.map((text, index) => {
          const number = excerpt.start + index;
          const isHere = number === line;
          return (
            <span key={number} className="source-line" data-number={String(number).padStart(width)} aria-current={isHere || undefined}>
              <span>
                {isHere ? <Marked text={shown(text)} line={number} {...place} /> : shown(text)}
                {"\n"}
              </span>
            </span>
          );
        })}
      </code>
    </pre>
  );
}

const shown = (text: string): string => text.replaceAll(REORDERING, "\ufffd");

interface MarkedProps extends Pick<SourceLinesProps, "column" | "endLine" | "endColumn"> {
  text: string;
  line: number;
}

function Marked({ text, line, column, endLine, endColumn }: MarkedProps) {
  const characters = [...text];
  if (!column || column > characters.length || text.includes(MASKED)) {
    return text;
  }
  const from = column - 1;
  const to = Math.max(from + 1, endOf(characters, from, (endLine ?? line) > line ? Infinity : endColumn));
  return (
    <>
      {characters.slice(0, from).join("")}
      <mark>{characters.slice(from, to).join("")}</mark>
      {characters.slice(to).join("")}
    </>
  );
}

/** Where the place ends: as told, else with the word that begins there. */
function endOf(characters: readonly string[], from: number, told: number | null | undefined): number {
  if (told) {
    return Math.min(characters.length, told - 1);
  }
  const after = characters.findIndex((character, index) => index > from && !/[\w$]/.test(character));
  return after === -1 ? characters.length : after;
}
