/** How long operations waited and, apart from that, how long they ran. */
import { duration } from "../../app/time";
import type { Ended, Stats } from "../../types/insight";
import { Chart, type Series } from "./Chart";
import { Line } from "./Line";
import { topOfTimes } from "./scale";

interface Props {
  stats: Stats;
  range: string;
  writeMoment: (moment: string) => string;
}

type Measure = "wait_p50_ms" | "wait_p95_ms" | "run_p50_ms" | "run_p95_ms";
const LINES: [name: string, mark: string, measure: Measure][] = [
  ["wait, half", "line-wait", "wait_p50_ms"],
  ["wait, 95 %", "line-wait line-most", "wait_p95_ms"],
  ["run, half", "line-run", "run_p50_ms"],
  ["run, 95 %", "line-run line-most", "run_p95_ms"],
];

export function WaitAndRun({ stats, range, writeMoment }: Props) {
  const { buckets, total } = stats;
  const series: Series[] = LINES.map(([name, mark, measure]) => ({ name, mark, values: buckets.map((one) => one[measure]) }));
  const top = topOfTimes(series.flatMap(({ values }) => values.filter((value) => value !== null)));
  return (
    <Chart
      title="Wait and run"
      told={sentence(total, range)}
      series={series}
      moments={buckets.map(({ start }) => start)}
      top={top}
      write={duration}
      writeMoment={writeMoment}
    >
      {series.map(({ name, mark, values }) => (
        <Line key={name} mark={mark} values={values} top={top} />
      ))}
    </Chart>
  );
}

function sentence(total: Ended, range: string): string {
  return total.run_p50_ms === null
    ? `Nothing ran in ${range}.`
    : `Half waited at most ${duration(total.wait_p50_ms)} and ran at most ${duration(total.run_p50_ms)}; 95 % at most ${duration(total.wait_p95_ms)} and ${duration(total.run_p95_ms)}.`;
}
