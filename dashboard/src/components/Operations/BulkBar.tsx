/** What can be done with the rows that are selected; stands at the foot of the page while some are. */
import { Button } from "@chakra-ui/react";
import { useState } from "react";
import type { Meant } from "../../api/bulk";
import type { BulkAction } from "../../types/project";
import { useShortcuts } from "../Keyboard/shortcuts";
import { BulkDialog, VERBS } from "./BulkDialog";
import type { Selected } from "./useSelected";

interface BulkBarProps {
  selected: Selected;
  /** Freezes what is selected at the moment of the click. */
  meant: () => Meant;
  onClear: () => void;
  onSelectAll: () => void;
}

export function BulkBar({ selected, meant, onClear, onSelectAll }: BulkBarProps) {
  const [asked, setAsked] = useState<{ action: BulkAction; meant: Meant } | null>(null);
  const isEmpty = selected !== "all" && selected.size === 0;
  useShortcuts("Operations", [["Escape", "Clear the selection", onClear]]);
  const close = (isDone: boolean) => {
    setAsked(null);
    if (isDone) {
      onClear();
    }
  };
  if (isEmpty && !asked) {
    return null;
  }
  return (
    <>
      <div className="bulk" role="region" aria-label="Selection">
        <span role="status">{selected === "all" ? "All that match" : `${selected.size} selected`}</span>
        {selected !== "all" && (
          <Button size="sm" variant="ghost" onClick={onSelectAll}>
            Select all that match
          </Button>
        )}
        <span className="bulk-acts">
          {(["cancel", "rerun"] as const).map((action) => (
            <Button key={action} size="sm" variant="outline" onClick={() => setAsked({ action, meant: meant() })}>
              {VERBS[action].verb}…
            </Button>
          ))}
          <Button size="sm" variant="ghost" onClick={onClear}>
            Clear
          </Button>
        </span>
      </div>
      {asked && <BulkDialog {...asked} onClose={close} />}
    </>
  );
}
