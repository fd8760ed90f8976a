// ChartCard: one chart with its title and its values: at the moment that is pointed at, or the latest.
import type { ReadonlySignal, Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { indexAt, valueAt } from "./chart_data";
import type { Card } from "./host_charts";
import { numberText } from "./number_text";
import type { TimeChart } from "./time_chart";

const HEIGHT = 132;

export interface CardContext {
  readonly times: readonly number[];
  readonly utc: boolean;
  readonly hovered: Signal<number | null>;
  readonly theme: ReadonlySignal<string>;
  readonly Chart: typeof TimeChart;
  readonly zoom: (from: number, to: number) => void;
}

function Values({ card, context }: { card: Card; context: CardContext }) {
  const { times, hovered } = context;
  const index = hovered.value === null ? times.length - 1 : indexAt(times, hovered.value);
  return (
    <ul class="values">
      {card.series.map(({ label, colour, values }) => (
        <li key={label}>
          <span class={`swatch ${colour}`} />
          <span class="name">{label}</span> <b>{numberText(valueAt(values, index), card.unit)}</b>
        </li>
      ))}
      {card.more > 0 && <li class="name">{card.more} more</li>}
    </ul>
  );
}

export function ChartCard({ card, context }: { card: Card; context: CardContext }) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<TimeChart | null>(null);
  const { Chart, hovered, theme, zoom } = context;
  useEffect(() => {
    if (!host.current) return;
    const style = { height: HEIGHT, stack: card.stack, bars: false, axis: true, group: "host" };
    const made = new Chart(host.current, style, {
      hover: (seconds) => (hovered.value = seconds),
      select: (from, to) => {
        if (to > from) zoom(from, to);
      },
    });
    chart.current = made;
    return () => made.destroy();
  }, [Chart, card.stack]);
  useEffect(() => {
    const { series, unit, most } = card;
    chart.current?.show({ times: context.times, series, unit, utc: context.utc, ...(most === undefined ? {} : { most }) });
  }, [card, context.times, context.utc, Chart]);
  const shownTheme = theme.value;
  useEffect(() => chart.current?.repaint(), [shownTheme]);
  return (
    <figure class="card" id={`card-${card.id}`}>
      <figcaption>
        <h3>{card.title}</h3>
        {card.note && <span class="note">{card.note}</span>}
      </figcaption>
      <div ref={host} class="chart" role="img" aria-label={`Chart of ${card.title}; the values stand below`} />
      <Values card={card} context={context} />
    </figure>
  );
}
