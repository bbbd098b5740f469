/** The findings of an operation as a table, narrowed to what is new, known or fixed. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { insightApi } from "../../api/insight";
import { operationApi } from "../../api/operations";
import type { AgentOperation } from "../../types/project";
import { findingsOf } from "../../types/result";
import { FindingHead, SEVERITIES, TONES } from "../Finding/FindingHead";
import { SourceLines } from "../Finding/SourceLines";
import { Choice } from "../Choice";
import { Panel } from "../Panel";
import { Empty } from "../Trouble";
import { type Compared, type State, compare } from "./compare";

const STATES: ("all" | State)[] = ["all", "new", "known", "fixed", "suppressed"];
const SHOWN = 100;

export function Findings({ operation }: { operation: AgentOperation }) {
  const before = useQuery({ queryKey: ["before", operation.id], queryFn: () => previous(operation), staleTime: Infinity });
  const suppressed = useQuery({
    queryKey: ["findings", operation.project_id, "suppressed", operation.capability],
    queryFn: () => insightApi.suppressed(operation.project_id, operation.capability),
  });
  const [state, setState] = useState<"all" | State>("all");
  const [severity, setSeverity] = useState("");
  const [shown, setShown] = useState(SHOWN);
  const all = compare(findingsOf(operation.result), before.data ? findingsOf(before.data.result) : null, suppressed.data);
  const grave = all.filter((one) => !severity || one.severity === severity);
  const rows = grave.filter((one) => state === "all" || one.state === state);
  const count = (name: "all" | State) => (name === "all" ? grave.length : grave.filter((one) => one.state === name).length);
  const narrowing = (
    <search className="finding-narrowing">
      <Choice size="sm" label="Severity" empty="any" value={severity} choices={SEVERITIES} onChange={setSeverity} />
      <div className="tabs" role="group" aria-label="Findings">
      {STATES.filter((name) => name !== "suppressed" || suppressed.data?.size).map((name) => (
        <button key={name} type="button" aria-pressed={state === name} onClick={() => setState(name)}>
          {name} {count(name)}
        </button>
      ))}
      </div>
    </search>
  );
  return (
    <Panel title="Findings" flush aside={narrowing}>
      {rows.length === 0 ? (
        <Empty title={all.length === 0 ? "No findings." : "Nothing here is like that."} />
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
  const { rule, severity, message, snippet, help_uri, path, line, column, end_line, end_column, excerpt, state } = finding;
  const tone = state === "fixed" ? "good" : state === "suppressed" ? "off" : TONES[severity];
  return (
    <li className="finding" data-tone={tone}>
      <FindingHead rule={rule} severity={severity} helpUri={help_uri} path={path} line={line} state={state} />
      <p dir="auto">{message}</p>
      {excerpt ? (
        <SourceLines excerpt={excerpt} path={path} line={line} column={column} endLine={end_line} endColumn={end_column} />
      ) : (
        snippet && !message.includes(snippet) && <pre dir="auto">{snippet}</pre>
      )}
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
