/** All that a component of the dashboard needs around it; what is there already is not put there again. */
import { ChakraProvider } from "@chakra-ui/react";
import createCache from "@emotion/cache";
import { CacheProvider } from "@emotion/react";
import { MutationCache, QueryCache, QueryClient, QueryClientContext, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useContext, useState } from "react";
import { MemoryRouter, useInRouterContext } from "react-router";
import { ApiError, isUnauthorized } from "../api/http";
import { Keyboard } from "../components/Keyboard/Keyboard";
import { Live, useHasLive } from "../live/Live";
import { projectsQuery } from "../live/queries";
import { Announcements } from "./notify";
import { PreferencesProvider } from "./Preferences";
import { system } from "./theme";

const RETRIES = 2;
const nonce = document.querySelector<HTMLMetaElement>("meta[name='style-nonce']")?.content ?? "";
const styles = createCache({ key: "css", ...(nonce && { nonce }) });

/** Refusals are final; only where no answer came, or the service is in trouble, is a request sent again. */
function isWorthAnother(failures: number, error: Error): boolean {
  const isFinal = error instanceof ApiError && error.status >= 400 && error.status < 500;
  return !isFinal && failures < RETRIES;
}

export function newClient(): QueryClient {
  // Whatever is refused for want of a key, it is the list of projects that leads to signing in.
  const onError = (error: Error) => {
    const { queryKey } = projectsQuery();
    if (isUnauthorized(error) && !isUnauthorized(client.getQueryState(queryKey)?.error ?? null)) {
      void client.invalidateQueries({ queryKey }, { cancelRefetch: false });
    }
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: { queries: { staleTime: 5_000, retry: isWorthAnother, networkMode: "always" }, mutations: { networkMode: "always" } },
  });
  return client;
}

export function Providers({ children }: { children: ReactNode }) {
  return (
    <WithQueries>
      <WithRouter>
        <WithLive>{children}</WithLive>
      </WithRouter>
    </WithQueries>
  );
}

function WithQueries({ children }: { children: ReactNode }) {
  const [client] = useState(newClient);
  const isThere = useContext(QueryClientContext) !== undefined;
  return isThere ? children : <QueryClientProvider client={client}>{children}</QueryClientProvider>;
}

function WithRouter({ children }: { children: ReactNode }) {
  return useInRouterContext() ? children : <MemoryRouter>{children}</MemoryRouter>;
}

function WithLive({ children }: { children: ReactNode }) {
  if (useHasLive()) {
    return children;
  }
  return (
    <CacheProvider value={styles}>
      <ChakraProvider value={system}>
        <PreferencesProvider>
          <Announcements>
            <Keyboard>
              <Live>{children}</Live>
            </Keyboard>
          </Announcements>
        </PreferencesProvider>
      </ChakraProvider>
    </CacheProvider>
  );
}
