/** What asks for a person now, each with the way to it. */
import { CircleCheck, CircleX, TriangleAlert } from "lucide-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { projectsQuery, workersQuery } from "../../live/queries";
import type { Failure, Queue } from "../../types/insight";
import type { ProjectSummary, Worker } from "../../types/project";
import { Answered } from "../Answered";
import { Panel } from "../Panel";
import { useNow } from "../When";
import { failuresQuery, queuesQuery } from "./queries";

const DAY_MS = 86_400_000;
const SHOWN_FAILURES = 3;
const LONGEST = 240;

interface Concern {
  id: string;
  told: string;
  to: string;
  tone: "bad" | "problem";
}

export function Attention() {
  const queues = useQuery(queuesQuery());
  const failures = useInfiniteQuery(failuresQuery(""));
  const projects = useQuery(projectsQuery());
  const workers = useQuery(workersQuery());
  const now = useNow();
  const groups = failures.data?.pages[0]?.items ?? [];
  const concerns = [
    ...unserved(queues.data ?? []),
    ...deaf(workers.data ?? []),
    ...lost(workers.data ?? [], now),
    ...recent(groups, now),
    ...paused(projects.data ?? []),
  ];
  return (
    <Panel title="Needs attention" flush>
      <Answered query={queues}>
        {() => (
          <ul className="attention">
            {concerns.map(({ id, told, to, tone }) => (
              <li key={id} data-tone={tone}>
                {tone === "bad" ? <CircleX size={16} aria-hidden="true" /> : <TriangleAlert size={16} aria-hidden="true" />}
                <span><Link to={to}>{told}</Link></span>
              </li>
            ))}
            {concerns.length === 0 && (
              <li data-tone="good">
                <CircleCheck size={16} aria-hidden="true" />
                <span>Nothing needs you right now.</span>
              </li>
            )}
          </ul>
        )}
      </Answered>
    </Panel>
  );
}

/** `1 operation`, `2 operations`. */
export const many = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;

function unserved(queues: readonly Queue[]): Concern[] {
  return queues
    .filter((queue) => queue.workers.length === 0 && queue.rung + queue.in_line > 0)
    .map((queue) => ({
      id: `queue ${queue.name}`,
      told: `No live worker serves the queue ${queue.name}, where ${many(queue.rung + queue.in_line, "operation")} wait${queue.rung + queue.in_line === 1 ? "s" : ""}.`,
      to: "/queues",
      tone: "bad",
    }));
}

function deaf(workers: readonly Worker[]): Concern[] {
  return workers
    .filter(({ status }) => status === "deaf")
    .map(({ name }) => ({ id: `worker ${name}`, told: `The worker ${name} lives, but does not answer.`, to: "/workers", tone: "bad" }));
}

/** Workers that went without a word; after a day nobody waits for one any more. */
function lost(workers: readonly Worker[], now: number): Concern[] {
  return workers
    .filter(({ status, seen_at }) => status === "lost" && now - Date.parse(seen_at) < DAY_MS)
    .map(({ name }) => ({
      id: `worker ${name}`,
      told: `The worker ${name} is lost: it was not heard for 30 s and never said that it leaves.`,
      to: "/workers",
      tone: "bad",
    }));
}

function recent(failures: readonly Failure[], now: number): Concern[] {
  const fresh = failures.filter(({ last_seen }) => now - Date.parse(last_seen) < DAY_MS);
  const concerns = fresh.slice(0, SHOWN_FAILURES).map((failure): Concern => {
    const { fingerprint, newest_id } = failure;
    return { id: `failure ${fingerprint}`, told: sentence(failure), to: `/operations/${newest_id}`, tone: "problem" };
  });
  const rest = fresh.length - concerns.length;
  const others: Concern = { id: "failures", told: `And ${many(rest, "other failure")} in the last 24 hours.`, to: "/failures", tone: "problem" };
  return rest > 0 ? [...concerns, others] : concerns;
}

function sentence({ capability, projects, count, reason, error }: Failure): string {
  const where = projects.length === 1 ? projects[0] : many(projects.length, "project");
  const times = count === 1 ? "once" : `${count} times`;
  const told = `${capability} failed ${times} on ${where} (${reason.replaceAll("_", " ")}): ${error ?? "no error was told"}`;
  return told.length > LONGEST ? `${told.slice(0, LONGEST)}…` : told;
}

function paused(projects: readonly ProjectSummary[]): Concern[] {
  return projects
    .filter(({ status }) => status === "paused")
    .map(({ id, name }) => ({ id: `project ${id}`, told: `The project ${name} is paused: its operations wait.`, to: `/projects/${encodeURIComponent(id)}`, tone: "problem" }));
}
