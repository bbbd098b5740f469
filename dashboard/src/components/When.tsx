/** A moment: how long ago, and exactly in the chosen zone for whoever points at it. */
import { useSyncExternalStore } from "react";
import { serverNow } from "../app/clock";
import { usePreferences } from "../app/Preferences";
import { ago, exact } from "../app/time";

const listeners = new Set<() => void>();
let now = serverNow();
let clock: ReturnType<typeof setInterval> | undefined;

/** One clock for the whole page, which stands still while nobody looks at a time. */
function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    now = serverNow();
    clock = setInterval(() => {
      now = serverNow();
      listeners.forEach((tell) => tell());
    }, 1_000);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(clock);
    }
  };
}

/** The time of the page's clock, in milliseconds; renders anew every second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

export function When({ time, inFull = false }: { time: string; inFull?: boolean }) {
  const { zone } = usePreferences();
  const current = useNow();
  const full = exact(time, zone);
  return (
    <time dateTime={time} title={full} className="when">
      {inFull ? full : ago(time, current)}
    </time>
  );
}
