/** Single keys that act, and short sequences of them such as `g o`; every page adds its own. */
import { createContext, useContext, useEffect, useRef } from "react";

/** `keys` as the browser names them, with a space between those of a sequence; `told` says what it does. */
export type Shortcut = readonly [keys: string, told: string, run: () => void];

const SEQUENCE_MS = 1_500;
const NO_TEXT = ["checkbox", "radio", "button", "submit", "reset"].map((type) => `[type="${type}"]`).join(", ");
const TYPED_INTO = `input:not(${NO_TEXT}), textarea, select, [contenteditable]:not([contenteditable="false"])`;

/** What the keys do on the page that is shown. */
export class KeyMap {
  private readonly groups = new Set<{ title: string; shortcuts: () => readonly Shortcut[] }>();
  private begun = { key: "", at: -Infinity };

  /** Adds shortcuts under a title; answers what takes them away again. */
  add(title: string, shortcuts: () => readonly Shortcut[]): () => void {
    const group = { title, shortcuts };
    this.groups.add(group);
    return () => void this.groups.delete(group);
  }

  /** The shortcuts by title, in the order in which they came. */
  told(): Map<string, Shortcut[]> {
    const told = new Map<string, Shortcut[]>();
    this.groups.forEach(({ title, shortcuts }) => told.set(title, [...(told.get(title) ?? []), ...shortcuts()]));
    return told;
  }

  /** The shortcut that a key completes; a key that begins a sequence is remembered for a moment. */
  pressed(key: string, now: number): Shortcut | undefined {
    const known = [...this.told().values()].flat();
    const sequence = now - this.begun.at < SEQUENCE_MS ? `${this.begun.key} ${key}` : key;
    const found = known.find(([keys]) => keys === sequence) ?? known.find(([keys]) => keys === key);
    const begins = !found && known.some(([keys]) => keys.startsWith(`${key} `));
    this.begun = begins ? { key, at: now } : { key: "", at: -Infinity };
    return found;
  }
}

interface Keyboard {
  map: KeyMap;
  showHelp: () => void;
}

export const KeyboardContext = createContext<Keyboard>({ map: new KeyMap(), showHelp: () => undefined });

export const useKeyboard = (): Keyboard => useContext(KeyboardContext);

/** Adds shortcuts while the component is shown. */
export function useShortcuts(title: string, shortcuts: readonly Shortcut[]): void {
  const { map } = useKeyboard();
  const newest = useRef(shortcuts);
  useEffect(() => {
    newest.current = shortcuts;
  });
  useEffect(() => map.add(title, () => newest.current), [map, title]);
}

/** Whether keys belong to what has the focus: a field, or a dialog that is open. */
export function isTaken(target: EventTarget | null): boolean {
  const isField = target instanceof Element && target.closest(TYPED_INTO) !== null;
  return isField || document.querySelector('[role="dialog"][data-state="open"]') !== null;
}
