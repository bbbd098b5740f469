/** Shows exactly what an action on many operations will touch, does it, and tells how each went. */
import { Button, Dialog, Field, Input, Portal } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { type Meant, bulkApi } from "../../api/bulk";
import type { BulkAction, BulkOutcome, BulkPreview } from "../../types/project";
import { Answered } from "../Answered";
import { many } from "../Insight/Attention";
import { StatusBadge } from "../StatusBadge";
import { type Work, useBulk } from "./useBulk";

const ASKED_ABOVE = 100;
const SHOWN_REFUSALS = 20;

export const VERBS = { cancel: { verb: "Cancel", done: "cancelled" }, rerun: { verb: "Rerun", done: "rerun" } } as const;

interface BulkDialogProps {
  action: BulkAction;
  meant: Meant;
  /** Told whether anything was done. */
  onClose: (isDone: boolean) => void;
}

export function BulkDialog({ action, meant, onClose }: BulkDialogProps) {
  const { work, start, stop } = useBulk(action);
  const [typed, setTyped] = useState("");
  // Asked once: what begins to match while the dialog is open is not touched.
  const preview = useQuery({ queryKey: ["bulk", action, meant], queryFn: () => bulkApi.preview(action, meant), staleTime: "static", gcTime: 0 });
  const count = preview.data?.ids.length ?? 0;
  const isSure = count > 0 && (count <= ASKED_ABOVE || typed.trim() === String(count));
  const { verb } = VERBS[action];
  return (
    <Dialog.Root open onOpenChange={({ open }) => !open && onClose(work !== null)} closeOnInteractOutside={false} closeOnEscape={work?.state !== "working"}>
      <Portal>
        <Dialog.Backdrop />
        <Dialog.Positioner>
          <Dialog.Content>
            <Dialog.Header>
              <Dialog.Title>{verb} operations</Dialog.Title>
            </Dialog.Header>
            <Dialog.Body className="form-fields">
              {work ? <Course work={work} action={action} /> : <Answered query={preview}>{(told) => <Told preview={told} action={action} />}</Answered>}
              {!work && count > ASKED_ABOVE && (
                <Field.Root>
                  <Field.Label>{`Type ${count} to confirm`}</Field.Label>
                  <Input value={typed} inputMode="numeric" autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
                </Field.Root>
              )}
            </Dialog.Body>
            <Dialog.Footer>
              {work?.state === "working" ? (
                <Button variant="outline" onClick={stop}>Stop</Button>
              ) : (
                <Button variant="outline" onClick={() => onClose(work !== null)}>Close</Button>
              )}
              {!work && (
                <Button colorPalette={action === "cancel" ? "red" : "brand"} disabled={!isSure} onClick={() => void start(preview.data?.ids ?? [])}>
                  {count === 0 ? verb : `${verb} ${many(count, "operation")}`}
                </Button>
              )}
            </Dialog.Footer>
          </Dialog.Content>
        </Dialog.Positioner>
      </Portal>
    </Dialog.Root>
  );
}

function Told({ preview, action }: { preview: BulkPreview; action: BulkAction }) {
  const { ids, sample, more } = preview;
  const skipped = Object.entries(preview.skipped);
  return (
    <>
      <p>
        <strong>{many(ids.length, "operation")}</strong> will be {VERBS[action].done}.
        {more && ` There are more; do it again for what is older than these.`}
      </p>
      {skipped.length > 0 && (
        <p className="soft">
          Skipped: {skipped.map(([why, times]) => `${times >= 10_000 ? "10,000 or more" : times} ${why}`).join(", ")}.
        </p>
      )}
      {sample.length > 0 && (
        <ul className="bulk-list" aria-label="Which">
          {sample.map((one) => (
            <li key={one.id}>
              <span className="bulk-name">
                {`${one.capability} by ${one.agent_id}`} <span className="soft">on {one.project_id}</span>
              </span>
              <StatusBadge operation={one} />
            </li>
          ))}
          {ids.length > sample.length && <li className="soft">and {ids.length - sample.length} more</li>}
        </ul>
      )}
    </>
  );
}

function Course({ work, action }: { work: Work; action: BulkAction }) {
  const { total, outcomes, state } = work;
  const count = (outcome: BulkOutcome["outcome"]) => outcomes.filter((one) => one.outcome === outcome).length;
  const refused = outcomes.filter((one) => one.outcome === "refused");
  const parts = [
    `${count("done")} ${VERBS[action].done}`,
    count("skipped") > 0 && `${count("skipped")} had ended meanwhile`,
    refused.length > 0 && `${refused.length} refused`,
    state === "stopped" && `${total - outcomes.length} left as they were`,
  ].filter(Boolean);
  return (
    <>
      <progress className="bulk-progress" max={total} value={outcomes.length} aria-label="Progress" />
      <p role="status">{state === "working" ? `${outcomes.length} of ${total}` : `${parts.join(", ")}.`}</p>
      {refused.length > 0 && (
        <ul className="bulk-list" aria-label="Refused">
          {refused.slice(0, SHOWN_REFUSALS).map((one) => (
            <li key={one.id} className="bulk-refused">
              <Link to={`/operations/${one.id}`}><code>{one.id.slice(0, 13)}</code></Link>
              <span>{one.detail}</span>
            </li>
          ))}
          {refused.length > SHOWN_REFUSALS && <li className="soft">and {refused.length - SHOWN_REFUSALS} more</li>}
        </ul>
      )}
    </>
  );
}
