/** Short messages in the corner; each is read out by screen readers. */
import { Toast, Toaster, createToaster } from "@chakra-ui/react";
import { type ReactNode, createContext, useContext, useState } from "react";

interface Action {
  label: string;
  onClick: () => void;
}

export interface Notify {
  success: (title: string, action?: Action) => void;
  error: (title: string) => void;
}

const Context = createContext<Notify | null>(null);

export function Announcements({ children }: { children: ReactNode }) {
  const [{ toaster, notify }] = useState(make);
  return (
    <Context.Provider value={notify}>
      {children}
      <Toaster toaster={toaster} insetInline={{ mdDown: "4" }}>
        {(toast) => (
          <Toast.Root width={{ md: "sm" }}>
            <div className="toast-text">
              <Toast.Title>{toast.title}</Toast.Title>
            </div>
            {toast.action && <Toast.ActionTrigger>{toast.action.label}</Toast.ActionTrigger>}
            <Toast.CloseTrigger boxSize="6" aria-label="Close this message">×</Toast.CloseTrigger>
          </Toast.Root>
        )}
      </Toaster>
    </Context.Provider>
  );
}

export function useNotify(): Notify {
  const notify = useContext(Context);
  if (!notify) {
    throw new Error("There is nowhere to notify; put <Announcements> around the page");
  }
  return notify;
}

function make() {
  const toaster = createToaster({ placement: "bottom-end", pauseOnPageIdle: true, max: 4 });
  const notify: Notify = {
    success: (title, action) => void toaster.create({ type: "success", title, duration: 5_000, closable: true, ...(action && { action }) }),
    error: (title) => void toaster.create({ type: "error", title, duration: 12_000, closable: true }),
  };
  return { toaster, notify };
}
