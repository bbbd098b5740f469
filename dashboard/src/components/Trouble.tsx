/** What went wrong, in the refusal's own sentence, and a way on. */
import type { ReactNode } from "react";

export function Trouble({ error, children }: { error: Error; children?: ReactNode }) {
  return (
    <div className="note" data-tone="bad" role="alert">
      <p>{error.message}</p>
      {children}
    </div>
  );
}

/** Says why a place is empty, and what fills it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}
