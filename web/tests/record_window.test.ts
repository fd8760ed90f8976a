import { describe, expect, it } from "vitest";
import type { LogRecord } from "../src/record";
import { RecordWindow } from "../src/record_window";

function record(line: string, level: LogRecord["level"] = null): LogRecord {
  return { kind: "log", id: line, stream: "s", file: "f", level, time: null, arrived: null, line, truncated: false, partial: false, fields: null, style: null };
}

describe("RecordWindow", () => {
  it("drops the oldest when it holds its number of items", () => {
    const window = new RecordWindow({ items: 3, characters: 1e6 });
    for (const line of ["a", "b", "c", "d"]) window.push(record(line));
    expect([window.first, window.end, window.size]).toEqual([1, 4, 3]);
    expect(window.get(0)).toBeUndefined();
    expect((window.get(1) as LogRecord).line).toBe("b");
  });

  it("is bounded in characters, but always takes a single record", () => {
    const window = new RecordWindow({ items: 100, characters: 1_000 });
    window.push(record("x".repeat(600)));
    window.push(record("y".repeat(600)));
    expect(window.size).toBe(1);
    window.push(record("z".repeat(5_000)));
    expect(window.size).toBe(1);
    expect((window.get(2) as LogRecord).line.length).toBe(5_000);
  });

  it("refuses rather than drop what is protected", () => {
    const window = new RecordWindow({ items: 4, characters: 1e6 });
    for (const line of ["a", "b", "c", "d"]) window.push(record(line));
    expect(window.push(record("e"), 1)).toBe(true);
    expect(window.push(record("f"), 1)).toBe(false);
    expect([window.first, window.end]).toEqual([1, 5]);
  });

  it("counts levels of what it holds", () => {
    const window = new RecordWindow({ items: 2, characters: 1e6 });
    window.push(record("a", "error"));
    window.push(record("b", "warn"));
    window.push(record("c"));
    expect(window.counts).toMatchObject({ error: 0, warn: 1, none: 1 });
    expect(window.records).toBe(2);
    window.clear();
    expect(window.records).toBe(0);
    expect(window.characters).toBe(0);
  });

  it("grows in front, dropping the newest, but not what is being read", () => {
    const window = new RecordWindow({ items: 4, characters: 1e6 });
    for (const line of ["c", "d", "e"]) window.push(record(line));
    expect(window.prepend(record("b"))).toBe(true);
    expect(window.prepend(record("a"))).toBe(true);
    const lines = Array.from({ length: window.size }, (_, at) => (window.get(window.first + at) as LogRecord).line);
    expect([window.first, window.end, lines]).toEqual([-2, 2, ["a", "b", "c", "d"]]);
    expect(window.prepend(record("z"), 2)).toBe(false);
    expect(window.size).toBe(4);
  });

  it("never gives a number again after it was cleared", () => {
    const window = new RecordWindow({ items: 2, characters: 1e6 });
    for (const line of ["a", "b"]) window.push(record(line));
    window.prepend(record("c"));
    window.clear();
    expect(window.first).toBe(2);
  });
});
