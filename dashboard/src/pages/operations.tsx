/** /operations: every operation, newest first, narrowed by what stands in the address. */
import { Button } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { ListChecks } from "lucide-react";
import { useEffect, useMemo } from "react";
import { Link, useSearchParams } from "react-router";
import type { Filters } from "../api/operations";
import type { PageModule } from "../app/pages";
import { duration } from "../app/time";
import { Answered } from "../components/Answered";
import { Choice } from "../components/Choice";
import { useOperations } from "../components/Operation/useOperations";
import { StatusBadge } from "../components/StatusBadge";
import { Empty } from "../components/Trouble";
import { When } from "../components/When";
import { agentsQuery, capabilitiesQuery, projectsQuery } from "../live/queries";
import type { AgentOperation } from "../types/project";

const STATES = ["", "pending", "running", "completed", "failed", "cancelled"];

function Operations() {
  const [query, setQuery] = useSearchParams();
  const address = query.toString();
  const filters = useMemo<Filters>(() => Object.fromEntries(new URLSearchParams(address)), [address]);
  const { query: list, unseen, showNewest } = useOperations(filters);
  useEffect(() => {
    document.title = "Operations – Callboard";
  }, []);
  const narrow = (name: keyof Filters, value: string) =>
    setQuery((old) => {
      const next = new URLSearchParams(old);
      next.delete(name);
      if (value) {
        next.set(name, value);
      }
      return next;
    });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="page">
      <header className="page-head">
        <h1>Operations</h1>
        {unseen > 0 && (
          <Button size="sm" colorPalette="brand" onClick={() => void showNewest()}>
            Show {unseen} new
          </Button>
        )}
      </header>
      <Narrowing filters={filters} onChange={narrow} />
      <section className="panel" aria-label="Operations" data-flush>
        <Answered query={list} lines={8}>
          {() => (rows.length === 0 ? <Nothing isNarrowed={address !== ""} onClear={() => setQuery({})} /> : <Table rows={rows} />)}
        </Answered>
        {list.hasNextPage && (
          <footer className="panel-foot">
            <Button size="sm" variant="outline" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              Load older
            </Button>
          </footer>
        )}
      </section>
    </div>
  );
}

interface NarrowingProps {
  filters: Filters;
  onChange: (name: keyof Filters, value: string) => void;
}

function Narrowing({ filters, onChange }: NarrowingProps) {
  const projects = useQuery(projectsQuery()).data ?? [];
  const agents = useQuery(agentsQuery()).data ?? [];
  const capabilities = useQuery(capabilitiesQuery()).data ?? [];
  const choices: [keyof Filters, string, [string, string][]][] = [
    ["verdict", "Verdict", ["pass", "fail", "inconclusive"].map((name) => [name, name])],
    ["project_id", "Project", projects.map(({ id, name }) => [id, name])],
    ["agent_id", "Agent", agents.map(({ id, name }) => [id, name])],
    ["capability", "Capability", capabilities.map(({ name }) => [name, name])],
  ];
  return (
    <search className="narrowing">
      <div className="tabs" role="group" aria-label="Status">
        {STATES.map((status) => (
          <button key={status} type="button" aria-pressed={(filters.status ?? "") === status} onClick={() => onChange("status", status)}>
            {status || "all"}
          </button>
        ))}
      </div>
      <div className="narrowing-choices">
        {choices.map(([name, label, offered]) => (
          <Choice key={name} size="sm" label={label} empty="any" value={filters[name] ?? ""} choices={offered} onChange={(value) => onChange(name, value)} />
        ))}
      </div>
    </search>
  );
}

function Nothing({ isNarrowed, onClear }: { isNarrowed: boolean; onClear: () => void }) {
  return isNarrowed ? (
    <Empty title="No operation matches.">
      <Button size="sm" variant="outline" onClick={onClear}>
        Clear the filters
      </Button>
    </Empty>
  ) : (
    <Empty title="Nothing has run yet.">
      <p>Run something from a project's page, or from a terminal:</p>
      <code>callboard check .</code>
    </Empty>
  );
}

function Table({ rows }: { rows: readonly AgentOperation[] }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">Operation</th>
          <th scope="col">Project</th>
          <th scope="col">Status</th>
          <th scope="col">Requested by</th>
          <th scope="col" className="number">Took</th>
          <th scope="col" className="number">Created</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td>
              <Link to={`/operations/${row.id}`}>{`${row.capability} by ${row.agent_id}`}</Link>
            </td>
            <td>
              <Link className="plain" to={`/projects/${encodeURIComponent(row.project_id)}`}>{row.project_id}</Link>
            </td>
            <td><StatusBadge operation={row} /></td>
            <td className="soft">{row.requested_by}</td>
            <td className="number">{duration(row.duration_ms)}</td>
            <td className="number"><When time={row.created_at} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export const page: PageModule = { path: "/operations", title: "Operations", order: 30, icon: ListChecks, Component: Operations };
