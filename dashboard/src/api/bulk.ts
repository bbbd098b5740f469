/** Many operations at once. */
import type { BulkAction, BulkOutcome, BulkPreview } from "../types/project";
import { sendJson } from "./http";
import type { Filters } from "./operations";

/** Which operations are meant: those of these ids, or all that match. */
export type Meant = { ids: string[] } | { filters: Filters };

export const bulkApi = {
  /** What the action would touch; nothing is changed. */
  preview: (action: BulkAction, meant: Meant): Promise<BulkPreview> => sendJson("POST", "operations/bulk/preview", { action, ...meant }),

  /** Does it, at most 200 at once; with the same key nothing is rerun twice. */
  run: async (action: BulkAction, ids: string[], key: string): Promise<BulkOutcome[]> =>
    (await sendJson<{ items: BulkOutcome[] }>("POST", "operations/bulk", { action, ids }, { "Idempotency-Key": key })).items,
};
