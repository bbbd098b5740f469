/** What every key does here, and the switch that turns them off. */
import { Button, Dialog, Portal } from "@chakra-ui/react";
import { usePreferences } from "../../app/Preferences";
import type { KeyMap } from "./shortcuts";

const WORDS: Record<string, string> = { Escape: "Esc" };

export function KeyHelp({ map, onClose }: { map: KeyMap; onClose: () => void }) {
  const { shortcuts, setShortcuts } = usePreferences();
  return (
    <Dialog.Root open onOpenChange={({ open }) => !open && onClose()} scrollBehavior="inside">
      <Portal>
        <Dialog.Backdrop />
        <Dialog.Positioner>
          <Dialog.Content>
            <Dialog.Header>
              <Dialog.Title>Keyboard shortcuts</Dialog.Title>
            </Dialog.Header>
            <Dialog.Body className="key-help">
              <label className="tick">
                <input type="checkbox" checked={shortcuts === "on"} onChange={(event) => setShortcuts(event.target.checked ? "on" : "off")} />
                <span>Single keys act</span>
              </label>
              <p className="soft">Never while something is typed. Enter opens the row that has the focus.</p>
              {[...map.told()].map(([title, list]) => (
                <section key={title} aria-label={title}>
                  <h3>{title}</h3>
                  <dl>
                    {list.map(([keys, told]) => (
                      <div key={keys}>
                        <dt>
                          {keys.split(" ").map((key) => (
                            <kbd key={key}>{WORDS[key] ?? key}</kbd>
                          ))}
                        </dt>
                        <dd>{told}</dd>
                      </div>
                    ))}
                  </dl>
                </section>
              ))}
            </Dialog.Body>
            <Dialog.Footer>
              <Button variant="outline" onClick={onClose}>Close</Button>
            </Dialog.Footer>
          </Dialog.Content>
        </Dialog.Positioner>
      </Portal>
    </Dialog.Root>
  );
}
