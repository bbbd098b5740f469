/** Where a chart's scale ends, so that its middle and its end are numbers that are easy to read. Pure. */
export function topOf(values: readonly number[]): number {
  const most = Math.max(0, ...values);
  if (most <= 2) {
    return 2;
  }
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [1, 2, 4, 5, 6, 8, 10].find((each) => each * power >= most) ?? 10;
  return step * power;
}

/** Seconds and their units count differently: 15 s, 30 s, 1 min. Takes and answers milliseconds. */
export function topOfTimes(values: readonly number[]): number {
  const most = Math.max(0, ...values);
  const steps = [2_000, 4_000, 6_000, 10_000, 20_000, 30_000, 60_000, 120_000, 240_000, 600_000, 1_200_000, 1_800_000, 3_600_000];
  return most < 1_000 ? topOf([most]) : (steps.find((step) => step >= most) ?? topOf([most / 3_600_000]) * 3_600_000);
}
