/** Why an operation waits, in a sentence. */
import type { AgentOperation } from "../types/project";
import { When } from "./When";
import { DUE, whyOf } from "./status";

type Waiting = Partial<Pick<AgentOperation, "wait_reason" | "wait_detail" | "run_at">>;

export function Why({ operation }: { operation: Waiting }) {
  const { wait_reason: reason, run_at: time } = operation;
  const due = DUE[reason ?? ""];
  return due && time ? <>{due} <When time={time} /></> : whyOf(operation);
}
