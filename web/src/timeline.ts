// Timeline: the state of the strip above the pane: which stretch of time it shows, the records in it by level, and the
// machine's metrics beside them. What it draws is in timeline_strip.tsx.
import { signal } from "@preact/signals";
import type { App } from "./app";
import type { ChartData, ChartSeries } from "./chart_data";
import { Histogram, KINDS, type Kind } from "./histogram";
import { MetricHistory, summed, type MetricSeries } from "./metric_history";

export const SPANS: readonly (readonly [string, number])[] = [
  ["15 min", 900],
  ["1 h", 3_600],
  ["6 h", 21_600],
  ["1 d", 86_400],
  ["7 d", 604_800],
];

export interface Range {
  readonly seconds: number;
  /** Where it ends, in milliseconds; null: now. */
  readonly until: number | null;
}

export interface Lane {
  readonly id: string;
  readonly title: string;
  readonly data: ChartData;
}

const REFRESH_MS = 2_000;
const DEFAULT_SPAN = 900;
/** Counting more than a day of a busy log is for those who ask for it. */
const LONGEST_FIT = 86_400;
const NAMES = [
  "system.cpu.utilization",
  "system.memory.utilization",
  "system.linux.pressure.*.some",
  "system.disk.io",
  "system.network.io",
];

export class Timeline {
  readonly range = signal<Range>({ seconds: DEFAULT_SPAN, until: null });
  readonly lanes = signal<readonly Lane[]>([]);
  /** The moment that is pointed at, in seconds. */
  readonly hovered = signal<number | null>(null);
  readonly state = signal<Histogram["state"]>("idle");
  readonly histogram: Histogram;

  private readonly metrics: MetricHistory;
  private timer: ReturnType<typeof setInterval> | undefined;
  private shown = false;
  private withMetrics = false;
  private loadedFor = "";
  private fitted = false;

  constructor(private readonly app: App) {
    this.histogram = new Histogram(app.base, () => this.draw());
    this.metrics = new MetricHistory(app.base, NAMES);
    app.follower.onLive = (record) => this.histogram.add(record);
    // Lanes without data yet: the strip has its full height from the first paint on, and the rows below it never move.
    this.withMetrics = app.settings.peek().showMetrics;
    this.draw();
  }

  setShown(shown: boolean, withMetrics: boolean): void {
    this.withMetrics = withMetrics;
    if (shown && !this.fitted) this.fit();
    if (shown !== this.shown) {
      this.shown = shown;
      clearInterval(this.timer);
      if (shown) this.timer = setInterval(() => this.refresh(), REFRESH_MS);
      else this.histogram.stop();
      this.loadedFor = "";
    }
    if (shown) this.update();
  }

  /** Begins with a stretch in which what the page holds can be seen. */
  private fit(): void {
    this.fitted = true;
    const oldest = this.app.follower.oldestTime;
    const wanted = (Date.now() - oldest) / 1_000;
    const seconds = Number.isNaN(wanted) ? DEFAULT_SPAN : (SPANS.find(([, span]) => span >= wanted)?.[1] ?? LONGEST_FIT);
    this.range.value = { seconds: Math.min(seconds, LONGEST_FIT), until: null };
  }

  /** Another length, around the same moment; one that reaches the present ends now. */
  chooseSpan(seconds: number): void {
    const { seconds: before, until } = this.range.value;
    const end = until === null ? null : until + ((seconds - before) / 2) * 1_000;
    this.choose({ seconds, until: end === null || end >= Date.now() ? null : Math.round(end) });
  }

  choose(range: Range): void {
    this.range.value = range;
    this.update();
  }

  /** The view or the range changed: asks for what is missing. */
  update(): void {
    if (!this.shown) return;
    const { seconds, until } = this.range.value;
    const view = this.app.shownView;
    const wanted = `${JSON.stringify({ ...view, columns: [], since: "", from: "" })} ${seconds} ${until}`;
    if (wanted !== this.loadedFor) {
      this.loadedFor = wanted;
      this.histogram.load(view, (until ?? Date.now()) - seconds * 1_000, until);
    }
    this.metrics.setSpan(seconds * 1_000, until);
    this.refresh();
  }

  /** Moves the stretch so that `time` (milliseconds) is in it. */
  reveal(time: number): void {
    const { seconds, until } = this.range.value;
    const end = until ?? Date.now();
    if (Number.isNaN(time) || (time <= end && time >= end - seconds * 1_000)) return;
    const wanted = time + seconds * 500;
    this.choose({ seconds, until: wanted >= Date.now() ? null : Math.round(wanted) });
  }

  private refresh(): void {
    if (document.visibilityState === "hidden") return;
    this.draw();
    if (this.withMetrics) void this.metrics.refresh().then((came) => came && this.draw());
  }

  private draw(): void {
    const { seconds, until } = this.range.value;
    const to = (until ?? Date.now()) / 1_000;
    const common = { utc: this.app.settings.peek().utc, range: [to - seconds, to] as const };
    const { times, values } = this.histogram.columns(to - seconds, to);
    const kinds = KINDS.filter((kind) => values[kind].some((value) => value > 0));
    const records = kinds.map((kind: Kind) => ({ label: kind === "unknown" ? "no level" : kind, colour: `bar-${kind}`, values: values[kind] }));
    this.state.value = this.histogram.state;
    this.lanes.value = [
      { id: "records", title: "Records", data: { ...common, times, series: records, unit: "count" } },
      ...(this.withMetrics ? this.metricLanes(common) : []),
    ];
  }

  private metricLanes(common: Pick<ChartData, "utc" | "range">): Lane[] {
    const { times, series } = this.metrics;
    const all = [...series.values()];
    const named = (name: string): MetricSeries[] => all.filter((one) => one.name === name);
    const one = (label: string, colour: string, list: readonly MetricSeries[]): ChartSeries[] =>
      list.length === 0 ? [] : [{ label, colour, values: summed(list) }];
    const pressure = (what: string): MetricSeries[] => named(`system.linux.pressure.${what}.some`);
    const directed = (name: string, direction: string): MetricSeries[] => named(name).filter(({ labels }) => labels["direction"] === direction);
    const shares = [
      ...one("CPU", "s1", named("system.cpu.utilization")),
      ...one("memory", "s3", named("system.memory.utilization")),
      ...one("CPU pressure", "s2", pressure("cpu")),
      ...one("I/O pressure", "s5", pressure("io")),
    ];
    const flows = [
      ...one("disk read", "s4", directed("system.disk.io", "read")),
      ...one("disk write", "s2", directed("system.disk.io", "write")),
      ...one("received", "s1", directed("system.network.io", "receive")),
      ...one("sent", "s6", directed("system.network.io", "transmit")),
    ];
    return [
      { id: "shares", title: "Machine", data: { ...common, times, series: shares, unit: "ratio", most: 1 } },
      { id: "flows", title: "Disk and network", data: { ...common, times, series: flows, unit: "bytes/s" } },
    ];
  }
}
