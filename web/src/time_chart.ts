// TimeChart: one uPlot chart over time in the page's colours. Charts of one group share their cursor: where the
// pointer is in one, all show that moment. Loaded only where charts are shown; see charts.ts.
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { ChartData, ChartHooks, ChartStyle } from "./chart_data";
import { numberText } from "./number_text";

const AXIS_WIDTH = 58;
/** Room for half of the time below the last tick. */
const RIGHT = 24;
const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';

/** Labels of the axis: clock, or day where a day begins or the steps are days. */
function timeLabels(splits: readonly number[], step: number, utc: boolean): string[] {
  return splits.map((seconds) => {
    const local = new Date(seconds * 1_000);
    const shifted = utc ? local : new Date(seconds * 1_000 - local.getTimezoneOffset() * 60_000);
    const iso = shifted.toISOString();
    if (step >= 86_400 || iso.slice(11, 16) === "00:00") return iso.slice(5, 10);
    return step < 60 ? iso.slice(11, 19) : iso.slice(11, 16);
  });
}

/** The sums from below, so that each series is drawn on top of the ones before it. */
function stacked(data: ChartData): (number | null)[][] {
  const below = new Array<number>(data.times.length).fill(0);
  return data.series.map(({ values }) =>
    values.map((value, at) => {
      if (value === null || value === undefined) return null;
      below[at] = (below[at] ?? 0) + value;
      return below[at] as number;
    }),
  );
}

export class TimeChart {
  private plot: uPlot | null = null;
  private shape = "";
  private data: ChartData | null = null;
  private fromPointer = true;
  private readonly resize: ResizeObserver;

  constructor(
    private readonly host: HTMLElement,
    private readonly style: ChartStyle,
    private readonly hooks: ChartHooks,
  ) {
    this.resize = new ResizeObserver(() => this.plot?.setSize({ width: host.clientWidth, height: style.height }));
    this.resize.observe(host);
  }

  show(data: ChartData): void {
    this.data = data;
    const shape = `${data.unit}|${data.utc}|${data.series.map(({ label, colour }) => `${label}:${colour}`).join("|")}`;
    if (!this.plot || shape !== this.shape) {
      this.shape = shape;
      this.make(data);
    } else {
      this.plot.setData(this.columns(data), /*resetScales=*/ true);
    }
  }

  /** The theme changed: colours are read anew. */
  repaint(): void {
    if (this.data) this.make(this.data);
  }

  /** Shows the moment `seconds` (null: none) without telling anybody. */
  mark(seconds: number | null): void {
    const { plot } = this;
    if (!plot) return;
    this.fromPointer = false;
    const left = seconds === null ? -10 : plot.valToPos(seconds, "x");
    plot.setCursor({ left, top: seconds === null ? -10 : 1 }, /*fireHook=*/ false);
    this.fromPointer = true;
  }

  destroy(): void {
    this.resize.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }

  private columns(data: ChartData): uPlot.AlignedData {
    const columns = this.style.stack ? stacked(data) : data.series.map(({ values }) => values);
    // The topmost of a stack is drawn first: the others stand before it.
    return [data.times, ...(this.style.stack ? columns.reverse() : columns)] as uPlot.AlignedData;
  }

