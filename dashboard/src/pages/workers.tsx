/** /workers: the processes that perform operations, and how they are. */
import { useQuery } from "@tanstack/react-query";
import { Server } from "lucide-react";
import { useEffect } from "react";
import type { PageModule } from "../app/pages";
import { Answered } from "../components/Answered";
import { Empty } from "../components/Trouble";
import { When } from "../components/When";
import { workersQuery } from "../live/queries";
import type { Worker } from "../types/project";

const TONES: Record<string, string> = { online: "good", draining: "unsure", deaf: "problem", lost: "bad" };

function Workers() {
  const workers = useQuery(workersQuery());
  useEffect(() => {
    document.title = "Workers – Callboard";
  }, []);
  return (
    <div className="page">
      <header className="page-head">
        <h1>Workers</h1>
      </header>
      <section className="panel" aria-label="Workers" data-flush>
        <Answered query={workers}>{(list) => (list.length === 0 ? <NoWorkers /> : <Table workers={list} />)}</Answered>
      </section>
    </div>
  );
}

function NoWorkers() {
  return (
    <Empty title="No worker has ever been here.">
      <p>Operations wait until one comes:</p>
      <code>celery -A worker.app worker</code>
    </Empty>
  );
}

function Table({ workers }: { workers: readonly Worker[] }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">Worker</th>
          <th scope="col">Status</th>
          <th scope="col">Offers</th>
          <th scope="col">Sandbox</th>
          <th scope="col" className="number">At once</th>
          <th scope="col" className="number">Started</th>
          <th scope="col" className="number">Last heard</th>
        </tr>
      </thead>
      <tbody>
        {workers.map((worker) => (
          <tr key={worker.name}>
            <td>{worker.name}</td>
            <td>
              <span className="badge" data-tone={TONES[worker.status] ?? "off"}>{worker.status}</span>
            </td>
            <td>
              <span className="chips">
                {worker.capabilities.map((name) => (
                  <span key={name} className="chip">{name}</span>
                ))}
              </span>
            </td>
            <td className="soft">{worker.sandbox ?? "none"}</td>
            <td className="number told" data-told="at once">{worker.concurrency}</td>
            <td className="number told" data-told="started"><When time={worker.started_at} /></td>
            <td className="number told" data-told="heard"><When time={worker.seen_at} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export const page: PageModule = { path: "/workers", title: "Workers", order: 60, icon: Server, key: "w", Component: Workers };
