/** How many findings each capability's newest runs counted. */
import type { OperationRecord } from "../../types/project";
import { metricsOf } from "../../types/result";
import { Spark } from "../Insight/Spark";
import { Panel } from "../Panel";

const RUNS = 20;

interface Course {
  capability: string;
  counts: number[];
}

export function Trends({ courses }: { courses: readonly Course[] }) {
  return (
    <Panel title="Trend">
      <div className="trends">
        {courses.map(({ capability, counts }) => (
          <div key={capability} className="trend">
            <Spark tone="busy" values={counts} told={`Findings of the last ${counts.length} runs of ${capability}: ${counts.join(", ")}`} />
            <div>
              <p className="rule">{capability}</p>
              <p className="soft">{change(counts)}</p>
            </div>
          </div>
        ))}
      </div>
    </Panel>
  );
}

/** Of each capability that ran at least twice, what its judged runs counted, oldest first. */
export function trends(records: readonly OperationRecord[]): Course[] {
  const counted = new Map<string, number[]>();
  for (const { capability, status, verdict, result } of records) {
    const count = metricsOf(result).find(([name]) => name === "findings")?.[1];
    if (status === "completed" && (verdict === "pass" || verdict === "fail") && count !== undefined) {
      counted.set(capability, [...(counted.get(capability) ?? []), count]);
    }
  }
  return [...counted].filter(([, counts]) => counts.length > 1).map(([capability, counts]) => ({ capability, counts: counts.slice(-RUNS) }));
}

function change(counts: readonly number[]): string {
  const [first = 0, last = 0] = [counts[0], counts.at(-1)];
  const moved = last - first;
  return `${last} now, ${moved === 0 ? "as" : moved < 0 ? `${-moved} fewer than` : `${moved} more than`} ${counts.length - 1} ${counts.length === 2 ? "run" : "runs"} ago`;
}
