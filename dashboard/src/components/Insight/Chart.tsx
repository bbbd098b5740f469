/** The frame of a chart: what its marks mean, its scale and times, a sentence for it, and the same as a table. */
import { type ReactNode, useState } from "react";
import { Panel } from "../Panel";

export interface Series {
  name: string;
  /** The class of its marks, which gives colour and pattern. */
  mark: string;
  values: (number | null)[];
}

interface ChartProps {
  title: string;
  /** What the chart shows, in a sentence. */
  told: string;
  series: Series[];
  moments: string[];
  top: number;
  /** What the moments are: where each stretch begins, or ends. */
  heading?: string;
  write: (value: number) => string;
  writeMoment: (moment: string) => string;
  children: ReactNode;
}

export function Chart({ title, told, series, moments, top, heading = "From", write, writeMoment, children }: ChartProps) {
  const [isTable, setTable] = useState(false);
  const aside = (
    <button type="button" className="more" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
      {isTable ? "View as chart" : "View as table"}
    </button>
  );
  const edges = [moments[0], moments[Math.floor(moments.length / 2)], moments.at(-1)];
  return (
    <Panel title={title} aside={aside}>
      <p className="chart-told">{told}</p>
      {isTable ? (
        <ChartTable title={title} heading={heading} series={series} moments={moments} write={write} writeMoment={writeMoment} />
      ) : (
        <figure className="chart">
          <ul className="chart-key">
            {series.map(({ name, mark }) => (
              <li key={name}>
                <svg width="14" height="10" aria-hidden="true" className={mark}>
                  <rect width="14" height="10" rx="2" />
                  <line x1="0" x2="14" y1="5" y2="5" />
                </svg>
                {name}
              </li>
            ))}
          </ul>
          <div className="chart-plot">
            <div className="chart-scale" aria-hidden="true">
              {[top, top / 2, 0].map((value) => (
                <span key={value}>{write(value)}</span>
              ))}
            </div>
            <svg role="img" aria-label={`${title}: ${told}`}>
              {["0%", "50%", "100%"].map((y) => (
                <line key={y} className="chart-grid" x1="0" x2="100%" y1={y} y2={y} />
              ))}
              {children}
            </svg>
            <div className="chart-times" aria-hidden="true">
              {edges.map((moment, index) => (
                <span key={index}>{moment && writeMoment(moment)}</span>
              ))}
            </div>
          </div>
        </figure>
      )}
    </Panel>
  );
}

type TableProps = Pick<ChartProps, "title" | "series" | "moments" | "write" | "writeMoment"> & { heading: string };

function ChartTable({ title, heading, series, moments, write, writeMoment }: TableProps) {
  const rows = moments.map((moment, index) => ({ moment, values: series.map(({ values }) => values[index] ?? null) }));
  const told = rows.filter(({ values }) => values.some((value) => value !== null && value > 0)).reverse();
  return (
    // What scrolls must be reachable by the keyboard alone.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="chart-table" role="region" aria-label={`${title} as a table`} tabIndex={0}>
      <table className="table" data-keep>
        <thead>
          <tr>
            <th scope="col">{heading}</th>
            {series.map(({ name }) => (
              <th key={name} scope="col" className="number">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {told.map(({ moment, values }) => (
            <tr key={moment}>
              <th scope="row">{writeMoment(moment)}</th>
              {values.map((value, index) => (
                <td key={index} className="number">{value === null ? "–" : write(value)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