  private make(data: ChartData): void {
    this.plot?.destroy();
    const plot = new uPlot(this.options(data), this.columns(data), this.host);
    this.plot = plot;
    const { select } = this.hooks;
    if (!select) return;
    // uPlot swallows the click that ends a drag.
    plot.over.addEventListener("click", (event) => {
      const at = plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, "x");
      select(at, at);
    });
  }

  private options(data: ChartData): uPlot.Options {
    const css = getComputedStyle(this.host);
    const colour = (name: string): string => css.getPropertyValue(`--${name}`).trim() || "#888888";
    const [ink, line] = [colour("ink-soft"), colour("line")];
    const { height, stack, bars, axis, group } = this.style;
    const series = stack ? [...data.series].reverse() : data.series;
    const grid = { stroke: line, width: 1 };
    const paths = bars ? uPlot.paths.bars?.({ size: [0.86, 24], align: 1 }) : uPlot.paths.linear?.();
    const ticks = { stroke: line, width: 1, size: 4 };
    return {
      width: Math.max(this.host.clientWidth, 50),
      height,
      padding: [5, RIGHT, axis ? 0 : 5, 0],
      legend: { show: false },
      tzDate: (seconds) => (data.utc ? uPlot.tzDate(new Date(seconds * 1_000), "Etc/UTC") : new Date(seconds * 1_000)),
      scales: { x: { time: true, ...(data.range ? { range: () => [...(this.data?.range ?? [0, 1])] as [number, number] } : {}) }, y: { range: (_plot, _low, high) => [0, this.data?.most ?? Math.max((high ?? 0) * 1.08, least(data))] } },
      cursor: {
        y: false,
        points: { show: !bars, size: 6 },
        ...(this.hooks.select ? { drag: { x: true, y: false, setScale: false } } : { drag: { x: false, y: false } }),
        sync: { key: group, scales: ["x", null] as unknown as [string, string] },
      },
      hooks: { setCursor: [(plot) => this.onCursor(plot)], setSelect: [(plot) => this.onSelect(plot)] },
      axes: [
        {
          show: axis,
          stroke: ink,
          font: FONT,
          size: 22,
          gap: 3,
          grid,
          ticks,
          values: (_plot, splits, _axis, _space, step) => timeLabels(splits, step, data.utc),
        },
        {
          stroke: ink,
          font: FONT,
          size: AXIS_WIDTH,
          gap: 4,
          space: Math.max(20, height / 5),
          grid,
          ticks: { show: false },
          values: (_plot, splits) => splits.map((value) => numberText(value, data.unit)),
        },
      ],
      series: [
        {},
        ...series.map((one) => ({
          label: one.label,
          stroke: colour(one.colour),
          width: bars ? 0 : 1.5,
          ...(stack || one.fill ? { fill: blended(colour(one.colour), colour("raised"), bars ? 1 : stack ? 0.45 : 0.12) } : {}),
          points: { show: false },
          spanGaps: !bars,
          ...(paths ? { paths } : {}),
        })),
      ],
    };
  }

  private onCursor(plot: uPlot): void {
    const { left } = plot.cursor;
    if (!this.fromPointer || !this.hooks.hover) return;
    // The others of the group follow the one that the pointer is in.
    if (!plot.over.matches(":hover") && left !== undefined && left >= 0) return;
    this.hooks.hover(left === undefined || left < 0 ? null : plot.posToVal(left, "x"));
  }

  private onSelect(plot: uPlot): void {
    const { left, width } = plot.select;
    if (!this.hooks.select || width === 0) return;
    this.hooks.select(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, /*fireHook=*/ false);
  }
}

/** The least height of the scale, so that a quiet chart is quiet. */
const least = ({ unit }: ChartData): number => (unit === "ratio" ? 0.05 : unit === "seconds" ? 1e-4 : 1);

/** `colour` as it looks over `ground` at this opacity: series of a stack must not shine through each other. */
function blended(colour: string, ground: string, opacity: number): string {
  // A build may have made #fff of #ffffff.
  const long = (text: string): string => (text.length === 4 ? text.replace(/[0-9a-f]/gi, "$&$&") : text);
  const channels = (text: string): number[] => [1, 3, 5].map((at) => Number.parseInt(long(text).slice(at, at + 2), 16));
  const [front, back] = [channels(colour), channels(ground)];
  if ([...front, ...back].some(Number.isNaN)) return colour;
  return `rgb(${front.map((value, at) => Math.round(value * opacity + (back[at] ?? 0) * (1 - opacity))).join(" ")})`;
}
