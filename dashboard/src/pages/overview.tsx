/** /: how things are and have been lately, and what asks for a person. */
import { useQuery } from "@tanstack/react-query";
import { LayoutDashboard } from "lucide-react";
import { useEffect } from "react";
import { useSearchParams } from "react-router";
import { type Zone, usePreferences } from "../app/Preferences";
import type { PageModule } from "../app/pages";
import { exact, moment } from "../app/time";
import { Answered } from "../components/Answered";
import { Attention } from "../components/Insight/Attention";
import { Figures } from "../components/Insight/Figures";
import { Latest } from "../components/Insight/Latest";
import { Patterns } from "../components/Insight/Patterns";
import { Throughput } from "../components/Insight/Throughput";
import { WaitAndRun } from "../components/Insight/WaitAndRun";
import { statsQuery } from "../components/Insight/queries";
import { RANGES, type Range, rangeOf } from "../components/Insight/ranges";
import type { Stats } from "../types/insight";

function Overview() {
  const [query, setQuery] = useSearchParams();
  const { zone } = usePreferences();
  const range = rangeOf(query.get("range"));
  const stats = useQuery(statsQuery(range));
  useEffect(() => {
    document.title = "Overview – Callboard";
  }, []);
  return (
    <div className="page">
      <Patterns />
      <header className="page-head">
        <h1>Overview</h1>
        <div className="tabs" role="group" aria-label="Time">
          {RANGES.map(({ name, told }) => (
            <button key={name} type="button" aria-pressed={name === range.name} title={told} onClick={() => setQuery({ range: name }, { replace: true })}>
              {name}
            </button>
          ))}
        </div>
      </header>
      <div className="stack">
        <Answered query={stats} lines={2}>{(found) => <Figures stats={found} />}</Answered>
        <Attention />
        {stats.data && <Charts stats={stats.data} range={range} zone={zone} />}
        <Latest />
      </div>
    </div>
  );
}

function Charts({ stats, range, zone }: { stats: Stats; range: Range; zone: Zone }) {
  const writeMoment = (time: string) => moment(time, zone, range.seconds > 86_400);
  return (
    <>
      {stats.counted_since && (
        <p className="note" data-tone="waiting">
          More has ended than is counted here: this is what ended since {exact(stats.counted_since, zone)}.
        </p>
      )}
      <div className="charts">
        <Throughput stats={stats} range={range.told} writeMoment={writeMoment} />
        <WaitAndRun stats={stats} range={range.told} writeMoment={writeMoment} />
      </div>
    </>
  );
}

export const page: PageModule = { path: "/", title: "Overview", order: 10, icon: LayoutDashboard, key: "h", Component: Overview };
