/** One operation: where it stands, what it found, what happened, and what can be done with it. */
import { Button } from "@chakra-ui/react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useNavigate } from "react-router";
import { operationApi } from "../../api/operations";
import { useNotify } from "../../app/notify";
import { duration } from "../../app/time";
import { isTerminal } from "../../live/merge";
import { operationQuery } from "../../live/queries";
import type { AgentOperation } from "../../types/project";
import { findingsOf, metricsOf, summaryOf } from "../../types/result";
import { Panel } from "../Panel";
import { StatusBadge } from "../StatusBadge";
import { When, useNow } from "../When";
import { Why } from "../Why";
import { Files } from "./Files";
import { Findings } from "./Findings";
import { Timeline } from "./Timeline";

const LONGEST_JSON = 256_000;

export function OperationView({ operation }: { operation: AgentOperation }) {
  const hasResult = operation.status === "completed" && (operation.verdict !== null || findingsOf(operation.result).length > 0);
  return (
    <>
      <header className="page-head">
        <div>
          <div className="page-title">
            <h1>{`${operation.capability} by ${operation.agent_id}`}</h1>
            <StatusBadge operation={operation} />
          </div>
          <p className="soft">
            on <Link to={`/projects/${encodeURIComponent(operation.project_id)}`}>{operation.project_id}</Link>
          </p>
        </div>
        <Actions operation={operation} />
      </header>
      <div className="stack">
        {operation.status === "pending" && operation.wait_reason && (
          <p className="note" data-tone="waiting">
            <span><Why operation={operation} /></span>
          </p>
        )}
        <Facts operation={operation} />
        {operation.error && (
          <Panel title="Error">
            <pre className="error" dir="auto">{operation.error}</pre>
          </Panel>
        )}
        {hasResult && <Findings operation={operation} />}
        <Timeline operation={operation} />
        <Files operation={operation} />
        <Raw title="Parameters" value={operation.parameters} />
        <Raw title="Result" value={operation.result} />
      </div>
    </>
  );
}

function Actions({ operation }: { operation: AgentOperation }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const notify = useNotify();
  const onError = (error: Error) => notify.error(error.message);
  const cancel = useMutation({
    mutationFn: () => operationApi.cancel(operation.id),
    onSuccess: (told) => {
      client.setQueryData(operationQuery(operation.id).queryKey, (old) => (old && old.seq > told.seq ? old : told));
      notify.success("Cancel requested");
    },
    onError,
  });
  const rerun = useMutation({
    mutationFn: () => operationApi.rerun(operation.id),
    onSuccess: (made) => {
      notify.success("Operation started");
      return navigate(`/operations/${made.id}`);
    },
    onError,
  });
  const isAsked = operation.cancel_requested_at !== null;
  return (
    <div className="actions">
      {!isTerminal(operation) && (
        <Button size="sm" variant="outline" disabled={isAsked} loading={cancel.isPending} onClick={() => cancel.mutate()}>
          {isAsked ? "Cancelling" : "Cancel"}
        </Button>
      )}
      <Button size="sm" colorPalette="brand" loading={rerun.isPending} onClick={() => rerun.mutate()}>
        Rerun
      </Button>
    </div>
  );
}

function Facts({ operation }: { operation: AgentOperation }) {
  const { progress } = operation;
  const facts: [string, ReactNode][] = [
    ["Took", <Took key="took" operation={operation} />],
    ["Created", <When key="created" time={operation.created_at} />],
    ["Requested by", operation.requested_by],
    ["Attempt", operation.attempt || "none yet"],
    ["Worker", operation.worker ?? "none yet"],
    ["Sandbox", operation.sandbox],
    ["Ref", operation.ref],
    ["Commit", operation.commit && <code key="commit">{operation.commit.slice(0, 12)}{operation.dirty ? " + changes" : ""}</code>],
    ["Rerun of", operation.rerun_of && <Link key="rerun" to={`/operations/${operation.rerun_of}`}>an earlier operation</Link>],
    ...metricsOf(operation.result).map(([name, value]): [string, ReactNode] => [name.replaceAll("_", " "), value]),
  ];
  return (
    <section className="panel" aria-label="Facts">
      {summaryOf(operation.result) && <p className="summary" dir="auto">{summaryOf(operation.result)}</p>}
      {progress && !isTerminal(operation) && (
        <p className="summary">
          <progress max={progress.total || 1} value={progress.done} aria-label="Progress" /> {progress.text}
        </p>
      )}
      <dl className="tiles">
        {facts.filter(([, value]) => value !== null && value !== undefined && value !== false && value !== "").map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Took({ operation }: { operation: AgentOperation }) {
  const now = useNow();
  const runs = operation.status === "running" && operation.started_at;
  return duration(runs ? now - Date.parse(runs) : operation.duration_ms);
}

function Raw({ title, value }: { title: string; value: Record<string, unknown> | null | undefined }) {
  if (!value || Object.keys(value).length === 0) {
    return null;
  }
  return (
    <details className="panel raw">
      <summary>{title}</summary>
      <Json value={value} />
    </details>
  );
}

function Json({ value }: { value: Record<string, unknown> }) {
  const text = JSON.stringify(value, null, 2);
  const isCut = text.length > LONGEST_JSON;
  return <pre dir="auto">{isCut ? `${text.slice(0, LONGEST_JSON)}\n… cut: ${text.length} characters in all` : text}</pre>;
}
