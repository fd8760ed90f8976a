// HeightIndex: the heights of the window's rows in pixels, estimated until a row was seen and then measured, with sums
// over chunks of 256 so that a scroll offset finds its row among 20,000 in some 300 steps.
import { RING_SLOTS } from "./record_window";

const CHUNK = 256;
const CHUNKS = RING_SLOTS / CHUNK;
const SLOT_MASK = RING_SLOTS - 1;
const CHUNK_MASK = CHUNKS - 1;

const chunkOf = (sequence: number): number => Math.floor(sequence / CHUNK) & CHUNK_MASK;

export class HeightIndex {
  private readonly heights = new Float64Array(RING_SLOTS);
  private readonly sums = new Float64Array(CHUNKS);
  private first_ = 0;
  private end_ = 0;
  private total_ = 0;

  get first(): number {
    return this.first_;
  }
  get end(): number {
    return this.end_;
  }
  get total(): number {
    return this.total_;
  }

  heightOf(sequence: number): number {
    return this.heights[sequence & SLOT_MASK] ?? 0;
  }

  push(height: number): void {
    this.set(this.end_, height);
    this.end_ += 1;
  }

  prepend(height: number): void {
    this.first_ -= 1;
    this.set(this.first_, height);
  }

  /** Drops rows from `sequence` on. */
  dropFrom(sequence: number): void {
    while (this.end_ > sequence && this.end_ > this.first_) {
      this.end_ -= 1;
      this.set(this.end_, 0);
    }
  }

  /** Drops rows before `sequence`; gives how many pixels went with them. */
  dropBefore(sequence: number): number {
    const before = this.total_;
    while (this.first_ < sequence && this.first_ < this.end_) {
      this.set(this.first_, 0);
      this.first_ += 1;
    }
    return before - this.total_;
  }

  /** Starts over, empty, at `sequence`. */
  reset(sequence: number): void {
    this.heights.fill(0);
    this.sums.fill(0);
    this.total_ = 0;
    this.first_ = sequence;
    this.end_ = sequence;
  }

  set(sequence: number, height: number): void {
    const slot = sequence & SLOT_MASK;
    const change = height - (this.heights[slot] ?? 0);
    if (change === 0) return;
    this.heights[slot] = height;
    const chunk = chunkOf(sequence);
    this.sums[chunk] = (this.sums[chunk] ?? 0) + change;
    this.total_ += change;
  }

  /** Pixels between the window's top and the top of `sequence`. */
  offsetOf(sequence: number): number {
    let at = this.first_;
    let offset = 0;
    while (at < sequence) {
      const next = (Math.floor(at / CHUNK) + 1) * CHUNK;
      if (next <= sequence) {
        offset += this.sums[chunkOf(at)] ?? 0;
        at = next;
      } else {
        offset += this.heightOf(at);
        at += 1;
      }
    }
    return offset;
  }

  /** The row that covers `offset`; the last one if the offset is beyond the end. */
  rowAt(offset: number): number {
    let at = this.first_;
    let rest = offset;
    while (at < this.end_ - 1) {
      const next = (Math.floor(at / CHUNK) + 1) * CHUNK;
      const sum = this.sums[chunkOf(at)] ?? 0;
      if (next < this.end_ && rest >= sum) {
        rest -= sum;
        at = next;
        continue;
      }
      const height = this.heightOf(at);
      if (rest < height) return at;
      rest -= height;
      at += 1;
    }
    return at;
  }
}
