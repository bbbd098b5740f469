/** The findings of an operation, narrowed to what is new, known or fixed. */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { insightApi } from "../../api/insight";
import { operationApi } from "../../api/operations";
import type { AgentOperation } from "../../types/project";
import { type Json, deltaOf, findingsOf, isCut } from "../../types/result";
import { FindingHead, SEVERITIES, TONES } from "../Finding/FindingHead";
import { SourceLines } from "../Finding/SourceLines";
import { Choice } from "../Choice";
import { Panel } from "../Panel";
import { Empty } from "../Trouble";
import { type Compared, type State, compare } from "./compare";

const SHOWN = 100;

type Shown = "all" | State;

export function Findings({ operation }: { operation: AgentOperation }) {
  const before = useQuery({ queryKey: ["before", operation.id], queryFn: () => previous(operation), staleTime: "static", enabled: isJudged(operation) });
  const suppressed = useQuery({
    queryKey: ["findings", operation.project_id, "suppressed", operation.capability],
    queryFn: () => insightApi.suppressed(operation.project_id, operation.capability),
  });
  const [state, setState] = useState<Shown>("all");
  const [severity, setSeverity] = useState("");
  const { rows: all, hidden } = compare(operation.result, before.data ?? null, suppressed.data);
  const grave = all.filter((one) => !severity || one.severity === severity);
  const rows = grave.filter((one) => state === "all" || one.state === state);
  const counts = { all: hidden.new + hidden.known + hidden.fixed, ...hidden, suppressed: 0 };
  const count = (name: Shown) => grave.filter((one) => name === "all" || one.state === name).length + (severity ? 0 : counts[name]);
  const states: Shown[] = ["all", ...(isJudged(operation) ? (["new", "known", "fixed"] as const) : []), ...(suppressed.data?.size ? (["suppressed"] as const) : [])];
  const narrowing = (
    <search className="finding-narrowing">
      <Choice size="sm" label="Severity" empty="any" value={severity} choices={SEVERITIES} onChange={setSeverity} />
      <div className="tabs" role="group" aria-label="Findings">
        {states.map((name) => (
          <button key={name} type="button" aria-pressed={state === name} onClick={() => setState(name)}>
            {name} {count(name)}
          </button>
        ))}
      </div>
    </search>
  );
  return (
    <Panel title="Findings" flush aside={narrowing}>
      {operation.verdict === "inconclusive" && <Note>It could not look; what was found before is still open.</Note>}
      {state === "fixed" ? !before.isPending && <Unlisted count={hidden.fixed} /> : <Cut result={operation.result} />}
      <List key={`${state} ${severity}`} rows={rows} empty={all.length + counts.all === 0 ? "No findings." : "Nothing here is like that."} />
    </Panel>
  );
}

function Note({ children }: { children: ReactNode }) {
  return <p className="note" data-tone="waiting">{children}</p>;
}

function Unlisted({ count }: { count: number }) {
  return count > 0 && <Note>{count} more {count === 1 ? "is" : "are"} not among the first findings that an operation keeps.</Note>;
}

/** Says how many of how many findings are here; nothing where all are. */
function Cut({ result }: { result: Json | null }) {
  const delta = deltaOf(result);
  const kept = findingsOf(result).length;
  const found = delta ? delta.new + delta.known : kept;
  return isCut(result) && found > kept && <Note>The first {kept} of {found}; all of them are in result.json.</Note>;
}

function List({ rows, empty }: { rows: readonly Compared[]; empty: string }) {
  const [shown, setShown] = useState(SHOWN);
  if (rows.length === 0) {
    return <Empty title={empty} />;
  }
  return (
    <>
      <ul className="findings">
        {rows.slice(0, shown).map((row, index) => (
          <Row key={`${row.fingerprint}-${index}`} finding={row} />
        ))}
      </ul>
      {rows.length > shown && (
        <footer className="panel-foot">
          <button type="button" className="more" onClick={() => setShown(shown + SHOWN)}>
            Show more of {rows.length}
          </button>
        </footer>
      )}
    </>
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

const isJudged = ({ verdict }: AgentOperation): boolean => verdict === "pass" || verdict === "fail";

/** The result of the same capability on the project that was judged before this one; empty where there is none. */
async function previous(operation: AgentOperation): Promise<Json> {
  const { project_id, capability } = operation;
  let cursor: string | null = null;
  for (let pages = 0; pages < 5; pages += 1) {
    const page = await operationApi.page({ project_id, capability, status: "completed" }, cursor, 20);
    const older = page.items.find((one) => isJudged(one) && (one.finished_at ?? "") < (operation.finished_at ?? ""));
    if (older || !page.next) {
      return (older && (await operationApi.get(older.id)).result) ?? {};
    }
    cursor = page.next;
  }
  return {};
}
