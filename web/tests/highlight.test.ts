import { describe, expect, it } from "vitest";
import { markerFor, rangesOf } from "../src/highlight";

const marked = (text: string, ...patterns: string[]): string[] => {
  const markers = patterns.flatMap((pattern) => markerFor(pattern, false) ?? []);
  return rangesOf(text, markers).map(({ from, to }) => text.slice(from, to));
};

describe("markers", () => {
  it("mark every match, merged where they overlap", () => {
    expect(marked("error: no error here", "error")).toEqual(["error", "error"]);
    expect(marked("abcdef", "abc", "cde")).toEqual(["abcde"]);
  });
  it("know RE2's leading flags and the case parameter", () => {
    expect(marked("ERROR", "(?i)error")).toEqual(["ERROR"]);
    expect(markerFor("x", true)?.test("X")).toBe(true);
  });
  it("never match what could backtrack for long", () => {
    for (const pattern of ["(a+)+b", "(a|a)*b", ".*.*.*x", "(?:x+x+)+y", "a{1,9}{1,9}"]) {
      expect(markerFor(pattern, false), pattern).toBeNull();
    }
  });
  it("end soon on the longest line that a tame pattern may see", () => {
    const marker = markerFor("a+b", false);
    expect(marker).not.toBeNull();
    const start = performance.now();
    rangesOf("a".repeat(1_000_000), marker ? [marker] : []);
    expect(performance.now() - start).toBeLessThan(500);
  });
  it("are absent where JavaScript has no such pattern", () => {
    expect(markerFor("\\pN", false)).not.toBeUndefined();
    expect(markerFor("a(b", false)).toBeNull();
    expect(markerFor("", false)).toBeNull();
  });
  it("take an empty match for no match", () => {
    expect(marked("abc", "x*")).toEqual([]);
  });
});
