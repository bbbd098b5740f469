/** A WebSocket on which the test speaks for the server. */
import type { WebSocketMessage } from "../types/project";

export class FakeSocket {
  static opened: FakeSocket[] = [];

  static get newest(): FakeSocket {
    const socket = FakeSocket.opened.at(-1);
    if (!socket) {
      throw new Error("No socket was opened");
    }
    return socket;
  }

  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  isClosed = false;

  constructor(readonly url: string) {
    FakeSocket.opened.push(this);
  }

  close(): void {
    this.isClosed = true;
  }

  /** The server says something. */
  say(message: WebSocketMessage | string): void {
    this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }

  heads(payload: Record<string, number>): void {
    this.say({ type: "heads", payload });
  }

  /** The connection breaks. */
  break(): void {
    this.onclose?.();
  }
}
