// The charts of the host page, made from whatever series the server has: the machine's by name, units and streams by
// their labels, and what rules make of log lines by exclusion. Pure.
import { PALETTE, valueAt, type ChartSeries } from "./chart_data";
import { summed, type MetricSeries } from "./metric_history";
import type { Unit } from "./number_text";

export interface Card {
  readonly id: string;
  readonly title: string;
  /** What is measured, in a few words. */
  readonly note: string;
  readonly unit: Unit;
  readonly stack: boolean;
  readonly most?: number;
  readonly series: readonly ChartSeries[];
  /** Series left out because there were too many. */
  readonly more: number;
}

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly cards: readonly Card[];
}

export const MOST_SERIES = PALETTE.length;

type List = readonly MetricSeries[];

export function unitOf({ name, unit, type }: Pick<MetricSeries, "name" | "unit" | "type">): Unit {
  const rate = type === "counter" || type === "histogram";
  if (unit === "By") return rate ? "bytes/s" : "bytes";
  if (/\.pressure(\.|$)/.test(name)) return "ratio";
  if (unit === "s") return rate ? "cores" : "seconds";
  if (unit === "1") return "ratio";
  return rate ? "per-second" : "count";
}

/** What tells the series of one metric from each other: the values of the labels that differ. */
export function labelsOf(list: List): string[] {
  const names = [...new Set(list.flatMap(({ labels }) => Object.keys(labels)))];
  const telling = names.filter((name) => new Set(list.map(({ labels }) => labels[name])).size > 1);
  return list.map(({ labels, name }) => telling.map((one) => labels[one]).filter(Boolean).join(" ") || Object.values(labels).join(" ") || lastPart(name));
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

const weightOf = ({ values }: MetricSeries): number => {
  let sum = 0;
  for (const value of values) sum += Math.abs(value ?? 0);
  return sum;
};

interface CardOptions {
  readonly id: string;
  readonly title: string;
  readonly note?: string;
  readonly unit?: Unit;
  readonly stack?: boolean;
  readonly most?: number;
  readonly fill?: boolean;
  readonly labels?: readonly string[];
}

/** A card of these series, the heaviest first if there are too many; null if there are none. */
function card(list: List, options: CardOptions): Card | null {
  const first = list[0];
  if (!first) return null;
  const labels = options.labels ?? labelsOf(list);
  const named = list.map((series, at) => ({ series, label: labels[at] ?? "" }));
  const kept = named.length > MOST_SERIES ? [...named].sort((a, b) => weightOf(b.series) - weightOf(a.series)) : named;
  const series = kept.slice(0, MOST_SERIES).map(({ series: { values }, label }, at) => ({
    label,
    values,
    colour: PALETTE[at] as string,
    ...(options.fill ? { fill: true } : {}),
  }));
  return {
    id: options.id,
    title: options.title,
    note: options.note ?? "",
    unit: options.unit ?? unitOf(first),
    stack: options.stack ?? false,
    ...(options.most === undefined ? {} : { most: options.most }),
    series,
    more: Math.max(0, named.length - MOST_SERIES),
  };
}

const present = (cards: readonly (Card | null)[]): Card[] => cards.filter((one): one is Card => one !== null);

const CPU_MODES = ["user", "system", "nice", "iowait", "irq", "interrupt", "softirq", "steal"];
const IDLE = new Set(["idle", "iowait"]);
/** The rest, up to the limit, is free. */
const MEMORY_STATES = ["used", "cached", "buffers"];

const inOrder = (list: List, label: string, order: readonly string[]): MetricSeries[] =>
  order.flatMap((value) => list.find(({ labels }) => labels[label] === value) ?? []);

/** For each value of a label the sum of the series that have it; as they are where there is one of each. */
function sumsBy(list: List, label: string): MetricSeries[] {
  const values = [...new Set(list.map(({ labels }) => labels[label] ?? ""))];
  return values.flatMap((value) => {
    const own = list.filter(({ labels }) => (labels[label] ?? "") === value);
    return own[0] ? [{ ...own[0], labels: { [label]: value }, values: summed(own) }] : [];
  });
}

function overview(all: List): Card[] {
  const named = (name: string): MetricSeries[] => all.filter((one) => one.name === name);
  const cpu = named("system.cpu.time");
  const perCore = cpu.filter(({ labels }) => labels["cpu"] !== undefined && !IDLE.has(labels["mode"] ?? ""));
  const cores = valueAt(named("system.cpu.logical.count")[0]?.values ?? [], (named("system.cpu.logical.count")[0]?.values.length ?? 0) - 1, Infinity);
  const limit = named("system.memory.limit")[0]?.values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  const load = ["1m", "5m", "15m"].flatMap((span) => named(`system.linux.load.${span}`));
  const pressure = all.filter(({ name }) => /^system\.linux\.pressure\.\w+\.some$/.test(name));
  const io = (list: List): string[] => list.map(({ labels }) => `${labels["device"]} ${labels["direction"]}`);
  const [disk, network] = [named("system.disk.io"), named("system.network.io")];
  const spaces = named("system.filesystem.utilization");
  return present([
    card(inOrder(sumsBy(cpu, "mode"), "mode", CPU_MODES), { id: "cpu", title: "CPU", note: "cores busy", unit: "cores", stack: true, ...(cores ? { most: cores } : {}) }),
    card(sumsBy(perCore, "cpu"), { id: "cores", title: "Cores", note: "share of time busy", unit: "ratio", most: 1, labels: sumsBy(perCore, "cpu").map(({ labels }) => `core ${labels["cpu"]}`) }),
    card(inOrder(named("system.memory.usage"), "state", MEMORY_STATES), { id: "memory", title: "Memory", stack: true, ...(limit ? { most: limit } : {}) }),
    card(load, { id: "load", title: "Load", note: "runnable and waiting", labels: ["1 min", "5 min", "15 min"], unit: "count" }),
    card(pressure, { id: "pressure", title: "Pressure", note: "share of time that something waited", unit: "ratio", labels: pressure.map(({ name }) => name.split(".")[3] ?? "") }),
    card(disk, { id: "disk", title: "Disk", note: "bytes a second", labels: io(disk) }),
    card(network, { id: "network", title: "Network", note: "bytes a second", labels: io(network) }),
    card(spaces, { id: "space", title: "File systems", note: "in use", most: 1, labels: spaces.map(({ labels }) => labels["mountpoint"] ?? "") }),
    card(named("system.disk.io_time"), { id: "disk-busy", title: "Disk busy", note: "share of time", unit: "ratio", labels: named("system.disk.io_time").map(({ labels }) => labels["device"] ?? "") }),
    card(named("system.paging.operations").concat(named("system.paging.faults").filter(({ labels }) => labels["type"] === "major")), { id: "paging", title: "Paging", note: "pages a second", labels: ["in", "out", "major faults"] }),
    card(named("system.network.connection.count"), { id: "sockets", title: "Connections" }),
    card(named("system.linux.threads").concat(named("system.process.count")), { id: "processes", title: "Threads and processes", labels: ["threads", ...named("system.process.count").map(({ labels }) => labels["status"] ?? "")] }),
    card([...named("system.network.packet.dropped"), ...named("system.network.errors")], { id: "network-faults", title: "Network faults", note: "drops and errors a second" }),
  ]);
}

/** One card for each metric of the list, in the order of the names. */
function oneEach(list: List, label: string | null): Card[] {
  const names = [...new Set(list.map(({ name }) => name))];
  return present(
    names.map((name) => {
      const each = list.filter((one) => one.name === name);
      // Who is busy matters more than how.
      const own = name === "unit.cpu.time" && label !== null ? sumsBy(each, label) : each;
      const telling = label === null ? labelsOf(own) : own.map(({ labels }, at) => `${(labels[label] ?? "").replace(/\.service$/, "")}${extra(own, label)[at] ?? ""}`);
      return card(own, { id: name, title: titleOf(name), labels: telling });
    }),
  );
}

/** The values of the other labels that differ, after the one that is always shown. */
function extra(list: List, label: string): string[] {
  const others = list.map(({ labels: { [label]: _left, ...rest }, ...series }) => ({ ...series, labels: rest as Record<string, string> }));
  const names = new Set(others.flatMap(({ labels }) => Object.keys(labels)));
  return others.map(({ labels }) => [...names].map((name) => labels[name]).filter(Boolean).map((value) => ` ${value}`).join(""));
}

const PREFIXES = ["system.", "tailwater.", "process.", "unit."];
const TITLES: Readonly<Record<string, string>> = {
  "unit.cpu.time": "CPU, cores busy",
  "unit.memory.usage": "Memory",
  "unit.tasks": "Processes and threads",
  "unit.io": "Disk, bytes a second",
  "unit.pressure": "Pressure, share of time that something waited",
  "unit.oom_kills": "Killed for want of memory",
  "unit.restarts": "Restarts",
  "tailwater.log.lines": "Lines a second",
  "tailwater.log.io": "Bytes a second",
};
const titleOf = (name: string): string => TITLES[name] ?? PREFIXES.reduce((text, prefix) => (text.startsWith(prefix) ? text.slice(prefix.length) : text), name);

const UNIT_LABELS = ["unit", "systemd.unit", "cgroup", "container"];
/** Totals that only ever say one thing are no charts. */
const DULL = new Set(["tailwater.build_info", "tailwater.journal.persistent", "process.open_file_descriptor.limit"]);

export function sectionsOf(series: Iterable<MetricSeries>): Section[] {
  const all = [...series].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)).filter(({ name }) => !DULL.has(name));
  const unitLabel = (one: MetricSeries): string | undefined => UNIT_LABELS.find((label) => one.labels[label] !== undefined);
  const units = all.filter((one) => unitLabel(one) !== undefined);
  const streams = all.filter(({ name, labels }) => name.startsWith("tailwater.log.") && labels["stream"] !== undefined);
  const own = all.filter(({ name }) => /^(tailwater|process)\./.test(name)).filter((one) => !streams.includes(one) && !units.includes(one));
  const rules = all.filter(({ name }) => !/^(tailwater|process|system)\./.test(name)).filter((one) => !units.includes(one));
  const sections: Section[] = [
    { id: "host", title: "This machine", cards: overview(all.filter((one) => !units.includes(one))) },
    { id: "units", title: "Services", cards: oneEach(units, units[0] ? (unitLabel(units[0]) ?? null) : null) },
    { id: "streams", title: "Streams", cards: oneEach(streams, "stream") },
    { id: "rules", title: "From log lines", cards: oneEach(rules, null) },
    { id: "own", title: "Tailwater itself", cards: oneEach(own, null) },
  ];
  return sections.filter(({ cards }) => cards.length > 0);
}
