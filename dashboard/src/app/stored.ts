/** What a person chose for this browser; without storage it lasts as long as the page. */
import { useState } from "react";

/** A text that is kept under a name; `fallback` where there is none. */
export function useStored(name: string, fallback: string): [string, (value: string) => void] {
  const [value, setValue] = useState(() => read(name) ?? fallback);
  const [store] = useState(() => (next: string) => {
    setValue(next);
    write(name, next);
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

function write(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // A browser that keeps nothing still shows the choice.
  }
}
