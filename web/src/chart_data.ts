// ChartData: what a chart shows, apart from how it is drawn.
import type { Unit } from "./number_text";

export interface ChartSeries {
  readonly label: string;
  /** A custom property of the theme, without its dashes. */
  readonly colour: string;
  readonly values: readonly (number | null)[];
  readonly fill?: boolean;
}

export interface ChartData {
  /** Seconds since the epoch. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly unit: Unit;
  /** The top of the scale; else as high as the values. */
  readonly most?: number;
  /** The stretch of time that is shown; else that of the values. */
  readonly range?: readonly [number, number];
  readonly utc: boolean;
}

export interface ChartStyle {
  readonly height: number;
  readonly stack: boolean;
  readonly bars: boolean;
  /** Whether times stand below. */
  readonly axis: boolean;
  /** Charts with the same group share their cursor. */
  readonly group: string;
}

export interface ChartHooks {
  /** The moment under the pointer, in seconds; null when it leaves. */
  readonly hover?: (seconds: number | null) => void;
  /** A stretch was chosen by dragging, or a moment by a click (then both are the same). */
  readonly select?: (from: number, to: number) => void;
}

export const PALETTE = ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"] as const;

/** The index of the last time at or before `seconds`; -1 if there is none. */
export function indexAt(times: readonly number[], seconds: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) <= seconds) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The value at `index`, or the nearest known before it within `reach` steps. */
export function valueAt(values: readonly (number | null)[], index: number, reach = 12): number | null {
  for (let at = index; at >= 0 && at > index - reach; at -= 1) {
    const value = values[at];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}
