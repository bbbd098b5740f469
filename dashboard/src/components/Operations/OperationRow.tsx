/** One operation in the table. */
import { memo } from "react";
import { Link } from "react-router";
import { duration } from "../../app/time";
import type { AgentOperation } from "../../types/project";
import { StatusBadge } from "../StatusBadge";
import { When } from "../When";

interface OperationRowProps {
  operation: AgentOperation;
  index: number;
  isSelected: boolean;
  onToggle: (id: string, isRange: boolean) => void;
}

export const OperationRow = memo(function OperationRow({ operation, index, isSelected, onToggle }: OperationRowProps) {
  const name = `${operation.capability} by ${operation.agent_id}`;
  return (
    // The head is the first row.
    <tr data-row data-index={index} aria-rowindex={index + 2} data-selected={isSelected || undefined}>
      <td className="select">
        <input
          type="checkbox"
          aria-label={`Select ${name}, ${operation.status}`}
          checked={isSelected}
          onChange={(event) => onToggle(operation.id, event.nativeEvent instanceof MouseEvent && event.nativeEvent.shiftKey)}
        />
      </td>
      <td className="name">
        <Link to={`/operations/${operation.id}`} title={name}>{name}</Link>
      </td>
      <td>
        <Link className="plain" to={`/projects/${encodeURIComponent(operation.project_id)}`}>{operation.project_id}</Link>
      </td>
      <td><StatusBadge operation={operation} /></td>
      <td className="soft">{operation.requested_by}</td>
      <td className="number">{duration(operation.duration_ms)}</td>
      <td className="number"><When time={operation.created_at} /></td>
    </tr>
  );
});
