/** Shows what a query answers: a skeleton before, a sentence and a way on where it is refused, old data meanwhile. */
import { Button } from "@chakra-ui/react";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Trouble } from "./Trouble";

interface AnsweredProps<Data> {
  query: Pick<UseQueryResult<Data>, "data" | "error" | "refetch">;
  lines?: number;
  children: (data: Data) => ReactNode;
}

export function Answered<Data>({ query, lines = 3, children }: AnsweredProps<Data>) {
  const again = (
    <Button size="xs" variant="outline" onClick={() => void query.refetch()}>
      Try again
    </Button>
  );
  if (query.data === undefined) {
    return query.error ? <Trouble error={query.error}>{again}</Trouble> : <Skeleton lines={lines} />;
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
