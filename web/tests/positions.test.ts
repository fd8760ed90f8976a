import { expect, test } from "vitest";
import { Positions } from "../src/positions";

test("draws lines between what is known, and goes on beyond it", () => {
  const positions = new Positions();
  expect(positions.of(5)).toBeNull();
  positions.perRow = 0.01;
  positions.add(100, 0.5);
  positions.add(200, 0.6);
  expect([90, 150, 200, 210].map((row) => positions.of(row))).toEqual([0.4, 0.55, 0.6, 0.7]);
  expect([positions.of(-900), positions.of(9_000)]).toEqual([0, 1]);
});

test("finds the row at a fraction, if it is here", () => {
  const positions = new Positions();
  positions.add(0, 0.2);
  positions.add(1_000, 0.4);
  expect(positions.rowAt(0.3, 0, 1_000)).toBe(500);
  expect(positions.rowAt(0.1, 0, 1_000)).toBeNull();
  expect(positions.rowAt(0.41, 0, 1_000)).toBeNull();
});

test("a mark replaces one of the same row, and those outside go", () => {
  const positions = new Positions();
  positions.add(0, 0.1);
  positions.add(0, 0.2);
  positions.add(50, 0.9);
  expect(positions.of(0)).toBe(0.2);
  positions.keep(10, 60);
  expect(positions.of(50)).toBe(0.9);
});

test("an end that moves on is one mark, however often it does", () => {
  const positions = new Positions();
  positions.add(0, 0);
  for (let end = 1; end <= 20_000; end += 1) positions.endsAt(end);
  expect(positions.size).toBe(2);
  expect(positions.of(10_000)).toBeCloseTo(0.5);
  expect(positions.of(20_000)).toBe(1);
});
