/** /: how things are right now, and what asks for a person. */
import { useQuery } from "@tanstack/react-query";
import { LayoutDashboard } from "lucide-react";
import { useEffect, useMemo } from "react";
import { Link } from "react-router";
import { operationApi } from "../api/operations";
import type { PageModule } from "../app/pages";
import { duration } from "../app/time";
import { Answered } from "../components/Answered";
import { useOperations } from "../components/Operation/useOperations";
import { Panel } from "../components/Panel";
import { StatusBadge } from "../components/StatusBadge";
import { type Tone, toneOf } from "../components/status";
import { Empty } from "../components/Trouble";
import { When, useNow } from "../components/When";
import { workersQuery } from "../live/queries";
import type { AgentOperation } from "../types/project";

const MOST = 200;
const LATEST = 12;

const stateQuery = (status: string) => ({
  queryKey: ["overview", status],
  queryFn: () => operationApi.page({ status }, null, MOST),
  refetchInterval: 5_000,
});

function Overview() {
  const everything = useMemo(() => ({}), []);
  const { query: latest, unseen, showNewest } = useOperations(everything);
  useEffect(() => {
    document.title = "Overview – Callboard";
  }, []);
  useEffect(() => {
    if (unseen > 0) {
      void showNewest();
    }
  });
  const rows = latest.data?.pages[0]?.items ?? [];
  return (
    <div className="page">
      <header className="page-head">
        <h1>Overview</h1>
      </header>
      <div className="stack">
        <Figures ended={rows.filter((one) => one.finished_at !== null)} />
        <Panel title="Latest operations" flush aside={<Link to="/operations">All operations</Link>}>
          <Answered query={latest} lines={6}>{() => <Latest rows={rows.slice(0, LATEST)} />}</Answered>
        </Panel>
      </div>
    </div>
  );
}

function Figures({ ended }: { ended: readonly AgentOperation[] }) {
  const running = useQuery(stateQuery("running"));
  const pending = useQuery(stateQuery("pending"));
  const workers = useQuery(workersQuery());
  const now = useNow();
  const waiting = pending.data?.items ?? [];
  const oldest = waiting.at(-1);
  const online = workers.data?.filter((one) => one.status === "online").length;
  const good = ended.filter((one) => toneOf(one) === "good").length;
  return (
    <div className="figures">
      <Figure to="/operations?status=running" name="Running" value={count(running.data)} tone="busy" />
      <Figure
        to="/operations?status=pending"
        name="Waiting"
        value={count(pending.data)}
        tone="waiting"
        note={oldest && `oldest for ${duration(now - Date.parse(oldest.created_at))}`}
      />
      <Figure to="/operations?verdict=pass" name="Without problems" value={ended.length ? `${Math.round((100 * good) / ended.length)} %` : "–"} tone={good === ended.length ? "good" : "problem"} note={`of the last ${ended.length} that ended`} />
      <Figure to="/workers" name="Workers online" value={online === undefined ? "–" : String(online)} tone={online === 0 ? "bad" : "good"} note={online === 0 ? "what is submitted waits" : undefined} />
    </div>
  );
}

interface FigureProps {
  to: string;
  name: string;
  value: string;
  tone: Tone;
  note?: string | undefined;
}

function Figure({ to, name, value, tone, note }: FigureProps) {
  return (
    <Link className="figure plain" to={to} data-tone={tone}>
      <span className="figure-name">{name}</span>
      <span className="figure-value">{value}</span>
      <span className="figure-note">{note ?? ""}</span>
    </Link>
  );
}

function Latest({ rows }: { rows: readonly AgentOperation[] }) {
  if (rows.length === 0) {
    return (
      <Empty title="Nothing has run yet.">
        <code>callboard check .</code>
      </Empty>
    );
  }
  return (
    <ul className="history">
      {rows.map((row) => (
        <li key={row.id} className="entry" data-tone={toneOf(row)}>
          <div className="entry-main">
            <Link to={`/operations/${row.id}`}>{`${row.capability} by ${row.agent_id}`}</Link>
            <span className="entry-text">on {row.project_id}</span>
          </div>
          <span />
          <StatusBadge operation={row} />
          <div className="entry-time">
            <When time={row.timestamp} />
            <span>{duration(row.duration_ms)}</span>
          </div>
        </li>
      ))}
    </ul>
  );
}

/** How many there are; `200+` where one page does not hold them. */
function count(page: { items: unknown[]; next: string | null } | undefined): string {
  return page ? `${page.items.length}${page.next ? "+" : ""}` : "–";
}

export const page: PageModule = { path: "/", title: "Overview", order: 10, icon: LayoutDashboard, Component: Overview };
