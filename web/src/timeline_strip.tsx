// TimelineStrip: the timeline's charts above the pane, on one axis of time. A click goes to the moment, dragging zooms.
import { useEffect, useRef } from "preact/hooks";
import type { App } from "./app";
import { Chart, wantChart } from "./chart_loader";
import { indexAt, valueAt } from "./chart_data";
import { numberText } from "./number_text";
import type { TimeChart } from "./time_chart";
import { TimeText } from "./time_text";
import { SPANS, type Lane, type Timeline } from "./timeline";
import { change } from "./view_menu";

const HEIGHTS: Record<string, number> = { records: 56, shares: 40, flows: 40 };
const AXIS = 22;

function LaneValues({ lane, hovered }: { lane: Lane; hovered: number | null }) {
  const { times, series, unit } = lane.data;
  const index = hovered === null ? times.length - 1 : indexAt(times, hovered);
  const isCount = unit === "count";
  return (
    <ul class="values">
      <li class="title">{lane.title}</li>
      {series.map(({ label, colour, values }) => {
        const value = hovered === null && isCount ? values.reduce<number>((sum, one) => sum + (one ?? 0), 0) : valueAt(values, index, isCount ? 1 : 12);
        return (
          <li key={label}>
            <span class={`swatch ${colour}`} />
            <span class="name">{label}</span> <b>{isCount ? (value ?? 0).toLocaleString("en") : numberText(value, unit)}</b>
          </li>
        );
      })}
    </ul>
  );
}

interface LaneProps {
  readonly lane: Lane;
  readonly last: boolean;
  readonly timeline: Timeline;
  readonly theme: string;
  readonly onGo: (seconds: number) => void;
}

function LaneChart({ lane, last, timeline, theme, onGo }: LaneProps) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<TimeChart | null>(null);
  const Made = Chart.value;
  const height = (HEIGHTS[lane.id] ?? 46) + (last ? AXIS : 0);
  useEffect(() => {
    if (!host.current || !Made) return;
    const isBars = lane.id === "records";
    const made = new Made(host.current, { height, stack: isBars, bars: isBars, axis: last, group: "timeline" }, {
      hover: (seconds) => (timeline.hovered.value = seconds),
      select: (from, to) => {
        if (to - from < 1) onGo(from);
        else timeline.choose({ seconds: to - from, until: Math.round(to * 1_000) });
      },
    });
    chart.current = made;
    made.show(lane.data);
    const unmark = markers.add(made);
    return () => {
      unmark();
      made.destroy();
    };
  }, [Made, last]);
  useEffect(() => chart.current?.show(lane.data), [lane.data]);
  useEffect(() => chart.current?.repaint(), [theme]);
  return <div ref={host} class="chart" style={{ height: `${height}px` }} role="img" aria-label={`${lane.title} over time; the values stand above`} />;
}

/** The charts in which a row's moment is shown when the pointer is on it. */
const markers = {
  charts: new Set<TimeChart>(),
  add(chart: TimeChart): () => void {
    this.charts.add(chart);
    return () => this.charts.delete(chart);
  },
};

/** Shows a moment (seconds; null: none) in all charts of the strip. */
export function markMoment(seconds: number | null): void {
  for (const chart of markers.charts) chart.mark(seconds);
}

function Head({ app, timeline }: { app: App; timeline: Timeline }) {
  const { seconds, until } = timeline.range.value;
  const { showMetrics, utc } = app.settings.value;
  const hovered = timeline.hovered.value;
  const time = new TimeText(utc);
  return (
    <div class="timeline-head">
      <div class="ranges" role="group" aria-label="Time span">
        {SPANS.map(([name, span]) => (
          <button key={name} type="button" aria-pressed={seconds === span} onClick={() => timeline.chooseSpan(span)}>
            {name}
          </button>
        ))}
        {until !== null && (
          <button type="button" class="chosen" onClick={() => timeline.choose({ seconds: SPANS.some(([, span]) => span === seconds) ? seconds : 3_600, until: null })}>
            Now
          </button>
        )}
      </div>
      <button type="button" class="quiet small" aria-pressed={showMetrics} onClick={() => change(app, { showMetrics: !showMetrics })}>
        Metrics
      </button>
      <span class="moment-text">{hovered === null ? "" : time.clock(new Date(hovered * 1_000).toISOString()).slice(0, -4)}</span>
      <span class="space" />
      {timeline.state.value === "running" && <span class="note">counting…</span>}
      {timeline.state.value === "failed" && <span class="note">the counts are not available</span>}
      <button type="button" class="quiet small" aria-label="Close the timeline" onClick={() => change(app, { showTimeline: false })}>
        ×
      </button>
    </div>
  );
}

export function TimelineStrip({ app, timeline }: { app: App; timeline: Timeline }) {
  const { showTimeline, showMetrics, theme } = app.settings.value;
  const view = app.view.value;
  const draft = app.draft.value;
  const ready = app.status.value.caughtUp || app.status.value.held > 0;
  useEffect(() => {
    if (showTimeline && ready) wantChart();
    timeline.setShown(showTimeline && ready, showMetrics);
    return () => undefined;
  }, [showTimeline, showMetrics, ready, view, draft, timeline]);
  if (!showTimeline) return null;
  const lanes = timeline.lanes.value;
  const hovered = timeline.hovered.value;
  const go = (seconds: number): void => void app.goTo({ kind: "time", time: new Date(seconds * 1_000).toISOString() });
  return (
    <section class="timeline" aria-label="Timeline">
      <Head app={app} timeline={timeline} />
      {lanes.map((lane, at) => (
        <div key={lane.id} class={`lane ${lane.id}`}>
          <LaneValues lane={lane} hovered={hovered} />
          <LaneChart lane={lane} last={at === lanes.length - 1} timeline={timeline} theme={`${theme} ${app.dark.value}`} onGo={go} />
        </div>
      ))}
    </section>
  );
}
