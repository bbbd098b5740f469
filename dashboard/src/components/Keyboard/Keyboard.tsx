/** Listens to the keyboard for the whole page, and shows what its keys do. */
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { usePreferences } from "../../app/Preferences";
import { KeyHelp } from "./KeyHelp";
import { ROW_SHORTCUTS } from "./rows";
import { KeyMap, KeyboardContext, isTaken } from "./shortcuts";

export function Keyboard({ children }: { children: ReactNode }) {
  const { shortcuts } = usePreferences();
  const [map] = useState(() => new KeyMap());
  const [isHelping, setHelping] = useState(false);
  const keyboard = useMemo(() => ({ map, showHelp: () => setHelping(true) }), [map]);
  useEffect(() => {
    const ends = [map.add("Lists", () => ROW_SHORTCUTS), map.add("Everywhere", () => [["?", "Show this", () => setHelping(true)]])];
    return () => ends.forEach((end) => end());
  }, [map]);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTaken(event.target)) {
        return;
      }
      const found = map.pressed(event.key, event.timeStamp);
      if (found) {
        event.preventDefault();
        found[2]();
      }
    };
    if (shortcuts === "off") {
      return undefined;
    }
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [map, shortcuts]);
  return (
    <KeyboardContext.Provider value={keyboard}>
      {children}
      {isHelping && <KeyHelp map={map} onClose={() => setHelping(false)} />}
    </KeyboardContext.Provider>
  );
}
