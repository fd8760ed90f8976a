import { describe, expect, it } from "vitest";
import { HeightIndex } from "../src/height_index";

/** The obvious, slow model. */
class Model {
  first = 0;
  heights = new Map<number, number>();
  end = 0;
  offsetOf(sequence: number): number {
    let offset = 0;
    for (let at = this.first; at < sequence; at += 1) offset += this.heights.get(at) ?? 0;
    return offset;
  }
  rowAt(offset: number): number {
    let rest = offset;
    for (let at = this.first; at < this.end - 1; at += 1) {
      rest -= this.heights.get(at) ?? 0;
      if (rest < 0) return at;
    }
    return Math.max(this.first, this.end - 1);
  }
}

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

describe("HeightIndex", () => {
  it.each([1, 2, 3, 4, 5])("agrees with the model over random operations (seed %i)", (seed) => {
    const next = random(seed);
    const index = new HeightIndex();
    const model = new Model();
    for (let step = 0; step < 400; step += 1) {
      const kind = next(10);
      if (kind < 6) {
        for (let n = next(400); n >= 0; n -= 1) {
          const height = 20 * (1 + next(4));
          index.push(height);
          model.heights.set(model.end, height);
          model.end += 1;
        }
        const first = Math.max(model.first, model.end - 20_000);
        index.dropBefore(first);
        model.first = first;
      } else if (kind < 8 && model.end > model.first) {
        const sequence = model.first + next(model.end - model.first);
        index.set(sequence, 7 + next(300));
        model.heights.set(sequence, index.heightOf(sequence));
      } else if (model.end > model.first) {
        const first = model.first + next(Math.min(3_000, model.end - model.first));
        expect(index.dropBefore(first)).toBe(model.offsetOf(first));
        model.first = first;
      }
      expect(index.total).toBe(model.offsetOf(model.end));
      if (model.end === model.first) continue;
      const sequence = model.first + next(model.end - model.first);
      expect(index.offsetOf(sequence)).toBe(model.offsetOf(sequence));
      const offset = next(index.total + 100);
      expect(index.rowAt(offset)).toBe(model.rowAt(offset));
    }
  });

  it("agrees with a plain list while it grows and shrinks at both ends", () => {
    const index = new HeightIndex();
    let plain: number[] = [];
    let first = 0;
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 3_000; round += 1) {
      const height = 10 + random(90);
      const choice = random(5);
      if (choice <= 1) {
        index.prepend(height);
        plain.unshift(height);
        first -= 1;
      } else if (choice === 2) {
        index.push(height);
        plain.push(height);
      } else if (choice === 3) {
        const drop = random(3);
        index.dropBefore(first + drop);
        first += Math.min(drop, plain.length);
        plain = plain.slice(drop);
      } else {
        const keep = Math.max(0, plain.length - random(3));
        index.dropFrom(first + keep);
        plain = plain.slice(0, keep);
      }
      expect([index.first, index.end, index.total]).toEqual([first, first + plain.length, plain.reduce((a, b) => a + b, 0)]);
      if (plain.length === 0) continue;
      const row = random(plain.length);
      const offset = plain.slice(0, row).reduce((a, b) => a + b, 0);
      expect(index.offsetOf(first + row)).toBe(offset);
      expect(index.rowAt(offset)).toBe(first + row);
    }
  });
});
