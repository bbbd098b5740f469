/** What a person chose for this browser: theme, time zone, and whether single keys act. */
import { type ReactNode, createContext, useContext, useEffect, useMemo } from "react";
import { useStored } from "./stored";

export type Theme = "system" | "light" | "dark";
export type Zone = "local" | "utc";
/** Whether single keys act; who speaks or types by accident turns them off. */
export type Shortcuts = "on" | "off";

interface Preferences {
  theme: Theme;
  zone: Zone;
  shortcuts: Shortcuts;
  setTheme: (theme: Theme) => void;
  setZone: (zone: Zone) => void;
  setShortcuts: (shortcuts: Shortcuts) => void;
}

const Context = createContext<Preferences | null>(null);

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [theme, setTheme] = useChoice<Theme>("callboard.theme", ["system", "light", "dark"]);
  const [zone, setZone] = useChoice<Zone>("callboard.zone", ["local", "utc"]);
  useEffect(() => follow(theme), [theme]);
  const [shortcuts, setShortcuts] = useChoice<Shortcuts>("callboard.shortcuts", ["on", "off"]);
  const value = useMemo(
    () => ({ theme, zone, shortcuts, setTheme, setZone, setShortcuts }),
    [theme, zone, shortcuts, setTheme, setZone, setShortcuts],
  );
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function usePreferences(): Preferences {
  const found = useContext(Context);
  if (!found) {
    throw new Error("There are no preferences here; put <PreferencesProvider> around the page");
  }
  return found;
}

/** Shows the theme, and the system's where that is chosen, also when it changes. */
function follow(theme: Theme): () => void {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    const dark = theme === "dark" || (theme === "system" && system.matches);
    document.documentElement.classList.toggle("dark", dark);
    document.documentElement.classList.toggle("light", !dark);
  };
  show();
  system.addEventListener("change", show);
  return () => system.removeEventListener("change", show);
}

/** A choice that is remembered; the first of `choices` by default. */
function useChoice<Choice extends string>(name: string, choices: readonly [Choice, ...Choice[]]): [Choice, (value: Choice) => void] {
  const [value, setValue] = useStored(name, choices[0]);
  return [choices.find((choice) => choice === value) ?? choices[0], setValue];
}
