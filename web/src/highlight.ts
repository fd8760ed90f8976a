// Where a line matches the include patterns, for marking them. Patterns are RE2 and the server decides; this is a
// best effort in JavaScript's dialect that must never hang the page: backtracking can be exponential, so a pattern
// with more than one unbounded repetition, or a repetition inside a repetition, is not marked at all.

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Only this much of a line is searched, so that even a quadratic pattern ends soon. */
const SEARCHED_CHARACTERS = 2_000;
const MOST_RANGES = 50;

/** RE2 text to a JavaScript pattern that is safe to run, or null. */
export function markerFor(pattern: string, ignoreCase: boolean): RegExp | null {
  let source = pattern;
  let flags = ignoreCase ? "gui" : "gu";
  const leading = /^\(\?([is]+)\)/.exec(source);
  if (leading) {
    source = source.slice(leading[0].length);
    if (leading[1]?.includes("i") && !ignoreCase) flags += "i";
  }
  if (source === "" || !isTame(source)) return null;
  try {
    return new RegExp(source, flags);
  } catch {
    try {
      // Outside Unicode mode more escapes are allowed, as RE2 allows them.
      return new RegExp(source, flags.replace("u", ""));
    } catch {
      return null;
    }
  }
}

function isTame(source: string): boolean {
  const bare = source.replace(/\\./g, "x").replace(/\[\^?\]?[^\]]*\]/g, "x");
  const repetitions = bare.match(/[*+]|\{\d*,?\d*\}/g) ?? [];
  if (repetitions.length > 1) return false;
  return !/\)\s*(?:[*+]|\{)/.test(bare);
}

/** Sorted ranges that do not overlap. */
export function rangesOf(text: string, markers: readonly RegExp[]): Range[] {
  if (markers.length === 0) return [];
  const searched = text.length > SEARCHED_CHARACTERS ? text.slice(0, SEARCHED_CHARACTERS) : text;
  const found: Range[] = [];
  for (const marker of markers) {
    let count = 0;
    for (const match of searched.matchAll(marker)) {
      if (match[0] !== "") found.push({ from: match.index, to: match.index + match[0].length });
      count += 1;
      if (count >= MOST_RANGES) break;
    }
  }
  found.sort((a, b) => a.from - b.from);
  const merged: Range[] = [];
  for (const range of found) {
    const last = merged[merged.length - 1];
    if (last && range.from <= last.to) merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
    else merged.push(range);
  }
  return merged;
}
