/** The one live socket: never gives up, misses nothing, and says truthfully whether what is shown is live. */
import type { NumberedMessage, WebSocketMessage } from "../types/project";
import { Batch } from "./batch";
import { parse } from "./frames";
import { Sequence } from "./sequence";

export type LiveName = "Live" | "Reconnecting" | "Stale" | "Paused";

export interface LiveState {
  name: LiveName;
  /** When the server was last heard, in milliseconds; null before it was. */
  heard: number | null;
  /** When the next attempt to connect is due; null while one is under way or none is needed. */
  retryAt: number | null;
  /** How many operations have changed that wait until the viewer resumes. */
  waiting: number;
}

export interface WebSocketOptions {
  url: () => string;
  /** The numbered frames after `since`, oldest first; the newest page may be cut. */
  events: (projectId: string, since: number) => Promise<NumberedMessage[]>;
}

/** The server sends heads every 5 s: one and a half times that without any is stale, thrice that is a dead socket. */
const STALE_MS = 7_500;
const DEAD_MS = 15_000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
const READ_ANEW: WebSocketMessage = { type: "heads", payload: {} };

export class WebSocketService {
  private socket: WebSocket | null = null;
  private failures = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setInterval> | undefined;
  private heard: number | null = null;
  private attempted = 0;
  private ready = false;
  private retryAt: number | null = null;
  private told: LiveState = { name: "Reconnecting", heard: null, retryAt: null, waiting: 0 };
  private readonly stateListeners = new Set<() => void>();
  private readonly messageListeners = new Set<(messages: WebSocketMessage[]) => void>();
  private readonly batch = new Batch<WebSocketMessage>(
    (messages) => this.messageListeners.forEach((tell) => tell(messages)),
    READ_ANEW,
    (message) => (message.type === "agent_operation" ? message.payload.operation.id : null),
  );
  private readonly sequence: Sequence;

  constructor(private readonly options: WebSocketOptions) {
    this.sequence = new Sequence(options.events, (message) => {
      this.batch.add(message);
      this.tell();
    });
  }

  /** Connects, and stays connected until `stop`. */
  start(): void {
    window.addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    this.watch = setInterval(this.check, 1_000);
    this.connect();
  }

  /** Ends for good. */
  stop(): void {
    window.removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    clearInterval(this.watch);
    clearTimeout(this.retry);
    this.batch.end();
    this.drop();
  }

  /** Holds frames back until `resume`; nothing is lost meanwhile. */
  pause(): void {
    this.batch.hold();
    this.tell();
  }

  resume(): void {
    this.batch.release();
    this.tell();
  }

  /** Frames in order, each once, in batches of at most eight a second after the first few. */
  onMessages(listener: (messages: WebSocketMessage[]) => void): () => void {
    this.messageListeners.add(listener);
    return () => void this.messageListeners.delete(listener);
  }

  onState = (listener: () => void): (() => void) => {
    this.stateListeners.add(listener);
    return () => void this.stateListeners.delete(listener);
  };

  /** The same object until something changed. */
  state = (): LiveState => this.told;

  private connect(): void {
    this.drop();
    this.retryAt = null;
    const socket = new WebSocket(this.options.url());
    this.socket = socket;
    this.attempted = Date.now();
    socket.onmessage = (event: MessageEvent<unknown>) => this.socket === socket && this.receive(event.data);
    socket.onclose = () => this.socket === socket && this.lost();
    socket.onerror = () => undefined;
    this.tell();
  }

  private receive(data: unknown): void {
    this.heard = Date.now();
    const message = parse(data);
    if (message?.type === "heads") {
      this.ready = true;
      this.failures = 0;
    }
    if (message) {
      this.sequence.take(message);
    }
    this.tell();
  }

  private lost(): void {
    this.drop();
    const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.failures);
    const delay = FIRST_DELAY_MS + Math.random() * (ceiling - FIRST_DELAY_MS);
    this.failures += 1;
    this.retryAt = Date.now() + delay;
    this.retry = setTimeout(() => this.connect(), delay);
    this.tell();
  }

  private drop(): void {
    clearTimeout(this.retry);
    const old = this.socket;
    this.socket = null;
    this.ready = false;
    if (old) {
      old.onmessage = old.onclose = null;
      old.close();
    }
  }

  /** Once a second: a socket that says nothing is given up, however open it looks. */
  private check = (): void => {
    if (this.socket && Date.now() - Math.max(this.heard ?? 0, this.attempted) > DEAD_MS) {
      this.lost();
    }
    this.tell();
  };

  /** The network or the person came back: try at once, and from the shortest delay. */
  private wake = (): void => {
    if (document.visibilityState === "hidden") {
      return;
    }
    this.failures = 0;
    if (!this.socket || (this.ready && this.age() > STALE_MS)) {
      this.connect();
    }
  };

  private age(): number {
    return this.heard === null ? Infinity : Date.now() - this.heard;
  }

  private tell(): void {
    const { heard, retryAt } = this;
    const next: LiveState = { name: this.name(), heard, retryAt, waiting: this.batch.held };
    const old = this.told;
    // While all is well the moment of the last heads is nobody's concern: no render for it.
    const same = next.name === old.name && next.waiting === old.waiting && next.retryAt === old.retryAt;
    if (same && (next.name === "Live" || next.heard === old.heard)) {
      return;
    }
    this.told = next;
    this.stateListeners.forEach((listener) => listener());
  }

  private name(): LiveName {
    if (this.batch.holding) {
      return "Paused";
    }
    if (this.ready && this.socket) {
      return this.age() > STALE_MS ? "Stale" : "Live";
    }
    return this.heard !== null && this.age() > STALE_MS + 5_000 ? "Stale" : "Reconnecting";
  }
}
