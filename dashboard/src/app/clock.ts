/** The server's clock: how far this computer's is off is learnt from every answer. */

/** An answer tells its time in whole seconds, and takes a while to come: less than this is no difference. */
const NOTHING_MS = 5_000;
let off = 0;

/** By how many milliseconds this computer's clock is ahead of the server's; 0 where they agree. */
export const ahead = (): number => off;

/** The server's time, in milliseconds. */
export const serverNow = (): number => Date.now() - off;

/** Learns from the `Date` of an answer; one without it changes nothing. */
export function learn(date: string | null): void {
  const told = Date.parse(date ?? "");
  if (!Number.isNaN(told)) {
    const difference = Date.now() - told;
    off = Math.abs(difference) < NOTHING_MS ? 0 : difference;
  }
}
