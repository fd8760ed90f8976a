// MetricHistory: the metrics of a span that ends now, from GET /api/metrics: asked for whole at first, then only for
// what is new. All series share one grid of times; what is not known is null.

export interface MetricSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly type: string;
  readonly unit: string;
  readonly values: (number | null)[];
}

export interface MetricReply {
  /** Milliseconds since the epoch of the first value, and between values. */
  readonly from: number;
  readonly step: number;
  readonly length: number;
  readonly series: readonly MetricSeries[];
}

type Fields = Record<string, unknown>;
const text = (value: unknown): string => (typeof value === "string" ? value : "");

function seriesOf(fields: Fields, length: number): MetricSeries {
  const labels = Object.entries((fields["labels"] ?? {}) as Fields).map(([name, value]) => [name, text(value)]);
  const values: unknown[] = Array.isArray(fields["values"]) ? fields["values"] : [];
  return {
    name: text(fields["name"]),
    labels: Object.fromEntries(labels) as Record<string, string>,
    type: text(fields["type"]),
    unit: text(fields["unit"]),
    values: Array.from({ length }, (_, at) => (typeof values[at] === "number" ? (values[at] as number) : null)),
  };
}

/** null if the body is something else. */
export function decodeMetrics(body: unknown): MetricReply | null {
  if (typeof body !== "object" || body === null) return null;
  const fields = body as Fields;
  const from = Date.parse(text(fields["from"]));
  const to = Date.parse(text(fields["to"]));
  const step = fields["step_ms"];
  if (Number.isNaN(from) || Number.isNaN(to) || typeof step !== "number" || step <= 0) return null;
  const list = (Array.isArray(fields["series"]) ? fields["series"] : []).filter(
    (one): one is Fields => typeof one === "object" && one !== null,
  );
  const longest = list.reduce((most, { values }) => Math.max(most, Array.isArray(values) ? values.length : 0), 0);
  const length = Math.max(longest, Math.round((to - from) / step));
  return { from, step, length, series: list.map((one) => seriesOf(one, length)) };
}

/** The sums of what several devices or processors did; null where nothing is known. */
export function summed(list: readonly Pick<MetricSeries, "values">[]): (number | null)[] {
  const [first, ...others] = list;
  return (first?.values ?? []).map((value, at) =>
    others.reduce((sum, { values }) => {
      const more = values[at] ?? null;
      return sum === null ? more : sum + (more ?? 0);
    }, value),
  );
}

export const keyOf = ({ name, labels }: Pick<MetricSeries, "name" | "labels">): string =>
  `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .sort()
    .join(",")}}`;

/** Points of a grid, at most. */
const MOST_POINTS = 400;
const STEPS_MS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400].map((s) => s * 1_000);

/** The finest step with which `span` milliseconds are no more than MOST_POINTS. */
export const stepFor = (span: number): number =>
  STEPS_MS.find((step) => span / step <= MOST_POINTS) ?? (STEPS_MS[STEPS_MS.length - 1] as number);

export class MetricHistory {
  series = new Map<string, MetricSeries>();
  /** Seconds since the epoch. */
  times: number[] = [];
  private span = 0;
  private until: number | null = null;

  constructor(
    private readonly base: string,
    private readonly names: readonly string[] = [],
  ) {}

  get step(): number {
    return stepFor(this.span);
  }

  /** Another span (milliseconds), up to now or up to `until`: everything is asked for anew. */
  setSpan(span: number, until: number | null = null): void {
    if (span === this.span && until === this.until) return;
    this.span = span;
    this.until = until;
    this.times = [];
    this.series = new Map();
  }

  /** Asks for what is new. True if something came; false, and nothing changed, if the server did not answer. */
  async refresh(): Promise<boolean> {
    const { span, step, until } = this;
    const last = this.times[this.times.length - 1];
    if (until !== null && last !== undefined) return true;
    const url = new URL("api/metrics", this.base);
    const since = last === undefined ? (until ?? Date.now()) - span : last * 1_000 - 3 * step;
    url.searchParams.set("since", new Date(since).toISOString());
    if (until !== null) url.searchParams.set("until", new Date(until).toISOString());
    url.searchParams.set("step", `${step / 1_000}s`);
    if (this.names.length > 0) url.searchParams.set("names", this.names.join(","));
    const reply = await request(url.href);
    if (!reply || span !== this.span || until !== this.until) return false;
    this.take(reply);
    return true;
  }

  /** Lays a reply over what is held, and lets go of what is older than the span. */
  take(reply: MetricReply): void {
    const { step } = reply;
    const end = reply.from + reply.length * step;
    const held = this.times.length;
    const points = Math.max(Math.ceil(this.span / step), reply.length > 0 && held === 0 ? reply.length : 0);
    const start = end - points * step;
    const oldStart = (this.times[0] ?? end / 1_000) * 1_000;
    const shift = Math.round((start - oldStart) / step);
    const next = new Map<string, MetricSeries>();
    const add = (series: MetricSeries, offset: number): void => {
      const key = keyOf(series);
      const values = next.get(key)?.values ?? new Array<number | null>(points).fill(null);
      series.values.forEach((value, at) => {
        const to = at + offset;
        if (value !== null && to >= 0 && to < points) values[to] = value;
      });
      next.set(key, { ...series, values });
    };
    if (held > 0) for (const series of this.series.values()) add(series, -shift);
    for (const series of reply.series) add(series, Math.round((reply.from - start) / step));
    this.series = new Map([...next].filter(([, { values }]) => values.some((value) => value !== null)));
    this.times = Array.from({ length: points }, (_, at) => (start + at * step) / 1_000);
  }
}

async function request(url: string): Promise<MetricReply | null> {
  try {
    const reply = await fetch(url, { cache: "no-store" });
    return reply.ok ? decodeMetrics(await reply.json()) : null;
  } catch {
    return null;
  }
}
