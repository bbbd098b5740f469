/** An operation's state as colour, icon and word together. */
import { Ban, CircleCheck, CircleDashed, CircleHelp, CirclePlay, CircleX, TriangleAlert } from "lucide-react";
import type { OperationRecord } from "../types/project";
import { type Tone, toneOf, wordOf } from "./status";

const ICONS: Record<Tone, typeof Ban> = {
  good: CircleCheck,
  problem: TriangleAlert,
  bad: CircleX,
  unsure: CircleHelp,
  busy: CirclePlay,
  waiting: CircleDashed,
  off: Ban,
};

type Shown = Pick<OperationRecord, "status" | "verdict" | "result" | "reason">;

export function StatusBadge({ operation }: { operation: Shown }) {
  const tone = toneOf(operation);
  const Icon = ICONS[tone];
  return (
    <span className="badge" data-tone={tone}>
      <Icon size={14} aria-hidden="true" />
      {wordOf(operation)}
    </span>
  );
}
