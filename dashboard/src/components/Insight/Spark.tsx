/** A few numbers as small bars, with a sentence for whoever does not see them. */
interface SparkProps {
  values: readonly number[];
  told: string;
  tone?: string;
}

export function Spark({ values, told, tone = "bad" }: SparkProps) {
  const most = Math.max(1, ...values);
  const width = 100 / values.length;
  return (
    <svg className="spark" role="img" aria-label={told} data-tone={tone}>
      <title>{told}</title>
      {values.map((value, index) => {
        const height = value === 0 ? 6 : 14 + (value / most) * 86;
        return <rect key={index} x={`${index * width}%`} width={`${width * 0.7}%`} y={`${100 - height}%`} height={`${height}%`} data-none={value === 0 || undefined} />;
      })}
    </svg>
  );
}
