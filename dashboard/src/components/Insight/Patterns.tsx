/** The patterns that charts fill with, so that their parts differ in more than colour. */
const HATCHES = [
  ["mark-problem", "problem", "M-2 2 L2 -2 M0 8 L8 0 M6 10 L10 6"],
  ["mark-unsure", "unsure", "M4 0 V8"],
  ["mark-bad", "bad", "M-2 6 L2 10 M0 0 L8 8 M6 -2 L10 2"],
  ["mark-off", "off", "M0 4 H8"],
] as const;

export function Patterns() {
  return (
    <svg className="patterns" aria-hidden="true">
      <defs>
        {HATCHES.map(([id, tone, lines]) => (
          <pattern key={id} id={id} data-tone={tone} width="8" height="8" patternUnits="userSpaceOnUse">
            <rect width="8" height="8" />
            <path d={lines} />
          </pattern>
        ))}
      </defs>
    </svg>
  );
}
