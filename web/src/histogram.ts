// Histogram: records per stretch of time and level, of the view's filters: history as GET /api/histogram counts it, and
// what arrives since by the live stream, so that nothing is read twice.
import { LEVELS, parseFields, type Level, type LogRecord } from "./record";
import { filtersOf, type View } from "./view";

export type Kind = Level | "unknown";
/** From the bottom of a bar: what matters most stands on the line. */
export const KINDS: readonly Kind[] = [...LEVELS].reverse().concat("unknown" as Level) as Kind[];

export type Counts = Partial<Record<Kind, number>>;

const BUCKETS = 150;

const WIDTHS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400].map((seconds) => seconds * 1_000);
const bucketFor = (span: number): number => WIDTHS_MS.find((width) => span / width <= BUCKETS) ?? 86_400_000;

export interface HistogramData {
  readonly from: number;
  readonly to: number;
  readonly bucketMs: number;
  readonly counts: Map<number, Counts>;
}

export function decodeHistogram(data: string): HistogramData | null {
  const fields = parseFields(data);
  if (!fields) return null;
  const [from, to, bucketMs] = [Date.parse(String(fields["from"])), Date.parse(String(fields["to"])), fields["bucket_ms"]];
  if (Number.isNaN(from) || Number.isNaN(to) || typeof bucketMs !== "number" || bucketMs <= 0) return null;
  const counts = new Map<number, Counts>();
  const list: unknown[] = Array.isArray(fields["buckets"]) ? fields["buckets"] : [];
  for (const one of list) {
    const bucket = (one ?? {}) as { time?: unknown; counts?: unknown };
    const time = Date.parse(String(bucket.time));
    if (!Number.isNaN(time) && typeof bucket.counts === "object" && bucket.counts !== null) counts.set(time, { ...(bucket.counts as Counts) });
  }
  return { from, to, bucketMs, counts };
}

export class Histogram {
  data: HistogramData | null = null;
  state: "idle" | "running" | "done" | "failed" = "idle";
  private source: EventSource | null = null;
  /** Live records that came while the server was counting what was before. */
  private readonly sinceAsked = new Map<number, Counts>();
  private lastText = "";
  private lastTime = Number.NaN;

  constructor(
    private readonly base: string,
    private readonly onChange: () => void,
  ) {}

  /** Counts anew, from `from` to `until` (milliseconds; null: now and on). */
  load(view: View, from: number, until: number | null): void {
    this.stop();
    this.sinceAsked.clear();
    const url = new URL("api/histogram", this.base);
    const parameters = filtersOf(view);
    parameters.set("since", new Date(from).toISOString());
    parameters.set("until", new Date(until ?? Date.now()).toISOString());
    parameters.set("buckets", String(BUCKETS));
    url.search = parameters.toString();
    this.state = "running";
    const source = new EventSource(url);
    this.source = source;
    let counted = false;
    source.addEventListener("histogram", (event) => {
      const data = decodeHistogram((event as MessageEvent<string>).data);
      if (!data || this.source !== source) return;
      counted = true;
      this.take(data);
    });
    source.addEventListener("end", () => this.finish("done"));
    source.onerror = () => {
      // Without a past there is still what arrives from now on.
      if (!counted) this.take({ from, to: until ?? Date.now(), bucketMs: bucketFor((until ?? Date.now()) - from), counts: new Map() });
      this.finish(counted ? "done" : "failed");
    };
  }

  stop(): void {
    this.source?.close();
    this.source = null;
    this.state = "idle";
  }

  /** A record that has just arrived. */
  add(record: LogRecord): void {
    const text = record.arrived ?? record.time ?? "";
    if (text !== this.lastText) {
      this.lastText = text;
      this.lastTime = Date.parse(text);
    }
    if (Number.isNaN(this.lastTime)) return;
    const kind = record.level ?? "unknown";
    if (this.source) count(this.sinceAsked, this.bucketOf(this.lastTime), kind, 1);
    if (this.data) count(this.data.counts, this.bucketOf(this.lastTime), kind, 1);
  }

  /** Columns for a chart over [from, to], in seconds: times, and the counts of each kind. */
  columns(from: number, to: number): { times: number[]; values: Record<Kind, number[]> } {
    const width = (this.data?.bucketMs ?? 60_000) / 1_000;
    const first = Math.floor(from / width) * width;
    this.forgetBefore(first * 1_000);
    const times = Array.from({ length: Math.min(2_000, Math.max(1, Math.ceil((to - first) / width))) }, (_, at) => first + at * width);
    const of = (kind: Kind): number[] => times.map((time) => this.data?.counts.get(Math.round(time * 1_000))?.[kind] ?? 0);
    return { times, values: Object.fromEntries(KINDS.map((kind) => [kind, of(kind)])) as Record<Kind, number[]> };
  }

  /** Time goes on, and another stretch is counted anew: what is before the chart is not wanted again. */
  private forgetBefore(time: number): void {
    if (!this.data || this.source) return;
    for (const bucket of this.data.counts.keys()) if (bucket < time) this.data.counts.delete(bucket);
  }

  private bucketOf(time: number): number {
    const width = this.data?.bucketMs ?? 1_000;
    return Math.floor(time / width) * width;
  }

  private take(data: HistogramData): void {
    this.data = data;
    for (const [time, counts] of this.sinceAsked) {
      const bucket = Math.floor(time / data.bucketMs) * data.bucketMs;
      for (const [kind, value] of Object.entries(counts)) count(data.counts, bucket, kind as Kind, value);
    }
    this.onChange();
  }

  private finish(state: "done" | "failed"): void {
    this.source?.close();
    this.source = null;
    this.state = state;
    this.onChange();
  }
}

function count(into: Map<number, Counts>, bucket: number, kind: Kind, by: number): void {
  const counts = into.get(bucket) ?? {};
  counts[kind] = (counts[kind] ?? 0) + by;
  into.set(bucket, counts);
}
