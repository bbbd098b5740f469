/** /failures: what failed in the last 7 days, grouped by what went wrong. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { CircleX } from "lucide-react";
import { useEffect } from "react";
import { Link, useSearchParams } from "react-router";
import type { PageModule } from "../app/pages";
import { Answered } from "../components/Answered";
import { Choice } from "../components/Choice";
import { many } from "../components/Insight/Attention";
import { Spark } from "../components/Insight/Spark";
import { failuresQuery } from "../components/Insight/queries";
import { More } from "../components/More";
import { Empty } from "../components/Trouble";
import { When } from "../components/When";
import { itemsOf } from "../live/paged";
import { projectsQuery } from "../live/queries";
import type { Failure } from "../types/insight";

function Failures() {
  const [query, setQuery] = useSearchParams();
  const projectId = query.get("project_id") ?? "";
  const failures = useInfiniteQuery(failuresQuery(projectId));
  const projects = useQuery(projectsQuery()).data ?? [];
  useEffect(() => {
    document.title = "Failures – Callboard";
  }, []);
  const rows = itemsOf(failures.data);
  return (
    <div className="page">
      <header className="page-head">
        <h1>Failures</h1>
      </header>
      <search className="narrowing">
        <p className="soft">Of the last 7 days. The same error with other numbers and ids is one failure.</p>
        <div className="narrowing-project">
          <Choice
            size="sm"
            label="Project"
            empty="any"
            value={projectId}
            choices={projects.map(({ id, name }) => [id, name])}
            onChange={(value) => setQuery(value ? { project_id: value } : {})}
          />
        </div>
      </search>
      <section className="panel" aria-label="Failures" data-flush>
        <Answered query={failures} lines={8}>
          {() => (rows.length === 0 ? <Empty title="Nothing failed in the last 7 days." /> : <Table rows={rows} />)}
        </Answered>
        <More query={failures} words="Load older" />
      </section>
    </div>
  );
}

function Table({ rows }: { rows: readonly Failure[] }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">Failure</th>
          <th scope="col">7 days</th>
          <th scope="col" className="number">Times</th>
          <th scope="col">Agents</th>
          <th scope="col" className="number">First</th>
          <th scope="col" className="number">Last</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.fingerprint} failure={row} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ failure }: { failure: Failure }) {
  const { capability, reason, count } = failure;
  const all = new URLSearchParams({ status: "failed", capability, ...(failure.projects.length === 1 && { project_id: failure.projects[0] }) });
  return (
    <tr data-row>
      <td>
        <div className="failure">
          <Link to={`/operations/${failure.newest_id}`}>{`${capability} · ${reason.replaceAll("_", " ")}`}</Link>
          <code dir="auto">{failure.error || "No error was told."}</code>
        </div>
      </td>
      <td>
        <Spark values={failure.by_day} told={`Failures on each of the last 7 days: ${failure.by_day.join(", ")}`} />
      </td>
      <td className="number">
        <Link className="plain" to={`/operations?${all}`} aria-label={`${many(count, "time")}: show the failed operations of ${capability}`}>
          {count}×
        </Link>
      </td>
      <td>
        <span className="chips">
          {failure.agents.map((name) => (
            <span key={name} className="chip">{name}</span>
          ))}
        </span>
      </td>
      <td className="number told" data-told="first"><When time={failure.first_seen} /></td>
      <td className="number told" data-told="last"><When time={failure.last_seen} /></td>
    </tr>
  );
}

export const page: PageModule = { path: "/failures", title: "Failures", order: 40, icon: CircleX, key: "f", Component: Failures };
