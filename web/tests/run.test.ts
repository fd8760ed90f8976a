import { describe, expect, test } from "vitest";
import { agoText, decodeRun, durationText, elapsedOf, fractionOf, leftOf, parseRun, reasonText, type Run } from "../src/run";

const AT = Date.parse("2026-01-02T03:04:05Z");

export function runOf(fields: Record<string, unknown>): Run {
  const run = decodeRun({ run: "ci/build-1", stream: "ci", file: "build-1", name: "build", state: "running", ...fields });
  if (!run) throw new Error("no run");
  return run;
}

describe("Run", () => {
  test("trusts nothing that it decodes", () => {
    expect(decodeRun(null)).toBe(null);
    expect(decodeRun({ run: 7 })).toBe(null);
    expect(parseRun("{")).toBe(null);
    const run = decodeRun({ run: "ci/a", state: "exploded", labels: [1], counts: "x", progress: 7, stages: [null, { name: 3, depth: -4 }], exit_code: "0" });
    expect(run).toMatchObject({ state: "pending", labels: [], exitCode: null, progress: null, name: "" });
    expect(run?.counts.failed).toBe(0);
    expect(run?.stages.map(({ name, depth }) => [name, depth])).toEqual([["", 0], ["", 0]]);
  });

  test("knows how long it has taken, and how long it still will", () => {
    const running = runOf({ started: "2026-01-02T03:04:00Z", updated: "2026-01-02T03:04:05Z", eta_ms: 10_000 });
    expect(elapsedOf(running, AT + 2_000)).toBe(7_000);
    expect(leftOf(running, AT + 2_000)).toBe(8_000);
    expect(leftOf(running, AT + 60_000)).toBe(0);
    expect(fractionOf(running, AT)).toBeCloseTo(5 / 15);
    const ended = runOf({ state: "passed", started: "2026-01-02T03:04:00Z", ended: "2026-01-02T03:04:03Z" });
    expect([elapsedOf(ended, AT + 9_000), leftOf(ended, AT), fractionOf(ended, AT)]).toEqual([3_000, null, null]);
    expect(elapsedOf(runOf({}), AT)).toBeNaN();
  });

  test("goes by what the output counts, where it counts", () => {
    expect(fractionOf(runOf({ progress: { done: 3, total: 4, fraction: 0.75, text: "" }, eta_ms: 1 }), AT)).toBe(0.75);
    expect(fractionOf(runOf({ progress: { done: 0, total: 0, fraction: 2, text: "" } }), AT)).toBe(1);
    expect(fractionOf(runOf({}), AT)).toBe(null);
  });

  test("says why it is in its state", () => {
    expect(reasonText(runOf({ state: "failed", known: true, exit_code: 2 }))).toBe("exit code 2");
    expect(reasonText(runOf({ state: "canceled", known: true, signal: "SIGTERM" }))).toBe("SIGTERM");
    expect(reasonText(runOf({ state: "failed", known: false }))).toBe("as its output says");
    expect(reasonText(runOf({ state: "passed", known: true, exit_code: 0 }))).toBe("");
  });

  test("writes times for people", () => {
    expect([0, 9_949, 59_999, 83_000, 3_900_000, 273_600_000].map(durationText)).toEqual(["0.0s", "9.9s", "59s", "1m 23s", "1h 05m", "3d 4h"]);
    expect(durationText(Number.NaN)).toBe("");
    expect([0, 60_000, 7_200_000, 172_800_000].map((ago) => agoText(AT - ago, AT))).toEqual(["now", "1 min ago", "2 h ago", "2 d ago"]);
  });
});
