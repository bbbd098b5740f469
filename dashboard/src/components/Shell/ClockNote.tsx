/** Says so where this computer's clock is off, since times are then told by the server's. */
import { ahead } from "../../app/clock";
import { duration } from "../../app/time";
import { useNow } from "../When";

const WORTH_A_WORD_MS = 60_000;

export function ClockNote() {
  useNow();
  const off = ahead();
  if (Math.abs(off) < WORTH_A_WORD_MS) {
    return null;
  }
  return (
    <p className="note clock-note" data-tone="waiting" role="status">
      This computer's clock is {duration(Math.abs(off))} {off > 0 ? "ahead of" : "behind"} the server's. Times here are told by the server's.
    </p>
  );
}
