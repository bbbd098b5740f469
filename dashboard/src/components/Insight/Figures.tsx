/** The figures of now and of the chosen time, each with the way to what it counts. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { duration } from "../../app/time";
import { workersQuery } from "../../live/queries";
import type { Stats } from "../../types/insight";
import { useNow } from "../When";
import type { Tone } from "../status";

const percent = (rate: number): string => `${rate === 1 ? 100 : Math.min(99.9, Math.floor(rate * 1_000) / 10)} %`;

export function Figures({ stats }: { stats: Stats }) {
  const workers = useQuery(workersQuery());
  const now = useNow();
  const { total, running, pending, oldest_waiting_at: oldest } = stats;
  const online = workers.data?.filter(({ status }) => status === "online");
  const slots = online?.reduce((sum, { concurrency }) => sum + concurrency, 0);
  const rate = total.success_rate;
  return (
    <div className="figures">
      <Figure to="/operations?status=running" name="Running" value={String(running)} tone="busy" note={slots ? `of ${slots} at once` : ""} />
      <Figure
        to="/operations?status=pending"
        name="Pending"
        value={String(pending)}
        tone="waiting"
        note={oldest ? `longest for ${duration(now - Date.parse(oldest))}` : pending > 0 ? "none is due yet" : "nothing waits"}
      />
      <Figure
        to={total.failed > 0 ? "/operations?status=failed" : "/operations?status=completed"}
        name="Success"
        value={rate === null ? "–" : percent(rate)}
        tone={rate === null ? "off" : rate < 1 || total.found_problems + total.inconclusive > 0 ? "problem" : "good"}
        note={rate === null ? "nothing ended yet" : `${total.failed} of ${total.completed + total.failed} failed, ${total.found_problems} with problems`}
      />
      <Figure to="/operations?status=completed" name="95 % ran within" value={duration(total.run_p95_ms)} tone="off" note={total.wait_p95_ms === null ? "" : `and waited ${duration(total.wait_p95_ms)}`} />
      <Figure
        to="/workers"
        name="Workers online"
        value={online ? String(online.length) : "–"}
        tone={online?.length === 0 ? "bad" : "good"}
        note={online?.length === 0 ? "what is submitted waits" : ""}
      />
    </div>
  );
}

interface FigureProps {
  to: string;
  name: string;
  value: string;
  tone: Tone;
  note: string;
}

function Figure({ to, name, value, tone, note }: FigureProps) {
  return (
    <Link className="figure plain" to={to} data-tone={tone}>
      <span className="figure-name">{name}</span>
      <span className="figure-value">{value}</span>
      <span className="figure-note">{note}</span>
    </Link>
  );
}
