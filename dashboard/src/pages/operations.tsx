/** /operations: every operation, newest first, narrowed by what stands in the address. */
import { Button } from "@chakra-ui/react";
import { ListChecks } from "lucide-react";
import { useCallback, useEffect, useMemo } from "react";
import { useSearchParams } from "react-router";
import type { Filters } from "../api/operations";
import { usePreferences } from "../app/Preferences";
import type { PageModule } from "../app/pages";
import { Answered } from "../components/Answered";
import { More } from "../components/More";
import { BulkBar } from "../components/Operations/BulkBar";
import { Narrowing } from "../components/Operations/Narrowing";
import { OperationTable } from "../components/Operations/OperationTable";
import { Views } from "../components/Operations/Views";
import { filtersOf, queryOf, resolved } from "../components/Operations/filters";
import { useOperations } from "../components/Operations/useOperations";
import { useSelected } from "../components/Operations/useSelected";
import { Empty } from "../components/Trouble";
import { itemsOf } from "../live/paged";

function Operations() {
  const [query, setQuery] = useSearchParams();
  const shown = queryOf(filtersOf(query.toString()));
  useEffect(() => {
    document.title = "Operations – Callboard";
  }, []);
  const narrow = (filters: Filters) => setQuery(queryOf(filters));
  const filters = useMemo(() => filtersOf(shown), [shown]);
  return (
    <div className="page">
      <header className="page-head">
        <h1>Operations</h1>
      </header>
      <Views query={shown} />
      <Narrowing filters={filters} onChange={(name, value) => narrow({ ...filters, [name]: value })} />
      <List key={shown} filters={filters} onClear={() => narrow({})} />
    </div>
  );
}

interface ListProps {
  filters: Filters;
  onClear: () => void;
}

function List({ filters, onClear }: ListProps) {
  const { zone } = usePreferences();
  const { query: list, unseen, showNewest } = useOperations(filters);
  const rows = useMemo(() => itemsOf(list.data), [list.data]);
  const { selected, toggle, clear, selectAll } = useSelected(useMemo(() => rows.map(({ id }) => id), [rows]));
  const { fetchNextPage, isFetchingNextPage, isFetchNextPageError } = list;
  const older = useCallback(() => {
    if (!isFetchingNextPage && !isFetchNextPageError) {
      void fetchNextPage();
    }
  }, [fetchNextPage, isFetchingNextPage, isFetchNextPageError]);
  return (
    <>
      {unseen > 0 && (
        <div className="news">
          <Button size="sm" colorPalette="brand" onClick={() => void showNewest()}>
            Show {unseen} new
          </Button>
        </div>
      )}
      <section className="panel" aria-label="Operations" data-flush>
        <Answered query={list} lines={8}>
          {() =>
            rows.length === 0 ? (
              <Nothing isNarrowed={queryOf(filters) !== ""} onClear={onClear} />
            ) : (
              <OperationTable
                rows={rows}
                hasOlder={list.hasNextPage}
                onEnd={older}
                selected={selected}
                onToggle={toggle}
                onToggleAll={selected === "all" ? clear : selectAll}
              />
            )
          }
        </Answered>
        <More query={list} words="Load older" />
      </section>
      <BulkBar
        selected={selected}
        meant={() => (selected === "all" ? { filters: resolved(filters, Date.now(), zone) } : { ids: [...selected] })}
        onClear={clear}
        onSelectAll={selectAll}
      />
    </>
  );
}

function Nothing({ isNarrowed, onClear }: { isNarrowed: boolean; onClear: () => void }) {
  return isNarrowed ? (
    <Empty title="No operation matches.">
      <Button size="sm" variant="outline" onClick={onClear}>
        Clear the filters
      </Button>
    </Empty>
  ) : (
    <Empty title="Nothing has run yet.">
      <p>Run something from a project's page, or from a terminal:</p>
      <code>callboard check .</code>
    </Empty>
  );
}

export const page: PageModule = { path: "/operations", title: "Operations", order: 30, icon: ListChecks, key: "o", Component: Operations };
