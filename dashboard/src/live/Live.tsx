/** Gives the page its one live socket, and keeps what the page shows in step with it. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, createContext, useContext, useEffect, useState, useSyncExternalStore } from "react";
import { isUnauthorized, prefix } from "../api/http";
import { projectApi } from "../api/projects";
import { type LiveState, WebSocketService } from "../services/websocket";
import type { WebSocketMessage } from "../types/project";
import { apply } from "./apply";
import { poll } from "./poll";
import { projectsQuery } from "./queries";

const Context = createContext<WebSocketService | null>(null);

function socketAddress(): string {
  const url = new URL(`${prefix()}api/v1/live`, window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

export function Live({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [service] = useState(
    () => new WebSocketService({ url: socketAddress, events: async (id, since) => (await projectApi.events(id, since)).items }),
  );
  const isSignedOut = isUnauthorized(useQuery({ ...projectsQuery(), enabled: false }).error);
  useEffect(() => {
    if (isSignedOut) {
      return;
    }
    const end = service.onMessages((messages) => apply(client, messages));
    const endPoll = poll(client, () => service.state().name);
    service.start();
    return () => {
      endPoll();
      end();
      service.stop();
    };
  }, [client, service, isSignedOut]);
  return <Context.Provider value={service}>{children}</Context.Provider>;
}

/** The live socket of the page. Throws outside of `Live`. */
export function useLive(): WebSocketService {
  const service = useContext(Context);
  if (!service) {
    throw new Error("There is no live socket here; put <Live> around the page");
  }
  return service;
}

export function useHasLive(): boolean {
  return useContext(Context) !== null;
}

export function useLiveState(): LiveState {
  const service = useLive();
  return useSyncExternalStore(service.onState, service.state);
}

/** Calls `listener` with every batch of frames. */
export function useMessages(listener: (messages: WebSocketMessage[]) => void): void {
  const service = useLive();
  useEffect(() => service.onMessages(listener), [service, listener]);
}
