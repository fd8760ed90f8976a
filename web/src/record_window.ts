// RecordWindow: the contiguous run of items that the page holds, bounded in number and in characters. Every item has
// a sequence number that never changes while it is held; the window is [first, end). It grows at both ends: what comes
// at one end makes room at the other, except that nothing of what the reader is looking at is ever dropped. Sequence
// numbers of older items that were put in front may be negative.
import type { Item, Level } from "./record";

/** Slots of the ring; a power of two, well above the most items, so that sequence numbers can be masked. */
export const RING_SLOTS = 32_768;

export interface WindowLimits {
  readonly items: number;
  readonly characters: number;
}

export const DEFAULT_LIMITS: WindowLimits = { items: 20_000, characters: 24_000_000 };

/** What an item costs beyond its text, in characters' worth of memory. */
const ITEM_OVERHEAD = 120;

export type LevelCounts = Record<Level | "none", number>;

export const noCounts = (): LevelCounts => ({ trace: 0, debug: 0, info: 0, warn: 0, error: 0, critical: 0, none: 0 });

export class RecordWindow {
  readonly counts: LevelCounts = noCounts();
  private readonly slots: (Item | undefined)[] = new Array<Item | undefined>(RING_SLOTS);
  private first_ = 0;
  private end_ = 0;
  private highest_ = 0;
  private characters_ = 0;
  private records_ = 0;

  constructor(private readonly limits: WindowLimits = DEFAULT_LIMITS) {
    if (limits.items > RING_SLOTS / 2 + 4_000) throw new RangeError("more items than the ring can hold");
  }

  get first(): number {
    return this.first_;
  }
  get end(): number {
    return this.end_;
  }
  get size(): number {
    return this.end_ - this.first_;
  }
  /** How many of the items are records. */
  get records(): number {
    return this.records_;
  }
  get characters(): number {
    return this.characters_;
  }

  get(sequence: number): Item | undefined {
    if (sequence < this.first_ || sequence >= this.end_) return undefined;
    return this.slots[sequence & (RING_SLOTS - 1)];
  }

  /** Appends `item`, dropping the oldest if it must. False, and nothing changed, if only protected ones are left. */
  push(item: Item, protectedFrom = Infinity): boolean {
    const cost = costOf(item);
    while (this.size > 0 && (this.size >= this.limits.items || this.characters_ + cost > this.limits.characters)) {
      if (this.first_ >= protectedFrom) return false;
      this.dropOldest();
    }
    this.slots[this.end_ & (RING_SLOTS - 1)] = item;
    this.end_ += 1;
    this.highest_ = Math.max(this.highest_, this.end_);
    this.characters_ += cost;
    this.count(item, 1);
    return true;
  }

  /** Puts `item` in front, dropping the newest if it must. False, and nothing changed, if those are needed. */
  prepend(item: Item, protectedBefore = -Infinity): boolean {
    const cost = costOf(item);
    while (this.size > 0 && (this.size >= this.limits.items || this.characters_ + cost > this.limits.characters)) {
      if (this.end_ <= protectedBefore) return false;
      this.dropNewest();
    }
    this.first_ -= 1;
    this.slots[this.first_ & (RING_SLOTS - 1)] = item;
    this.characters_ += cost;
    this.count(item, 1);
    return true;
  }

  /** Forgets everything. Sequence numbers go on, so that a row never takes a new item for the one it shows. */
  clear(): void {
    while (this.size > 0) this.dropOldest();
    this.first_ = this.highest_;
    this.end_ = this.highest_;
  }

  private dropOldest(): void {
    this.first_ += 1;
    this.forget(this.first_ - 1);
  }

  private dropNewest(): void {
    this.end_ -= 1;
    this.forget(this.end_);
  }

  private forget(sequence: number): void {
    const slot = sequence & (RING_SLOTS - 1);
    const item = this.slots[slot];
    this.slots[slot] = undefined;
    if (!item) return;
    this.characters_ -= costOf(item);
    this.count(item, -1);
  }

  private count(item: Item, by: 1 | -1): void {
    if (item.kind !== "log") return;
    this.records_ += by;
    this.counts[item.level ?? "none"] += by;
  }
}

function costOf(item: Item): number {
  return ITEM_OVERHEAD + (item.kind === "log" ? item.line.length : item.text.length);
}
