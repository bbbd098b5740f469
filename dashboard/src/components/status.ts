/** What an operation's status and verdict look like in one word and one tone. Pure. */
import type { OperationRecord } from "../types/project";

export type Tone = "good" | "problem" | "bad" | "unsure" | "busy" | "waiting" | "off";

type Judged = Pick<OperationRecord, "status" | "verdict"> & { result?: OperationRecord["result"]; reason?: OperationRecord["reason"] };

/** Green only what is completed with `pass` or without a verdict. */
export function toneOf({ status, verdict }: Judged): Tone {
  switch (status) {
    case "completed":
      return verdict === "fail" ? "problem" : verdict === "inconclusive" ? "unsure" : "good";
    case "failed":
      return "bad";
    case "running":
      return "busy";
    case "pending":
      return "waiting";
    default:
      return "off";
  }
}

/** `completed · fail (12)`, `failed · timeout`, `running`. */
export function wordOf(operation: Judged): string {
  const { status, verdict, reason } = operation;
  if (status === "completed" && verdict) {
    const count = verdict === "fail" ? problems(operation) : null;
    return `${status} · ${verdict}${count === null ? "" : ` (${count})`}`;
  }
  return status === "failed" && reason ? `${status} · ${reason.replaceAll("_", " ")}` : status;
}

/** What waits for its time; the time comes after these words. */
export const DUE: Record<string, string> = {
  scheduled: "It is due",
  retry_backoff: "A try failed; the next one is due",
};

const WHY: Record<string, string> = {
  paused: "The project is paused.",
  limit: "As many run as its project, agent or capability may (max_running).",
  no_worker_for_capability: "No live worker offers it.",
  broker_down: "The broker does not answer the workers.",
  queue_busy: "All slots are taken.",
};

/** Why an operation waits: the API's own sentence, or else ours for its code; null where it does not wait. */
export function whyOf({ wait_reason: reason, wait_detail: detail }: { wait_reason?: string | null; wait_detail?: string | null }): string | null {
  return detail ?? WHY[reason ?? ""] ?? reason ?? null;
}

/** How many problems a result counts; null where it counts none. */
function problems({ result }: Judged): number | null {
  const metrics = (result?.["metrics"] ?? {}) as Record<string, unknown>;
  const count = metrics["findings"] ?? metrics["failed"];
  return typeof count === "number" ? count : null;
}
