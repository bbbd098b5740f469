/** The one way in which times and durations are written. Pure. */
import type { Zone } from "./Preferences";

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

/** `2 min. ago`; what lies less than a second off is `now`, also where clocks differ a little. */
export function ago(time: string, now: number): string {
  const distance = Date.parse(time) - now;
  if (Number.isNaN(distance)) {
    return "–";
  }
  const [unit, length] = UNITS.find(([, size]) => Math.abs(distance) >= size) ?? ["second", 1_000];
  return relative.format(Math.trunc(distance / length), unit);
}

const FULL: Intl.DateTimeFormatOptions = {
  year: "numeric",
  month: "short",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
};
// To make one costs more than to show a row, and a table shows hundreds of times.
const full: Record<Zone, Intl.DateTimeFormat> = {
  utc: new Intl.DateTimeFormat("en-GB", { ...FULL, timeZoneName: "short", timeZone: "UTC" }),
  local: new Intl.DateTimeFormat("en-GB", { ...FULL, timeZoneName: "shortOffset" }),
};

/** The full time with its offset from UTC. */
export function exact(time: string, zone: Zone): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "an unknown time" : full[zone].format(date);
}

/** `340 ms`, `1.9 s`, `2 min 5 s`, `1 h 3 min`; never negative. */
export function duration(milliseconds: number | null | undefined): string {
  if (milliseconds === null || milliseconds === undefined || !Number.isFinite(milliseconds)) {
    return "–";
  }
  const ms = Math.max(0, milliseconds);
  if (ms < 1_000) {
    return `${Math.round(ms)} ms`;
  }
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) {
    return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  }
  return seconds < 3_600
    ? `${Math.floor(seconds / 60)} min ${seconds % 60} s`
    : `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

/** `14:05`, and in front of it the day where the range has several. */
export function moment(time: string, zone: Zone, isLong: boolean): string {
  const options: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const day: Intl.DateTimeFormatOptions = isLong ? { day: "numeric", month: "short" } : {};
  return new Intl.DateTimeFormat("en-GB", { ...options, ...day, ...(zone === "utc" && { timeZone: "UTC" }) }).format(new Date(time));
}
