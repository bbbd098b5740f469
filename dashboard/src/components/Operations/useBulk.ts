/** Carries out an action on many operations, some at a time, and says how far it is and how each went. */
import { useRef, useState } from "react";
import { bulkApi } from "../../api/bulk";
import { ApiError } from "../../api/http";
import { newKey } from "../../api/keys";
import type { BulkAction, BulkOutcome } from "../../types/project";

const AT_ONCE = 25;
const TRIES = 3;

export interface Work {
  total: number;
  outcomes: BulkOutcome[];
  state: "working" | "stopped" | "done";
}

export function useBulk(action: BulkAction) {
  const [work, setWork] = useState<Work | null>(null);
  const isStopped = useRef(false);
  const start = async (ids: readonly string[]) => {
    const key = newKey();
    const outcomes: BulkOutcome[] = [];
    isStopped.current = false;
    setWork({ total: ids.length, outcomes, state: "working" });
    while (outcomes.length < ids.length && !isStopped.current) {
      outcomes.push(...(await attempt(action, ids.slice(outcomes.length, outcomes.length + AT_ONCE), key)));
      setWork({ total: ids.length, outcomes: [...outcomes], state: "working" });
    }
    setWork({ total: ids.length, outcomes, state: outcomes.length < ids.length ? "stopped" : "done" });
  };
  /** What is under way still ends; nothing more is begun. */
  const stop = () => {
    isStopped.current = true;
  };
  return { work, start, stop };
}

/** Sent again where no answer came: the key makes that harmless. What is refused as a whole is refused for each. */
async function attempt(action: BulkAction, ids: string[], key: string): Promise<BulkOutcome[]> {
  for (let tries = 1; ; tries++) {
    try {
      return await bulkApi.run(action, ids, key);
    } catch (error) {
      const isFinal = !(error instanceof ApiError) || (error.status >= 400 && error.status < 500);
      if (isFinal || tries === TRIES) {
        const detail = error instanceof Error ? error.message : String(error);
        return ids.map((id) => ({ id, outcome: "refused", operation_id: null, code: null, detail }));
      }
    }
  }
}
