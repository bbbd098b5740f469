/** Says whether what is shown is live, and lets a person hold it still. */
import { ahead } from "../../app/clock";
import { useLive, useLiveState } from "../../live/Live";
import type { LiveState } from "../../services/websocket";
import { useNow } from "../When";

const TONES = { Live: "good", Reconnecting: "waiting", Stale: "bad", Paused: "unsure" } as const;

export function ConnectionPill() {
  const state = useLiveState();
  const live = useLive();
  const now = useNow() + ahead();
  const isPaused = state.name === "Paused";
  return (
    <button
      type="button"
      className="pill"
      data-tone={TONES[state.name]}
      onClick={() => (isPaused ? live.resume() : live.pause())}
      title={isPaused ? "Show what has happened since" : "Hold the page still"}
    >
      <span className="pill-dot" aria-hidden="true" />
      <span role="status">{state.name}</span>
      <span>{detail(state, now)}</span>
    </button>
  );
}

/** The figure beside the name: seconds until the next attempt, how long nothing was heard, how much waits. */
function detail({ name, heard, retryAt, waiting }: LiveState, now: number): string {
  if (name === "Paused") {
    return waiting ? `${waiting} new` : "";
  }
  if (name === "Stale" && heard !== null) {
    const seconds = Math.max(0, Math.floor((now - heard) / 1_000));
    return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
  }
  return name === "Reconnecting" && retryAt !== null ? `${Math.max(1, Math.ceil((retryAt - now) / 1_000))} s` : "";
}
