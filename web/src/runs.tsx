// The page at /runs: the board of all runs, live, with filters that live in its URL.
import "./styles/index.css";
import failedIcon from "./icon_failed.svg";
import passedIcon from "./icon_passed.svg";
import runningIcon from "./icon_running.svg";
import { effect, signal } from "@preact/signals";
import { render } from "preact";
import { BoardList, openRow, Wall } from "./board_list";
import { BoardState } from "./board_state";
import { PageBar } from "./page_bar";
import { showIcon } from "./page_icon";
import { gistOf, type BoardView } from "./run_board";
import { RUN_STATES, type RunState } from "./run";
import { makeSettings, THEMES } from "./settings";

const settings = makeSettings();
const state = new BoardState();
const cursor = signal<number | null>(null);

function toggled<T>(list: readonly T[], one: T): T[] {
  return list.includes(one) ? list.filter((other) => other !== one) : [...list, one];
}

function StateChips() {
  const { counts } = state.board.value;
  const { states } = state.view.value;
  const shown = RUN_STATES.filter((one) => counts[one] > 0 || states.includes(one));
  return (
    <div class="state-chips" role="group" aria-label="States">
      {shown.map((one: RunState) => (
        <button key={one} type="button" data-state={one} aria-pressed={states.includes(one)} onClick={() => state.show({ states: toggled(states, one) })}>
          {one} <span class="count">{counts[one].toLocaleString("en")}</span>
        </button>
      ))}
    </div>
  );
}

function StreamChips() {
  const { streams } = state.board.value;
  const chosen = state.view.value.streams;
  if (streams.length < 2 && chosen.length === 0) return null;
  return (
    <div class="state-chips" role="group" aria-label="Streams">
      {[...new Set([...streams, ...chosen])].map((one) => (
        <button key={one} type="button" aria-pressed={chosen.includes(one)} onClick={() => state.show({ streams: toggled(chosen, one) })}>
          {one}
        </button>
      ))}
    </div>
  );
}

function LabelChips() {
  const { labels } = state.view.value;
  return (
    <>
      {labels.map((one) => (
        <span key={one} class="chip">
          <span class="chip-kind">label</span>
          <code>{one}</code>
          <button type="button" aria-label={`Remove the label ${one}`} onClick={() => state.show({ labels: labels.filter((other) => other !== one) })}>
            ×
          </button>
        </span>
      ))}
    </>
  );
}

const FORMS: readonly (readonly [string, string, Partial<BoardView>])[] = [
  ["Jobs", "Runs of the same name together", { flat: false, wall: false }],
  ["Runs", "Each run by itself, newest first", { flat: true, wall: false }],
  ["Wall", "Large, to be read from afar", { flat: false, wall: true }],
];

function Forms() {
  const { flat, wall } = state.view.value;
  const pressed = wall ? "Wall" : flat ? "Runs" : "Jobs";
  return (
    <div class="ranges" role="group" aria-label="Form">
      {FORMS.map(([name, title, change]) => (
        <button key={name} type="button" title={title} aria-pressed={name === pressed} onClick={() => state.show(change)}>
          {name}
        </button>
      ))}
    </div>
  );
}

function Filters() {
  return (
    <div class="board-filters" role="search" aria-label="Filters">
      <input
        id="filter"
        type="search"
        value={state.view.value.text}
        placeholder="Filter: name, stage, label"
        aria-label="Only runs whose name, number, stage or labels hold this"
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => state.show({ text: event.currentTarget.value })}
      />
      <LabelChips />
      <StreamChips />
      <StateChips />
    </div>
  );
}

function banner(): string {
  const link = state.link.value;
  const since = state.heardAt.value > 0 ? ` What stands here is as of ${new Date(state.heardAt.value).toLocaleTimeString()}.` : "";
  if (state.problem.value) return state.problem.value.detail || state.problem.value.title || `The server refused (${state.problem.value.status}).`;
  if (link.kind === "reconnecting" && link.busy) return `The server is at its limit of readers. Trying again…${since}`;
  if (link.kind === "reconnecting") return `The server cannot be reached. Trying again…${since}`;
  if (link.kind === "ended") return `The server has ended the stream.${since}`;
  return "";
}

function Empty() {
  if (state.size > 0) {
    return (
      <p class="board-empty">
        No run is like that.{" "}
        <button type="button" class="quiet" onClick={() => state.show({ states: [], streams: [], labels: [], text: "" })}>
          Show all {state.size.toLocaleString("en")}
        </button>
      </p>
    );
  }
  if (state.problem.value) return null;
  if (!state.complete.value) return <p class="board-empty">Loading…</p>;
  return (
    <div class="board-empty">
      <p>There are no runs yet.</p>
      <p>
        Send one: <code>tailwater run --to {location.origin}/ ci -- make test</code>
      </p>
      <p>
        The server needs a stream for them:
        <br />
        <code>[[stream]] name = "ci" push = true parse = "cri"</code>
        <br />
        <code>[[runs]] stream = "ci"</code>
      </p>
    </div>
  );
}

function RunsPage() {
  const { wall } = state.view.value;
  const text = banner();
  const nothing = state.rows.value.length === 0;
  return (
    <>
      <PageBar settings={settings} here="runs">
        <Forms />
      </PageBar>
      {!wall && <Filters />}
      <main class="board">
        {text !== "" && (
          <p class="banner" role="status">
            {text}
          </p>
        )}
        {nothing ? <Empty /> : wall ? <Wall state={state} /> : <BoardList state={state} cursor={cursor.value} />}
      </main>
    </>
  );
}

effect(() => {
  const { running, bad } = gistOf(state.board.value);
  const parts = [bad > 0 ? `✗ ${bad}` : "", running > 0 ? `▶ ${running}` : ""].filter(Boolean);
  document.title = [...parts, "Runs", "Tailwater"].join(" · ");
  showIcon(state.size === 0 ? null : bad > 0 ? failedIcon : running > 0 ? runningIcon : passedIcon);
});

function move(by: number): void {
  const last = state.rows.value.length - 1;
  if (last >= 0) cursor.value = Math.min(last, Math.max(0, (cursor.value ?? (by > 0 ? -1 : last + 1)) + by));
}

const KEYS: Record<string, () => void> = {
  j: () => move(1),
  k: () => move(-1),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  PageDown: () => move(10),
  PageUp: () => move(-10),
  Home: () => move(-Infinity),
  End: () => move(Infinity),
  Enter: () => cursor.value !== null && openRow(state.rows.value[cursor.value]),
  o: () => {
    const row = cursor.value === null ? undefined : state.rows.value[cursor.value];
    if (row?.kind === "group") state.toggle(row.group.key);
  },
  "/": () => document.getElementById("filter")?.focus(),
  f: () => document.getElementById("filter")?.focus(),
  w: () => state.show({ wall: !state.view.value.wall, flat: false }),
  v: () => state.show({ flat: !state.view.value.flat, wall: false }),
  t: () => {
    const theme = THEMES[(THEMES.indexOf(settings.value.theme) + 1) % THEMES.length] ?? "system";
    settings.value = { ...settings.value, theme };
  },
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const target = event.target instanceof Element ? event.target : null;
  if (event.key === "Escape") {
    if (state.view.value.wall) state.show({ wall: false });
    document.querySelector<HTMLElement>(".board-list")?.focus();
    return;
  }
  if (target?.closest("input") || (event.key === "Enter" && target?.closest("a, button"))) return;
  const action = KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

const host = document.getElementById("app");
if (host) {
  state.start();
  render(<RunsPage />, host);
}
