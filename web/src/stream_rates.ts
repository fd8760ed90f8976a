// StreamRates: how fast each file grew lately, in bytes a second, from one list of streams after another.
import type { FileEntry, StreamEntry } from "./stream_catalog";

export const RATE_SAMPLES = 24;

interface Growth {
  size: number;
  generation: number;
  at: number;
  readonly rates: number[];
}

export class StreamRates {
  private readonly files = new Map<string, Growth>();

  /** Takes a list that was asked for at `now` (milliseconds). */
  observe(streams: readonly StreamEntry[], now: number): void {
    const seen = new Set<string>();
    for (const file of streams.flatMap((stream) => stream.files)) {
      seen.add(file.path);
      if (file.size !== null) this.add(file, file.size, now);
    }
    for (const path of this.files.keys()) if (!seen.has(path)) this.files.delete(path);
  }

  /** Oldest first; empty before there are two observations. */
  of(path: string): readonly number[] {
    return this.files.get(path)?.rates ?? [];
  }

  private add(file: FileEntry, size: number, now: number): void {
    const known = this.files.get(file.path);
    if (!known) {
      this.files.set(file.path, { size, generation: file.generation, at: now, rates: [] });
      return;
    }
    if (now <= known.at) return;
    // A new generation begins at nothing; a file never shrinks within one.
    const grown = file.generation === known.generation ? Math.max(0, size - known.size) : size;
    known.rates.push((grown * 1000) / (now - known.at));
    if (known.rates.length > RATE_SAMPLES) known.rates.shift();
    known.size = size;
    known.generation = file.generation;
    known.at = now;
  }
}

/** Points of a line through `rates`, newest at the right edge, for an SVG of this size. */
export function sparkPoints(rates: readonly number[], width: number, height: number): string {
  const highest = Math.max(...rates, 1);
  const step = width / (RATE_SAMPLES - 1);
  const first = width - step * (rates.length - 1);
  return rates
    .map((rate, at) => `${(first + at * step).toFixed(1)},${(height - 1 - (rate / highest) * (height - 2)).toFixed(1)}`)
    .join(" ");
}
