/** How many operations ended in each stretch of time, and how. */
import type { Ended, Stats } from "../../types/insight";
import { Chart, type Series } from "./Chart";
import { topOf } from "./scale";

interface Props {
  stats: Stats;
  range: string;
  writeMoment: (moment: string) => string;
}

const KINDS: [name: string, mark: string, count: (ended: Ended) => number][] = [
  ["completed", "mark-good", (one) => one.completed - one.found_problems - one.inconclusive],
  ["with problems", "mark-problem", (one) => one.found_problems],
  ["inconclusive", "mark-unsure", (one) => one.inconclusive],
  ["failed", "mark-bad", (one) => one.failed],
  ["cancelled", "mark-off", (one) => one.cancelled],
];

export function Throughput({ stats, range, writeMoment }: Props) {
  const { buckets, total } = stats;
  const all: Series[] = KINDS.map(([name, mark, count]) => ({ name, mark, values: buckets.map(count) }));
  const series = all.filter(({ values }, index) => index === 0 || values.some((value) => value !== 0));
  const sums = buckets.map((one) => one.completed + one.failed + one.cancelled);
  const top = topOf(sums);
  const width = 100 / buckets.length;
  const parts = KINDS.flatMap(([name, , count]) => (count(total) > 0 ? [`${count(total)} ${name}`] : []));
  return (
    <Chart
      title="Throughput"
      told={parts.length ? `Ended in ${range}: ${parts.join(", ")}.` : `Nothing ended in ${range}.`}
      series={series}
      moments={buckets.map(({ start }) => start)}
      top={top}
      write={(value) => String(value)}
      writeMoment={writeMoment}
    >
      {buckets.map((bucket, index) => (
        <g key={bucket.start} className="chart-bar">
          <title>{`${writeMoment(bucket.start)}: ${sums[index]} ended`}</title>
          <rect className="chart-touch" x={`${index * width}%`} y="0" width={`${width}%`} height="100%" />
          {stacked(series, index).map(({ mark, from, value }) => (
            <rect
              key={mark}
              className={mark}
              x={`${(index + 0.12) * width}%`}
              width={`${0.76 * width}%`}
              y={`${100 - ((from + value) / top) * 100}%`}
              height={`${(value / top) * 100}%`}
            />
          ))}
        </g>
      ))}
    </Chart>
  );
}

function stacked(series: Series[], index: number): { mark: string; from: number; value: number }[] {
  let from = 0;
  const parts = [];
  for (const { mark, values } of series) {
    const value = values[index] ?? 0;
    if (value > 0) {
      parts.push({ mark, from, value });
      from += value;
    }
  }
  return parts;
}
