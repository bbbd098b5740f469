/** The table of operations: only the rows in sight are in the page, and older ones come as it is scrolled. */
import { type Range, defaultRangeExtractor, useWindowVirtualizer } from "@tanstack/react-virtual";
import { type FocusEvent, Fragment, useCallback, useEffect, useState, useSyncExternalStore } from "react";
import type { AgentOperation } from "../../types/project";
import { OperationRow } from "./OperationRow";
import { type Selected, isSelected } from "./useSelected";

const HEIGHT = 42;
const NARROW_HEIGHT = 71;
const AHEAD = 8;
const EARLY = 40;
const narrow = window.matchMedia("(max-width: 1240px)");

interface OperationTableProps {
  rows: readonly AgentOperation[];
  hasOlder: boolean;
  onEnd: () => void;
  selected: Selected;
  onToggle: (id: string, isRange: boolean) => void;
  onToggleAll: () => void;
}

export function OperationTable({ rows, hasOlder, onEnd, selected, onToggle, onToggleAll }: OperationTableProps) {
  const [table, setTable] = useState<HTMLTableElement | null>(null);
  const [focused, setFocused] = useState<number | null>(null);
  const isNarrow = useSyncExternalStore(watch, () => narrow.matches);
  const margin = table ? table.getBoundingClientRect().top + window.scrollY : 0;
  const keep = useCallback((range: Range) => withNeighbours(range, focused), [focused]);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => (isNarrow ? NARROW_HEIGHT : HEIGHT),
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: AHEAD,
    scrollMargin: margin,
    rangeExtractor: keep,
  });
  const shown = virtual.getVirtualItems();
  const isAtEnd = hasOlder && (shown.at(-1)?.index ?? -1) >= rows.length - EARLY;
  useEffect(() => {
    if (isAtEnd) {
      onEnd();
    }
  }, [isAtEnd, onEnd, rows.length]);
  const follow = (event: FocusEvent) => {
    const index = event.target.closest("[data-index]")?.getAttribute("data-index");
    setFocused(index ? Number(index) : null);
  };
  return (
    <table className="table operations" ref={setTable} aria-label="Operations" aria-rowcount={hasOlder ? -1 : rows.length + 1}>
      <thead>
        <tr aria-rowindex={1}>
          <th scope="col" className="select">
            <input type="checkbox" aria-label="Select all that match" checked={selected === "all"} onChange={onToggleAll} />
          </th>
          <th scope="col">Operation</th>
          <th scope="col">Project</th>
          <th scope="col">Status</th>
          <th scope="col">Requested by</th>
          <th scope="col" className="number">Took</th>
          <th scope="col" className="number">Created</th>
        </tr>
      </thead>
      <tbody onFocus={follow}>
        {shown.map(({ index, key, start }, place) => {
          const row = rows[index];
          return (
            row && (
              <Fragment key={key}>
                <Gap height={start - (shown[place - 1]?.end ?? margin)} />
                <OperationRow operation={row} index={index} isSelected={isSelected(selected, row.id)} onToggle={onToggle} />
              </Fragment>
            )
          );
        })}
        <Gap height={virtual.getTotalSize() - ((shown.at(-1)?.end ?? margin) - margin)} />
      </tbody>
    </table>
  );
}

/** Stands where rows are that are out of sight. */
function Gap({ height }: { height: number }) {
  return height > 0 ? (
    <tr className="gap" aria-hidden="true">
      <td style={{ height }} />
    </tr>
  ) : null;
}

/** The row that has the focus stays, with those beside it, wherever the page is scrolled to. */
function withNeighbours(range: Range, focused: number | null): number[] {
  const near = focused === null ? [] : [focused - 1, focused, focused + 1].filter((index) => index >= 0 && index < range.count);
  return [...new Set([...defaultRangeExtractor(range), ...near])].sort((one, other) => one - other);
}

function watch(listener: () => void): () => void {
  narrow.addEventListener("change", listener);
  return () => narrow.removeEventListener("change", listener);
}
