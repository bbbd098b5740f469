/** Keeps every project's frames in order: passes each on once, reads what is missing, and says when to read anew. */
import type { HeadsMessage, NumberedMessage, WebSocketMessage } from "../types/project";

/** Beyond this many projects with a gap, reading everything anew is cheaper than reading what was missed. */
const MOST_GAPS = 5;

type Deliver = (message: WebSocketMessage) => void;
type ReadEvents = (projectId: string, since: number) => Promise<NumberedMessage[]>;

export class Sequence {
  private readonly last = new Map<string, number>();
  private readonly reading = new Set<string>();
  private begun = false;

  constructor(
    private readonly events: ReadEvents,
    private readonly deliver: Deliver,
  ) {}

  take(message: WebSocketMessage): void {
    if (message.type === "heads") {
      this.compare(message);
    } else if (message.type === "reset") {
      this.reset(message.project_id, message.payload.head);
    } else if (message.type === "progress") {
      this.deliver(message);
    } else {
      this.numbered(message);
    }
  }

  private numbered(message: NumberedMessage): void {
    const { project_id: id, seq } = message;
    const last = this.last.get(id) ?? seq - 1;
    if (seq === last + 1) {
      this.last.set(id, seq);
      this.deliver(message);
    } else if (seq > last) {
      void this.fill(id, seq);
    }
  }

  /** The first heads are where we begin; what was read before them may be older. Then, and where a project is gone, all is read anew. */
  private compare(heads: HeadsMessage): void {
    const numbers = Object.entries(heads.payload);
    const gone = [...this.last.keys()].filter((id) => !Object.hasOwn(heads.payload, id));
    gone.forEach((id) => this.last.delete(id));
    const gaps = numbers.filter(([id, head]) => head !== this.last.get(id));
    if (!this.begun || gone.length > 0 || gaps.length > MOST_GAPS) {
      this.begun = true;
      numbers.forEach(([id, head]) => this.last.set(id, head));
      this.deliver(heads);
      return;
    }
    for (const [id, head] of gaps) {
      if (head < (this.last.get(id) ?? 0)) {
        this.reset(id, head);
      } else {
        void this.fill(id, head);
      }
    }
  }

  /** Reads what lies between our number and `head`; where that is no longer kept, the project is read anew. */
  private async fill(id: string, head: number): Promise<void> {
    if (this.reading.has(id)) {
      return;
    }
    this.reading.add(id);
    const since = this.last.get(id) ?? 0;
    try {
      const frames = await this.events(id, since);
      if (frames[0]?.seq === since + 1) {
        frames.forEach((frame) => this.numbered(frame));
      } else {
        this.reset(id, head);
      }
    } catch {
      // The next heads, within seconds, ask again.
    } finally {
      this.reading.delete(id);
    }
  }

  private reset(id: string, head: number): void {
    this.last.set(id, head);
    this.deliver({ type: "reset", project_id: id, payload: { oldest: head, head } });
  }
}
