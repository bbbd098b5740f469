/** What a person chose for this browser: theme and time zone. */
import { type ReactNode, createContext, useContext, useEffect, useMemo, useState } from "react";

export type Theme = "system" | "light" | "dark";
export type Zone = "local" | "utc";

interface Preferences {
  theme: Theme;
  zone: Zone;
  setTheme: (theme: Theme) => void;
  setZone: (zone: Zone) => void;
}

const Context = createContext<Preferences | null>(null);

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [theme, setTheme] = useStored<Theme>("callboard.theme", ["system", "light", "dark"]);
  const [zone, setZone] = useStored<Zone>("callboard.zone", ["local", "utc"]);
  useEffect(() => follow(theme), [theme]);
  const value = useMemo(() => ({ theme, zone, setTheme, setZone }), [theme, zone, setTheme, setZone]);
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

/** A choice that is remembered; the first of `choices` by default, also where the browser keeps nothing. */
function useStored<Choice extends string>(name: string, choices: readonly [Choice, ...Choice[]]): [Choice, (value: Choice) => void] {
  const [value, setValue] = useState<Choice>(() => {
    const stored = read(name);
    return choices.find((choice) => choice === stored) ?? choices[0];
  });
  const [store] = useState(() => (next: Choice) => {
    setValue(next);
    try {
      localStorage.setItem(name, next);
    } catch {
      // A browser that keeps nothing still shows the choice.
    }
  });
  return [value, store];
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
