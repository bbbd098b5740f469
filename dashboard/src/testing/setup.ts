/** What every test has: matchers, a page that is taken down, sockets that say only what the test makes them say. */
import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";
import { FakeSocket } from "./socket";

// A busy machine is slow; what never comes still fails.
configure({ asyncUtilTimeout: 8_000 });

beforeEach(() => {
  FakeSocket.opened = [];
  vi.stubGlobal("WebSocket", FakeSocket);
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  localStorage.clear();
});
