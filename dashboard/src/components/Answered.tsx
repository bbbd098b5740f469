/** Shows what a query answers: a skeleton before, a sentence and a way on where it is refused, old data meanwhile. */
import { Button } from "@chakra-ui/react";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Trouble } from "./Trouble";

interface AnsweredProps<Data> {
  query: Pick<UseQueryResult<Data>, "data" | "error" | "failureReason" | "errorUpdateCount" | "refetch">;
  lines?: number;
  children: (data: Data) => ReactNode;
}

export function Answered<Data>({ query, lines = 3, children }: AnsweredProps<Data>) {
  const [last, setLast] = useState<Error | null>(null);
  // While it is asked for again, what went wrong stays in sight.
  const failure = query.error ?? query.failureReason;
  if (failure && failure !== last) {
    setLast(failure);
  }
  const again = (
    <Button size="xs" variant="outline" onClick={() => void query.refetch()}>
      Try again
    </Button>
  );
  if (query.data === undefined) {
    return last && (failure || query.errorUpdateCount > 0) ? <Trouble error={last}>{again}</Trouble> : <Skeleton lines={lines} />;
  }
  return (
    <>
      {query.error && <Trouble error={query.error}>{again}</Trouble>}
      {children(query.data)}
    </>
  );
}

export function Skeleton({ lines }: { lines: number }) {
  return (
    <div className="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} />
      ))}
    </div>
  );
}
