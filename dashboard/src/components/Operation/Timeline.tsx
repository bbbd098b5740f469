/** What happened to an operation, step by step, each with how long it lasted. */
import { useQuery } from "@tanstack/react-query";
import { operationApi } from "../../api/operations";
import { duration } from "../../app/time";
import { isTerminal } from "../../live/merge";
import type { AgentOperation } from "../../types/project";
import { Answered } from "../Answered";
import { Panel } from "../Panel";
import { StatusBadge } from "../StatusBadge";
import { toneOf } from "../status";
import { When, useNow } from "../When";

export function Timeline({ operation }: { operation: AgentOperation }) {
  const events = useQuery({
    queryKey: ["events", operation.id, operation.seq],
    queryFn: async () => (await operationApi.events(operation.id)).map((frame) => frame.payload.operation),
    placeholderData: (old) => old,
  });
  return (
    <Panel title="Timeline">
      <Answered query={events}>{(steps) => <Steps steps={steps.length ? steps : [operation]} />}</Answered>
    </Panel>
  );
}

function Steps({ steps }: { steps: readonly AgentOperation[] }) {
  return (
    <ol className="steps">
      {steps.map((step, index) => (
        <li key={step.seq} data-tone={toneOf(step)}>
          <StatusBadge operation={step} />
          <span className="soft">
            {step.attempt > 0 && `attempt ${step.attempt}`}
            {step.status === "running" && step.worker && ` on ${step.worker}`}
          </span>
          <When time={step.timestamp} inFull />
          <Lasted step={step} next={steps[index + 1]} />
          {step.error && isEnd(step, steps[index - 1]) && <p className="soft">{step.error.split("\n", 1)[0]}</p>}
        </li>
      ))}
    </ol>
  );
}

/** Whether a step ends an attempt: its error is told there, and not again on the steps that follow. */
const isEnd = (step: AgentOperation, before: AgentOperation | undefined): boolean =>
  isTerminal(step) || (step.status === "pending" && before?.status === "running");

function Lasted({ step, next }: { step: AgentOperation; next: AgentOperation | undefined }) {
  const now = useNow();
  if (!next && isTerminal(step)) {
    return null;
  }
  const words = step.status === "pending" ? ["waited", "waiting for"] : ["ran", "running for"];
  const end = next ? Date.parse(next.timestamp) : now;
  return <span className="soft number">{`${words[next ? 0 : 1]} ${duration(end - Date.parse(step.timestamp))}`}</span>;
}
