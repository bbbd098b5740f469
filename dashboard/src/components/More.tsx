/** Below a list that comes page by page: the way to its next page. */
import { Button } from "@chakra-ui/react";
import type { UseInfiniteQueryResult } from "@tanstack/react-query";

interface MoreProps {
  query: Pick<UseInfiniteQueryResult, "hasNextPage" | "isFetchingNextPage" | "fetchNextPage">;
  words: string;
}

export function More({ query, words }: MoreProps) {
  if (!query.hasNextPage) {
    return null;
  }
  return (
    <footer className="panel-foot">
      <Button size="sm" variant="outline" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
        {words}
      </Button>
    </footer>
  );
}
