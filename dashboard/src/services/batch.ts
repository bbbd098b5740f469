/** Gathers what comes and hands it on at once, then at most four times a second; can be held. */
const PERIOD_MS = 250;
const LONGEST_HELD = 2_000;

export class Batch<Item> {
  holding = false;
  private items: Item[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private last = 0;

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
      this.timer ??= setTimeout(this.flush, Math.max(0, this.last + PERIOD_MS - Date.now()));
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
    this.last = Date.now();
    if (items.length > 0) {
      this.deliver(items);
    }
  };
}
