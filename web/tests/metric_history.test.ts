import { expect, test } from "vitest";
import { decodeMetrics, MetricHistory, stepFor } from "../src/metric_history";

const reply = (from: number, values: (number | null)[], labels: Record<string, string> = {}) => ({
  from,
  step: 2_000,
  length: values.length,
  series: [{ name: "load", labels, type: "gauge", unit: "", values }],
});

test("keeps a span on one grid as replies come in pieces", () => {
  const history = new MetricHistory("http://h/");
  history.setSpan(10_000);
  history.take(reply(0, [1, 2, 3, 4, 5]));
  expect(history.times).toEqual([0, 2, 4, 6, 8]);
  history.take(reply(8_000, [6, 7, null]));
  expect(history.times).toEqual([4, 6, 8, 10, 12]);
  expect([...history.series.values()][0]?.values).toEqual([3, 4, 6, 7, null]);
});

test("a series that comes later has no values before, and one that is gone leaves with its last value", () => {
  const history = new MetricHistory("http://h/");
  history.setSpan(6_000);
  history.take(reply(0, [1, 2, 3]));
  history.take(reply(6_000, [9], { unit: "a" }));
  expect([...history.series.keys()]).toEqual(["load{}", "load{unit=a}"]);
  expect(history.series.get("load{unit=a}")?.values).toEqual([null, null, 9]);
  history.take(reply(12_000, [1, 1, 1], { unit: "a" }));
  expect([...history.series.keys()]).toEqual(["load{unit=a}"]);
});

test("decodes what the server sends and nothing else", () => {
  const body = {
    from: "2026-01-01T00:00:00.000Z",
    to: "2026-01-01T00:00:04.000Z",
    step_ms: 2000,
    series: [{ name: "x", labels: { a: "b" }, type: "gauge", unit: "1", values: [1, "no"] }],
  };
  expect(decodeMetrics(body)).toMatchObject({ step: 2_000, length: 2, series: [{ name: "x", values: [1, null] }] });
  for (const wrong of [null, 1, {}, { ...body, step_ms: 0 }, { ...body, from: "yesterday" }]) expect(decodeMetrics(wrong)).toBeNull();
});

test("chooses steps that give some hundred points", () => {
  expect(stepFor(600_000)).toBe(2_000);
  expect(stepFor(30 * 86_400_000)).toBe(7_200_000);
});
