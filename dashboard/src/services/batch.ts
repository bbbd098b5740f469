/** Hands on what comes, the first at once and much of it gathered, so that the page keeps up; can be held. */
/** So many batches may follow each other at once; each of them is paid back in this time. */
const BURST = 4;
const PERIOD_MS = 125;
const LONGEST_HELD = 2_000;

export class Batch<Item> {
  holding = false;
  private items: Item[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** When all batches so far are paid back. */
  private paid = 0;

  /** `overflow` takes the place of all held items when they become too many. */
  constructor(
    private readonly deliver: (items: Item[]) => void,
    private readonly overflow: Item,
  ) {}

  /** How many items wait because the batch is held. */
  get held(): number {
    return this.holding ? this.items.length : 0;
  }

  add(item: Item): void {
    if (this.items.length >= LONGEST_HELD) {
      this.items = [this.overflow];
    }
    this.items.push(item);
    if (!this.holding) {
      this.timer ??= setTimeout(this.flush, Math.max(0, this.paid - BURST * PERIOD_MS - Date.now()));
    }
  }

  hold(): void {
    this.holding = true;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  release(): void {
    this.holding = false;
    this.flush();
  }

  /** Forgets what waits. */
  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.items = [];
  }

  private flush = (): void => {
    this.timer = undefined;
    const items = this.items;
    this.items = [];
    this.paid = Math.max(Date.now(), this.paid) + PERIOD_MS;
    if (items.length > 0) {
      this.deliver(items);
    }
  };
}
