import { expect, test } from "vitest";
import { indexAt, valueAt } from "../src/chart_data";
import { labelsOf, MOST_SERIES, sectionsOf } from "../src/host_charts";
import type { MetricSeries } from "../src/metric_history";
import { numberText } from "../src/number_text";

const series = (name: string, labels: Record<string, string> = {}, type = "gauge", unit = "", values = [1, 2]): MetricSeries => ({
  name,
  labels,
  type,
  unit,
  values,
});

test("sorts series into sections by name and label", () => {
  const sections = sectionsOf([
    series("system.cpu.time", { mode: "user" }, "counter", "s"),
    series("system.cpu.time", { mode: "idle" }, "counter", "s"),
    series("unit.memory.usage", { unit: "nginx.service" }, "gauge", "By"),
    series("tailwater.log.lines", { stream: "app" }, "counter", "{line}"),
    series("tailwater.clients"),
    series("requests", { method: "GET" }, "counter"),
  ]);
  expect(sections.map(({ id, cards }) => [id, cards.map((card) => card.title)])).toEqual([
    ["host", ["CPU"]],
    ["units", ["Memory"]],
    ["streams", ["Lines a second"]],
    ["rules", ["requests"]],
    ["own", ["clients"]],
  ]);
  expect(sections[0]?.cards[0]?.series.map(({ label }) => label)).toEqual(["user"]);
});

test("adds up what the cores did where each is told of", () => {
  const time = (cpu: string, mode: string, values: number[]) => series("system.cpu.time", { cpu, mode }, "counter", "s", values);
  const list = [time("0", "user", [0.1, 0.2]), time("1", "user", [0.3, 0.4]), time("0", "system", [0.1, 0]), time("1", "idle", [0.7, 0.6])];
  const [cpu, cores] = sectionsOf(list)[0]?.cards ?? [];
  expect(cpu?.series.map(({ label, values }) => [label, values[0]])).toEqual([["user", 0.4], ["system", 0.1]]);
  expect(cores?.series.map(({ label, values }) => [label, values[0]])).toEqual([["core 0", 0.2], ["core 1", 0.3]]);
});

test("tells of a service's CPU as one, under its short name", () => {
  const time = (unit: string, mode: string, value: number) => series("unit.cpu.time", { unit, mode }, "counter", "s", [value]);
  const [card] = sectionsOf([time("a.service", "user", 0.25), time("a.service", "system", 0.5), time("b.scope", "user", 0.125)])[0]?.cards ?? [];
  expect(card?.series.map(({ label, values }) => [label, values[0]])).toEqual([["a", 0.75], ["b.scope", 0.125]]);
});

test("keeps the heaviest of too many series", () => {
  const units = Array.from({ length: 20 }, (_, n) => series("unit.tasks", { unit: `u${n}` }, "gauge", "", [n, n]));
  const card = sectionsOf(units)[0]?.cards[0];
  expect(card?.series.map(({ label }) => label)).toEqual(Array.from({ length: MOST_SERIES }, (_, n) => `u${19 - n}`));
  expect(card?.more).toBe(20 - MOST_SERIES);
});

test("labels say only what differs", () => {
  expect(labelsOf([series("a", { x: "1", y: "2" }), series("a", { x: "1", y: "3" })])).toEqual(["2", "3"]);
});

test("finds the value of a moment, also where samples were rare", () => {
  expect([0, 9, 10, 25, 99].map((seconds) => indexAt([10, 20, 30], seconds))).toEqual([-1, -1, 0, 1, 2]);
  expect(valueAt([5, null, null], 2)).toBe(5);
  expect(valueAt([5, null, null], 2, 2)).toBeNull();
});

test("writes numbers by their unit", () => {
  expect(numberText(1_234_567, "bytes")).toBe("1.23 MB");
  expect(numberText(0, "bytes/s")).toBe("0 B/s");
  expect(numberText(0.257, "ratio")).toBe("26 %");
  expect(numberText(0.0012, "seconds")).toBe("1.2 ms");
  expect(numberText(1500, "per-second")).toBe("1.5 k/s");
  expect(numberText(null, "count")).toBe("–");
});
