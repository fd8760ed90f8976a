// The page at /host: live charts of the machine, its services, the streams and what log lines say.
import "./styles/index.css";
import { computed, effect, signal } from "@preact/signals";
import { render } from "preact";
import type { CardContext } from "./chart_card";
import { ChartCard } from "./chart_card";
import { Chart, wantChart } from "./chart_loader";
import { sectionsOf, type Section } from "./host_charts";
import { MetricHistory } from "./metric_history";
import { PageBar } from "./page_bar";
import { makeSettings, prefersDark } from "./settings";
import { signInIfNeeded } from "./sign_in";

const SPANS: readonly (readonly [string, number])[] = [
  ["10 min", 600],
  ["1 h", 3_600],
  ["6 h", 21_600],
  ["1 d", 86_400],
  ["7 d", 604_800],
  ["30 d", 2_592_000],
];

interface Range {
  readonly seconds: number;
  /** Where it ends, in milliseconds; null: now. */
  readonly until: number | null;
}

function rangeFrom(search: string): Range {
  const parameters = new URLSearchParams(search);
  const seconds = Number(parameters.get("span"));
  const until = Date.parse(parameters.get("until") ?? "");
  return { seconds: seconds > 0 ? Math.min(seconds, 31 * 86_400) : 600, until: Number.isNaN(until) ? null : until };
}

const base = new URL(".", location.href).href;
const settings = makeSettings();
const range = signal(rangeFrom(location.search));
const hovered = signal<number | null>(null);
const times = signal<readonly number[]>([]);
const sections = signal<readonly Section[]>([]);
const state = signal<"loading" | "shown" | "unreachable">("loading");
const theme = computed(() => `${settings.value.theme} ${prefersDark.value}`);

const history_ = new MetricHistory(base);

function choose(next: Range): void {
  range.value = next;
  const parameters = new URLSearchParams({ span: String(Math.round(next.seconds)) });
  if (next.until !== null) parameters.set("until", new Date(next.until).toISOString());
  history.pushState(null, "", `?${parameters}`);
}

async function refresh(): Promise<void> {
  if (await history_.refresh()) {
    state.value = "shown";
    times.value = history_.times;
    sections.value = sectionsOf(history_.series.values());
  } else if (times.value.length === 0 || state.value === "shown") {
    state.value = "unreachable";
    void signInIfNeeded(base);
  }
}

let timer: ReturnType<typeof setTimeout> | undefined;
function keepFresh(): void {
  clearTimeout(timer);
  const next = (): void => {
    timer = setTimeout(keepFresh, Math.min(Math.max(history_.step, 2_000), 30_000));
  };
  if (document.visibilityState === "hidden") return;
  void refresh().then(next);
}

effect(() => {
  const { seconds, until } = range.value;
  history_.setSpan(seconds * 1_000, until);
  keepFresh();
});
document.addEventListener("visibilitychange", keepFresh);
addEventListener("popstate", () => (range.value = rangeFrom(location.search)));

function Ranges() {
  const { seconds, until } = range.value;
  return (
    <div class="ranges" role="group" aria-label="Time span">
      {SPANS.map(([name, span]) => (
        <button
          key={name}
          type="button"
          aria-pressed={until === null && seconds === span}
          onClick={() => choose({ seconds: span, until: null })}
        >
          {name}
        </button>
      ))}
      {until !== null && (
        <button type="button" class="chosen" onClick={() => choose({ seconds: 600, until: null })}>
          Back to now
        </button>
      )}
    </div>
  );
}

const zoom = (from: number, to: number): void => {
  choose({ seconds: Math.max(to - from, 20), until: to * 1_000 });
};

function Sections() {
  if (!Chart.value) return <p class="hint">Loading…</p>;
  const context: CardContext = { times: times.value, utc: settings.value.utc, hovered, theme, Chart: Chart.value, zoom };
  return (
    <>
      {sections.value.map(({ id, title, cards }) => (
        <section key={id} id={id} aria-labelledby={`title-${id}`}>
          <h2 id={`title-${id}`}>{title}</h2>
          <div class="cards">
            {cards.map((card) => (
              <ChartCard key={card.id} card={card} context={context} />
            ))}
          </div>
        </section>
      ))}
      {state.value === "shown" && sections.value.length === 0 && <p class="hint">No samples yet: the first ones come within seconds.</p>}
    </>
  );
}

function HostPage() {
  return (
    <>
      <PageBar settings={settings} here="host">
        <Ranges />
      </PageBar>
      <main class="host-page" tabIndex={0} aria-label="Charts">
        {state.value === "unreachable" && (
          <p class="banner" role="status">
            The server cannot be reached. Trying again…
          </p>
        )}
        <Sections />
      </main>
    </>
  );
}

const host = document.getElementById("app");
if (host) {
  document.title = "Host · Tailwater";
  render(<HostPage />, host);
  wantChart();
}
