/** The newest operations of all projects, as they come. */
import { useEffect, useMemo } from "react";
import { Link } from "react-router";
import { duration } from "../../app/time";
import { Answered } from "../Answered";
import { useOperations } from "../Operations/useOperations";
import { Panel } from "../Panel";
import { StatusBadge } from "../StatusBadge";
import { Empty } from "../Trouble";
import { When } from "../When";
import { toneOf } from "../status";

const SHOWN = 8;

export function Latest() {
  const everything = useMemo(() => ({}), []);
  const { query, unseen, showNewest } = useOperations(everything);
  useEffect(() => {
    if (unseen > 0 && !query.isFetching) {
      void showNewest();
    }
  });
  const rows = query.data?.pages[0]?.items.slice(0, SHOWN) ?? [];
  return (
    <Panel title="Latest operations" flush aside={<Link to="/operations">All operations</Link>}>
      <Answered query={query} lines={6}>
        {() =>
          rows.length === 0 ? (
            <Empty title="Nothing has run yet.">
              <code>callboard check .</code>
            </Empty>
          ) : (
            <ul className="history">
              {rows.map((row) => (
                <li key={row.id} className="entry" data-row data-tone={toneOf(row)}>
                  <div className="entry-main">
                    <Link to={`/operations/${row.id}`}>{`${row.capability} by ${row.agent_id}`}</Link>
                    <span className="entry-text">on {row.project_id}</span>
                  </div>
                  <span className="entry-gap" />
                  <StatusBadge operation={row} />
                  <div className="entry-time">
                    <When time={row.timestamp} />
                    <span>{duration(row.duration_ms)}</span>
                  </div>
                </li>
              ))}
            </ul>
          )
        }
      </Answered>
    </Panel>
  );
}
