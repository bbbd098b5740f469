/** A project's newest operations: what waits and runs, then what has ended. */
import { useQuery } from "@tanstack/react-query";
import { memo } from "react";
import { Link } from "react-router";
import { duration } from "../../app/time";
import { type Entry, historyOf, isTerminal } from "../../live/merge";
import { activeQuery, projectQuery } from "../../live/queries";
import { Panel } from "../Panel";
import { StatusBadge } from "../StatusBadge";
import { toneOf } from "../status";
import { Empty, Trouble } from "../Trouble";
import { When, useNow } from "../When";
import { Why } from "../Why";

export function History({ projectId }: { projectId: string }) {
  const project = useQuery(projectQuery(projectId));
  const active = useQuery(activeQuery(projectId));
  const entries = historyOf(project.data?.agent_metadata.operation_history ?? [], active.data ?? []);
  const id = encodeURIComponent(projectId);
  const ways = (
    <span className="ways">
      <Link to={`/projects/${id}/findings`}>Findings</Link>
      <Link to={`/operations?project_id=${id}`}>All operations</Link>
    </span>
  );
  return (
    <Panel title="Operation History" flush aside={ways}>
      {active.error && <Trouble error={active.error} />}
      {entries.length === 0 ? (
        <Empty title="Nothing has run here yet.">
          <p>Choose an agent above, or run it from a terminal:</p>
          <code>callboard run code_review --project {projectId}</code>
        </Empty>
      ) : (
        <ul className="history">
          {entries.map((entry, index) => (
            <HistoryEntry key={entry.id || index} entry={entry} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** Of fifty entries a frame changes one; only that is drawn anew. */
const HistoryEntry = memo(function HistoryEntry({ entry }: { entry: Entry }) {
  const what = `${entry.capability} by ${entry.agent_id}`;
  const summary = entry.result?.["summary"];
  return (
    <li className="entry" data-row data-tone={toneOf(entry)}>
      <div className="entry-main">
        {entry.id && entry.seq > 0 ? <Link to={`/operations/${entry.id}`}>{what}</Link> : <span className="entry-name">{what}</span>}
        {typeof summary === "string" && summary && <span className="entry-text">{summary}</span>}
        {entry.error && <span className="entry-text" data-tone="bad">{entry.error.split("\n", 1)[0]}</span>}
        {!isTerminal(entry) && <Progress entry={entry} />}
      </div>
      <Delta entry={entry} />
      <StatusBadge operation={entry} />
      <div className="entry-time">
        {entry.timestamp && <When time={entry.timestamp} />}
        <span>{isTerminal(entry) ? duration(entry.duration_ms) : <Running entry={entry} />}</span>
      </div>
    </li>
  );
});

/** How long it runs by now; clocks that differ never make it negative. */
function Running({ entry }: { entry: Entry }) {
  const now = useNow();
  return entry.status === "running" && entry.started_at ? duration(now - Date.parse(entry.started_at)) : null;
}

function Progress({ entry }: { entry: Entry }) {
  const { progress } = entry;
  if (!progress) {
    return entry.wait_reason ? <span className="entry-text"><Why operation={entry} /></span> : null;
  }
  return (
    <span className="entry-text">
      <progress max={progress.total || 1} value={progress.done} aria-label={`Progress of ${entry.capability}`} />
      {progress.text || `${progress.done} of ${progress.total}`}
    </span>
  );
}

/** What is new and what is fixed against the operation before. */
export function Delta({ entry }: { entry: Pick<Entry, "result"> }) {
  const delta = entry.result?.["delta"] as { new?: number; fixed?: number } | null | undefined;
  if (!delta?.new && !delta?.fixed) {
    return null;
  }
  return (
    <span className="delta">
      {delta.new ? <span data-tone="problem">{delta.new} new</span> : null}
      {delta.fixed ? <span data-tone="good">{delta.fixed} fixed</span> : null}
    </span>
  );
}
