/** Moves through the rows of a list by the keyboard. A row is marked by `data-row` and opened by its first link. */
import type { Shortcut } from "./shortcuts";

export const ROW_SHORTCUTS: readonly Shortcut[] = [
  ["j", "Next row", () => move(1)],
  ["k", "Row before", () => move(-1)],
  ["x", "Select the row", () => current()?.querySelector<HTMLElement>("input[type=checkbox]")?.click()],
];

const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("main [data-row], .page [data-row]")];
const current = (): HTMLElement | undefined => rows().find((row) => row.contains(document.activeElement));

function move(step: number): void {
  const all = rows();
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = at === -1 ? (all.find((row) => row.getBoundingClientRect().top >= 0) ?? all[0]) : all[at + step];
  next?.querySelector<HTMLElement>("a[href]")?.focus({ preventScroll: true });
  next?.scrollIntoView?.({ block: "nearest" });
}
