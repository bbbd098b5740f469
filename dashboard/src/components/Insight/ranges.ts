/** The stretches of time that a chart can show. */
export interface Range {
  name: string;
  told: string;
  seconds: number;
  buckets: number;
}

export const HOUR: Range = { name: "1h", told: "the last hour", seconds: 3_600, buckets: 60 };
export const RANGES: Range[] = [
  HOUR,
  { name: "24h", told: "the last 24 hours", seconds: 86_400, buckets: 48 },
  { name: "7d", told: "the last 7 days", seconds: 604_800, buckets: 56 },
];

export const rangeOf = (name: string | null): Range => RANGES.find((range) => range.name === name) ?? HOUR;
