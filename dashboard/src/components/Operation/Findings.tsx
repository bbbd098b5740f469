/** The findings of an operation as a table, narrowed to what is new, known or fixed. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { operationApi } from "../../api/operations";
import type { AgentOperation } from "../../types/project";
import { type Severity, findingsOf, safeLink } from "../../types/result";
import { Panel } from "../Panel";
import { Empty } from "../Trouble";
import { type Compared, type State, compare } from "./compare";

const STATES: ("all" | State)[] = ["all", "new", "known", "fixed"];
const TONES: Record<Severity, string> = { error: "bad", warning: "problem", note: "waiting" };
const STATE_TONES: Record<State, string> = { new: "problem", known: "waiting", fixed: "good" };
const SHOWN = 200;

export function Findings({ operation }: { operation: AgentOperation }) {
  const before = useQuery({ queryKey: ["before", operation.id], queryFn: () => previous(operation), staleTime: Infinity });
  const [state, setState] = useState<"all" | State>("all");
  const [shown, setShown] = useState(SHOWN);
  const all = compare(findingsOf(operation.result), before.data ? findingsOf(before.data.result) : null);
  const rows = all.filter((one) => state === "all" || one.state === state);
  const count = (name: "all" | State) => (name === "all" ? all.length : all.filter((one) => one.state === name).length);
  const tabs = (
    <div className="tabs" role="group" aria-label="Findings">
      {STATES.map((name) => (
        <button key={name} type="button" aria-pressed={state === name} onClick={() => setState(name)}>
          {name} {count(name)}
        </button>
      ))}
    </div>
  );
  return (
    <Panel title="Findings" flush aside={tabs}>
      {rows.length === 0 ? (
        <Empty title={all.length === 0 ? "No findings." : `Nothing here is ${state}.`} />
      ) : (
        <ul className="findings">
          {rows.slice(0, shown).map((row, index) => (
            <Row key={`${row.fingerprint}-${index}`} finding={row} />
          ))}
        </ul>
      )}
      {rows.length > shown && (
        <footer className="panel-foot">
          <button type="button" className="more" onClick={() => setShown(shown + SHOWN)}>
            Show more of {rows.length}
          </button>
        </footer>
      )}
    </Panel>
  );
}

function Row({ finding }: { finding: Compared }) {
  const link = safeLink(finding.help_uri);
  const place = [finding.path, finding.line, finding.column].filter((part) => part !== null && part !== "").join(":");
  return (
    <li className="finding" data-tone={finding.state === "fixed" ? "good" : TONES[finding.severity]}>
      <div className="finding-head">
        <span className="badge">{finding.severity}</span>
        {link ? (
          <a href={link} target="_blank" rel="noreferrer">
            {finding.rule}
          </a>
        ) : (
          <span className="rule">{finding.rule}</span>
        )}
        <code className="place">{place}</code>
        <span className="finding-state" data-tone={STATE_TONES[finding.state]}>{finding.state}</span>
      </div>
      <p dir="auto">{finding.message}</p>
      {finding.snippet && !finding.message.includes(finding.snippet) && <pre dir="auto">{finding.snippet}</pre>}
    </li>
  );
}

/** The completed operation of the same capability on the project before this one; null where there is none. */
async function previous(operation: AgentOperation): Promise<AgentOperation | null> {
  const { project_id, capability } = operation;
  let cursor: string | null = null;
  for (let pages = 0; pages < 5; pages += 1) {
    const page = await operationApi.page({ project_id, capability, status: "completed" }, cursor, 20);
    const older = page.items.find((one) => (one.finished_at ?? "") < (operation.finished_at ?? ""));
    if (older || !page.next) {
      return older ? operationApi.get(older.id) : null;
    }
    cursor = page.next;
  }
  return null;
}
