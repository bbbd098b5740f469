/** The findings of a project: what is new, open, fixed or suppressed, the gravest first. */
import { Button } from "@chakra-ui/react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { itemsOf } from "../../live/paged";
import { projectQuery } from "../../live/queries";
import type { FindingState } from "../../types/insight";
import { Answered } from "../Answered";
import { Choice } from "../Choice";
import { SEVERITIES } from "../Finding/FindingHead";
import { findingsQuery } from "../Insight/queries";
import { More } from "../More";
import { Panel } from "../Panel";
import { Empty } from "../Trouble";
import { Entry } from "./Entry";
import { OpenOverTime } from "./OpenOverTime";

const STATES: FindingState[] = ["open", "new", "fixed", "suppressed"];

export function Ledger({ projectId }: { projectId: string }) {
  const [query, setQuery] = useSearchParams();
  const asked = query.get("state");
  const state = STATES.find((name) => name === asked) ?? "open";
  const capability = query.get("capability") ?? "";
  const severity = query.get("severity") ?? "";
  const findings = useInfiniteQuery(findingsQuery(projectId, { state, capability, severity }));
  const project = useQuery(projectQuery(projectId)).data;
  const counts = findings.data?.pages[0]?.counts;
  const rows = itemsOf(findings.data);
  const narrow = (changes: Record<string, string>) => setQuery((old) => narrowed(old, changes));
  const capabilities = project?.agent_metadata.capability_requirements ?? [];
  return (
    <div className="stack">
      <search className="narrowing">
        <div className="tabs" role="group" aria-label="State">
          {STATES.map((name) => (
            <button key={name} type="button" aria-pressed={state === name} onClick={() => narrow({ state: name === "open" ? "" : name })}>
              {name} {counts?.[name] ?? ""}
            </button>
          ))}
        </div>
        <div className="narrowing-choices">
          <Choice size="sm" label="Severity" empty="any" value={severity} choices={SEVERITIES} onChange={(value) => narrow({ severity: value })} />
          <Choice size="sm" label="Capability" empty="any" value={capability} choices={capabilities.map((name) => [name, name])} onChange={(value) => narrow({ capability: value })} />
        </div>
      </search>
      <OpenOverTime projectId={projectId} capability={capability} />
      <Panel title="Findings" flush>
        <Answered query={findings} lines={8}>
          {() =>
            rows.length === 0 ? (
              <Nothing
                state={state}
                isEmpty={counts !== undefined && Object.values(counts).every((count) => count === 0)}
                onClear={severity || capability ? () => narrow({ severity: "", capability: "" }) : null}
              />
            ) : (
              <ul className="findings">
                {rows.map((row) => (
                  <Entry key={`${row.capability} ${row.fingerprint}`} projectId={projectId} finding={row} />
                ))}
              </ul>
            )
          }
        </Answered>
        <More query={findings} words="Load more" />
      </Panel>
    </div>
  );
}

function narrowed(query: URLSearchParams, changes: Record<string, string>): URLSearchParams {
  const all = { ...Object.fromEntries(query), ...changes };
  return new URLSearchParams(Object.entries(all).filter(([, value]) => value));
}

interface NothingProps {
  state: FindingState;
  isEmpty: boolean;
  /** Takes the filters away; null where none narrows. */
  onClear: (() => void) | null;
}

function Nothing({ state, isEmpty, onClear }: NothingProps) {
  if (onClear) {
    return (
      <Empty title="No finding matches.">
        <Button size="sm" variant="outline" onClick={onClear}>
          Clear the filters
        </Button>
      </Empty>
    );
  }
  return isEmpty ? (
    <Empty title="No review has found anything yet.">
      <p>What reviews and tests find is kept here until it is fixed.</p>
    </Empty>
  ) : (
    <Empty title={`No finding is ${state}.`} />
  );
}
