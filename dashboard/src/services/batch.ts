/** Hands on what comes, the first at once and much of it gathered, so that the page keeps up; can be held. */
/** So many batches may follow each other at once; each of them is paid back in this time. */
const BURST = 4;
const PERIOD_MS = 125;
const LONGEST_HELD = 2_000;

export class Batch<Item> {
  holding = false;
  private items: Item[] = [];
  /** What is told of by the items that wait. */
  private readonly names = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** When all batches so far are paid back. */
  private paid = 0;

  /** `nameOf` says what an item tells of, null where nothing is to be counted; `overflow` takes the place of all held items when they become too many. */
  constructor(
    private readonly deliver: (items: Item[]) => void,
    private readonly overflow: Item,
    private readonly nameOf: (item: Item) => string | null,
  ) {}

  /** Of how many things the items tell that wait because the batch is held. */
  get held(): number {
    return this.holding ? this.names.size : 0;
  }

  add(item: Item): void {
    if (this.items.length >= LONGEST_HELD) {
      this.items = [this.overflow];
    }
    this.items.push(item);
    const name = this.nameOf(item);
    if (name !== null) {
      this.names.add(name);
    }
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
    this.names.clear();
  }

  private flush = (): void => {
    this.timer = undefined;
    const items = this.items;
    this.items = [];
    this.names.clear();
    this.paid = Math.max(Date.now(), this.paid) + PERIOD_MS;
    if (items.length > 0) {
      this.deliver(items);
    }
  };
}
