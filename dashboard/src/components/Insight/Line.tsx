/** A point where something was measured, and where they are joined a line to the next one. */
interface LineProps {
  mark: string;
  values: readonly (number | null)[];
  top: number;
  joined?: boolean;
}

export function Line({ mark, values, top, joined = true }: LineProps) {
  const points = values.flatMap((value, index) =>
    value === null ? [] : [{ x: `${((index + 0.5) / values.length) * 100}%`, y: `${100 - (value / top) * 100}%` }],
  );
  return (
    <g className={mark}>
      {joined && points.slice(1).map((point, index) => (
        <line key={point.x} x1={points[index]?.x} y1={points[index]?.y} x2={point.x} y2={point.y} />
      ))}
      {points.map((point) => (
        <circle key={point.x} cx={point.x} cy={point.y} r="2.25" />
      ))}
    </g>
  );
}
