/** /queues: what waits and runs on each queue, and who serves it. */
import { useQuery } from "@tanstack/react-query";
import { Layers } from "lucide-react";
import { useEffect } from "react";
import type { PageModule } from "../app/pages";
import { duration } from "../app/time";
import { Answered } from "../components/Answered";
import { queuesQuery } from "../components/Insight/queries";
import { Empty } from "../components/Trouble";
import { useNow } from "../components/When";
import type { Queue } from "../types/insight";

function Queues() {
  const queues = useQuery(queuesQuery());
  useEffect(() => {
    document.title = "Queues – Callboard";
  }, []);
  return (
    <div className="page">
      <header className="page-head">
        <h1>Queues</h1>
      </header>
      <section className="panel" aria-label="Queues" data-flush>
        <Answered query={queues} lines={6}>{(list) => (list.length === 0 ? <NoQueues /> : <Table queues={list} />)}</Answered>
      </section>
    </div>
  );
}

function NoQueues() {
  return (
    <Empty title="There are no queues yet.">
      <p>They come with the first worker, from what it offers:</p>
      <code>celery -A worker.app worker</code>
    </Empty>
  );
}

function Table({ queues }: { queues: readonly Queue[] }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">Queue</th>
          <th scope="col">Waiting</th>
          <th scope="col">Oldest</th>
          <th scope="col">Running</th>
          <th scope="col">Served by</th>
        </tr>
      </thead>
      <tbody>
        {queues.map((queue) => (
          <Row key={queue.name} queue={queue} />
        ))}
      </tbody>
    </table>
  );
}

const PARTS = [
  ["rung", "on the broker"],
  ["in_line", "in line"],
  ["blocked", "held by a limit or pause"],
] as const;

function Row({ queue }: { queue: Queue }) {
  const now = useNow();
  const waiting = queue.rung + queue.in_line + queue.blocked;
  const parts: string[] = PARTS.flatMap(([name, told]) => (queue[name] > 0 && queue[name] < waiting ? [`${queue[name]} ${told}`] : []));
  const later = queue.scheduled > 0 ? [`${queue.scheduled} for later`] : [];
  const others = queue.capabilities.filter((name) => name !== queue.name);
  const isAlone = queue.workers.length === 0;
  return (
    <tr>
      <td>
        <span className="staff-name">{queue.name}</span>
        {others.length > 0 && <p className="soft">{others.join(", ")}</p>}
      </td>
      <td className="told" data-told="waiting">
        {waiting}
        {queue.capped && "+"} <span className="soft">{[...parts, ...later].join(", ")}</span>
      </td>
      <td className="soft told" data-told="oldest">{queue.oldest_waiting_at ? duration(now - Date.parse(queue.oldest_waiting_at)) : "–"}</td>
      <td className="told" data-told="running">
        {queue.slots > 0 && (
          <span className="load" aria-hidden="true">
            <span style={{ width: `${Math.min(100, (queue.running / queue.slots) * 100)}%` }} />
          </span>
        )}
        {queue.running}
        {queue.slots > 0 && <span className="soft"> of {queue.slots}</span>}
      </td>
      <td>
        {isAlone ? (
          <span className="badge" data-tone={waiting > 0 ? "bad" : "off"}>no worker</span>
        ) : (
          <span className="chips">
            {queue.workers.map((name) => (
              <span key={name} className="chip">{name}</span>
            ))}
          </span>
        )}
      </td>
    </tr>
  );
}

export const page: PageModule = { path: "/queues", title: "Queues", order: 70, icon: Layers, key: "q", Component: Queues };
