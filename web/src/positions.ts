// Positions: where the rows that the page holds lie in the whole, as fractions of the bytes. Pages tell that of their
// first records; between those places, and a little beyond them, it is estimated. This is what the scroll bar shows, so
// that a file of 40 GB has a scroll bar without an index of its lines.

interface Mark {
  readonly sequence: number;
  readonly fraction: number;
}

export class Positions {
  private marks: Mark[] = [];

  /** `perRow` is how much of the whole one row takes, where nothing better is known. */
  perRow = 0;

  get size(): number {
    return this.marks.length;
  }

  clear(): void {
    this.marks = [];
  }

  add(sequence: number, fraction: number): void {
    this.marks = this.marks.filter((mark) => mark.sequence !== sequence);
    const at = this.marks.findIndex((mark) => mark.sequence > sequence);
    this.marks.splice(at === -1 ? this.marks.length : at, 0, { sequence, fraction });
  }

  /** The window's end is the end of everything now; where it was before says nothing any more. */
  endsAt(sequence: number): void {
    const last = this.marks[this.marks.length - 1];
    if (last?.sequence === sequence && last.fraction === 1) return;
    this.marks = this.marks.filter((mark) => mark.sequence < sequence && mark.fraction < 1);
    this.marks.push({ sequence, fraction: 1 });
  }

  /** Forgets what lies outside of [first, end], but for one mark on each side: lines go on through it. */
  keep(first: number, end: number): void {
    const inside = this.marks.filter(({ sequence }) => sequence >= first && sequence <= end);
    if (inside.length > 0) this.marks = inside;
  }

  /** The fraction at which `sequence` begins; null if nothing is known. */
  of(sequence: number): number | null {
    const first = this.marks[0];
    if (!first) return null;
    const next = this.marks.findIndex((mark) => mark.sequence >= sequence);
    const last = this.marks[this.marks.length - 1] as Mark;
    if (next === -1) return clamp(last.fraction + (sequence - last.sequence) * this.perRow);
    const upper = this.marks[next] as Mark;
    if (next === 0) return clamp(upper.fraction - (upper.sequence - sequence) * this.perRow);
    const lower = this.marks[next - 1] as Mark;
    const share = (sequence - lower.sequence) / (upper.sequence - lower.sequence);
    return clamp(lower.fraction + share * (upper.fraction - lower.fraction));
  }

  /** The row at `fraction` if it is in [first, end), else null. */
  rowAt(fraction: number, first: number, end: number): number | null {
    const [from, to] = [this.of(first), this.of(end)];
    if (from === null || to === null || fraction < from || fraction > to) return null;
    let low = first;
    let high = end;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.of(middle) ?? 0) < fraction) low = middle + 1;
      else high = middle;
    }
    return Math.min(low, end - 1);
  }
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value));
