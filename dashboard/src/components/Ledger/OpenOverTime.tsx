/** How many findings of a project were open in the course of time, and how many came and went. */
import { useQuery } from "@tanstack/react-query";
import { usePreferences } from "../../app/Preferences";
import { moment } from "../../app/time";
import type { TrendPoint } from "../../types/insight";
import { Chart, type Series } from "../Insight/Chart";
import { Line } from "../Insight/Line";
import { trendQuery } from "../Insight/queries";
import { topOf } from "../Insight/scale";

const DAY_MS = 86_400_000;

export function OpenOverTime({ projectId, capability }: { projectId: string; capability: string }) {
  const { zone } = usePreferences();
  const points = useQuery(trendQuery(projectId, capability)).data ?? [];
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) {
    return null;
  }
  const isLong = Date.parse(last.until) - Date.parse(first.until) > DAY_MS;
  const series: Series[] = [
    { name: "open", mark: "line-open", values: points.map(({ open }) => open) },
    { name: "found", mark: "line-wait", values: points.map(({ opened }) => opened) },
    { name: "fixed", mark: "line-fixed", values: points.map(({ fixed }) => fixed) },
  ];
  const top = topOf(series.flatMap(({ values }) => values.filter((value) => value !== null)));
  return (
    <Chart
      title="Open findings"
      told={sentence(points, moment(first.until, zone, isLong))}
      series={series}
      moments={points.map(({ until }) => until)}
      top={top}
      heading="Until"
      write={String}
      writeMoment={(time) => moment(time, zone, isLong)}
    >
      {series.map(({ name, mark, values }) => (
        <Line key={name} mark={mark} values={values.map((value) => (name === "open" || value ? value : null))} top={top} joined={name === "open"} />
      ))}
    </Chart>
  );
}

function sentence(points: readonly TrendPoint[], since: string): string {
  const sum = (name: "opened" | "fixed") => points.reduce((all, point) => all + point[name], 0);
  return `${points.at(-1)?.open ?? 0} open now; since ${since} ${sum("opened")} were found and ${sum("fixed")} fixed.`;
}
