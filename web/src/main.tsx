// The viewer's page: joins the state (App), the pane (LogPane), the chrome and the keys.
import "./early_page"; // first: what it asks for is under way while the others are evaluated
import "./styles/index.css";
import alertIcon from "./icon_alert.svg";
import { computed, effect } from "@preact/signals";
import { render } from "preact";
import { App } from "./app";
import { Chrome } from "./chrome";
import { copyText } from "./clipboard";
import { lineFields } from "./fields";
import { Finder } from "./finder";
import { markerFor } from "./highlight";
import { commandOf, type Command } from "./keys";
import { LogPane, type PaneOptions } from "./log_pane";
import { loadPage, pageUrl } from "./page";
import type { LogRecord } from "./record";
import type { DetailActions } from "./record_details";
import { baseName } from "./stream_catalog";
import type { Level } from "./record";
import type { Direction } from "./search";
import { TimeText } from "./time_text";
import { Timeline } from "./timeline";
import { markMoment } from "./timeline_strip";
import { EVERYTHING, globFor, isFiltered, searchOf } from "./view";
import { change, nextTheme, openTimeField } from "./view_menu";

const CALM_RATE = 500;

const app = new App();
const { follower } = app;

async function copy(text: string, what: string): Promise<void> {
  app.say((await copyText(text)) ? `${what} copied` : "The browser did not allow copying");
}

/** This view, open at this record. */
function linkTo(record: LogRecord): string {
  const view = { ...app.view.value, since: "", from: "" };
  return new URL(`./${searchOf(view, record.id)}`, app.base).href;
}

/** As the server sends it. */
function jsonOf(record: LogRecord): string {
  const { kind: _kind, style: _style, fields, ...rest } = record;
  return JSON.stringify(fields ? { ...rest, fields } : rest);
}

/** What is selected, or the record under the cursor, as a line of JSON each. */
function copySelectionAsJson(): void {
  const selected = pane.selectedRecords();
  const records = selected.length > 0 ? selected : [cursorRecord()].filter((one): one is LogRecord => one !== null);
  if (records.length === 0) app.say("Select lines first, or choose a record (j, k or a click)");
  else void copy(records.map((record) => `${jsonOf(record)}\n`).join(""), records.length === 1 ? "Record" : `${records.length} records`);
}

const actions: DetailActions = {
  copyLine: (record) => void copy(record.line, "Line"),
  copyJson: (record) => void copy(jsonOf(record), "Record"),
  copyLink: (record) => void copy(linkTo(record), "Link"),
  include: (condition) => void app.addCondition(condition),
  exclude: (condition) => void app.addCondition(`not ${condition}`),
  inContext: (record) => void app.showAround(record.id),
  onlyFile: (record) => void app.show({ streams: [], files: [globFor(record.file)] }),
  toggleColumn: (name) => app.toggleColumn(name),
  fillHole: (from) => void app.goTo({ kind: "after", id: from }),
};

/** Few enough lines a second that one could read them. */
const calm = computed(() => app.rate.value <= CALM_RATE);

function paneOptions(): PaneOptions {
  const settings = app.settings.value;
  const { greps, ignoreCase, columns } = app.view.value;
  const patterns = [...greps, app.draft.value, finder.shown.value ? finder.text.value : ""].filter((one) => one !== "");
  const markers = patterns.flatMap((pattern) => markerFor(pattern, ignoreCase) ?? []);
  const context = {
    markers,
    tinted: calm.value,
    time: new TimeText(settings.utc),
    columns,
    filtered: isFiltered(app.shownView),
    labelOf: (record: LogRecord) => app.fileNames.peek().get(record.file) ?? baseName(record.file),
    actions,
  };
  return { context, wrap: settings.wrap };
}

const timeline = new Timeline(app);
app.onRest = (time) => follower.paused && timeline.reveal(time);
const finder = new Finder(app, () => (follower.paused ? (pane.placeRecord()?.id ?? "") : ""), showMatch);

const paneHost = document.createElement("div");
paneHost.className = "pane-slot";
const pane = new LogPane(paneHost, follower, app.pager, paneOptions());
pane.onFlush = () => app.publish();
let wanted: number | null = null;
let seeking = false;
/** While the thumb is dragged one page is asked for after the other, each for where the thumb is by then. */
async function seek(fraction: number): Promise<void> {
  wanted = fraction;
  if (seeking) return;
  seeking = true;
  while (wanted !== null) {
    const at: number = wanted;
    wanted = null;
    await app.goTo({ kind: "at", fraction: at });
  }
  seeking = false;
}
/** Fields that this page cannot find in the line itself, of access logs say, are the server's to tell. */
pane.onOpen = async (record) => {
  if (record.fields !== null || lineFields(record.line).length > 0) return;
  const url = new URL(pageUrl(app.base, { ...EVERYTHING, columns: ["*"] }, { kind: "around", id: record.id }, 1));
  const result = await loadPage(url.href, new AbortController().signal);
  const found = result.kind === "page" ? result.page.records.find(({ id }) => id === record.id) : undefined;
  if (!found?.fields) return;
  record.fields = found.fields;
  pane.refresh(record);
};
pane.onSeek = (fraction) => void seek(fraction);
pane.onLeave = () => (wanted = null);
app.onChange = () => pane.schedule();
pane.onHover = (record) => markMoment(record ? Date.parse(record.time ?? record.arrived ?? "") / 1_000 : null);
effect(() => pane.markTime(timeline.hovered.value));
app.onJump = (id, choose) => pane.showPlace(id === "" ? null : pane.find(id), choose);
app.topRecord = () => pane.topRecord();

const namesInUse = computed(() => [...app.fileNames.value.values()].join("\n"));
effect(() => {
  // Names change when files come and go: rows then show the new ones.
  void namesInUse.value;
  const { showTime, showLevel, showFile } = app.settings.value;
  pane.root.classList.toggle("no-time", !showTime);
  pane.root.classList.toggle("no-level", !showLevel);
  pane.root.classList.toggle("no-file", !showFile);
  pane.setOptions(paneOptions());
});

const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
const calmIcon = icon?.getAttribute("href") ?? "";
effect(() => {
  // Read once a second at most: the icon follows errors that nobody has seen yet.
  const href = app.unseenErrors.value > 0 ? alertIcon : calmIcon;
  if (icon && icon.getAttribute("href") !== href) icon.setAttribute("href", href);
});

effect(() => {
  const { view, unseenErrors } = app;
  const what = [...view.value.streams, ...view.value.files.map(baseName)].join(", ");
  const errors = unseenErrors.value > 0 ? `(${unseenErrors.value}) ` : "";
  document.title = `${errors}${what ? `${what} · ` : ""}Tailwater`;
});

/** Brings a match into sight: here if it is here, else with its surroundings from history. */
function showMatch(id: string): void {
  const here = pane.find(id);
  if (here !== null) {
    follower.pause();
    pane.setCursor(here);
  } else {
    void app.goTo({ kind: "around", id }, /*choose=*/ true);
  }
}

/** The next or previous record of a level. */
function nextOfLevel(level: Level, direction: Direction): void {
  const { wanted } = finder;
  if (wanted?.pattern === "" && wanted.level === level) finder.step(direction);
  else finder.start({ pattern: "", level }, direction);
}

function find(direction: Direction): void {
  finder.open(direction);
}

function cursorRecord(): LogRecord | null {
  const item = pane.cursor === null ? undefined : follower.window.get(pane.cursor);
  return item?.kind === "log" ? item : null;
}

function withRecord(action: (record: LogRecord) => void): void {
  const record = cursorRecord();
  if (record) action(record);
  else app.say("Choose a record first (j, k or a click)");
}

const commands: Record<Command, () => void> = {
  filter: () => document.getElementById("filter")?.focus(),
  "find-newer": () => find(follower.paused ? "newer" : "older"),
  "find-older": () => find("older"),
  next: () => finder.next(/*back=*/ false),
  previous: () => finder.next(/*back=*/ true),
  "older-error": () => nextOfLevel("error", "older"),
  "newer-error": () => nextOfLevel("error", "newer"),
  timeline: () => change(app, { showTimeline: !app.settings.value.showTimeline }),
  metrics: () => change(app, { showTimeline: true, showMetrics: !app.settings.value.showMetrics || !app.settings.value.showTimeline }),
  time: () => openTimeField(),
  "half-down": () => follower.paused && pane.scrollBy(pane.root.clientHeight / 2),
  "half-up": () => pane.scrollBy(-pane.root.clientHeight / 2),
  live: () => pane.toEnd(),
  pause: () => (follower.paused ? pane.toEnd() : follower.pause()),
  top: () => pane.toTop(),
  down: () => pane.moveCursor(1),
  up: () => pane.moveCursor(-1),
  open: () => pane.cursor !== null && pane.toggle(pane.cursor),
  "page-down": () => follower.paused && pane.page(1),
  "page-up": () => pane.page(-1),
  copy: () => withRecord(actions.copyLine),
  "copy-json": () => copySelectionAsJson(),
  link: () => withRecord(actions.copyLink),
  wrap: () => change(app, { wrap: !app.settings.value.wrap }),
  streams: () => change(app, { showStreams: !app.settings.value.showStreams }),
  theme: () => nextTheme(app),
  help: () => (app.helpShown.value = true),
  leave: () => {
    if (finder.shown.value) finder.close();
    pane.root.focus();
  },
};

// A selection over several rows is copied as the lines themselves, without the columns beside them.
pane.root.addEventListener("copy", (event) => {
  const records = pane.selectedRecords();
  if (records.length < 2) return;
  event.clipboardData?.setData("text/plain", records.map((record) => `${record.line}\n`).join(""));
  event.preventDefault();
});

addEventListener("keydown", (event) => {
  const command = commandOf(event);
  if (command === null) return;
  event.preventDefault();
  commands[command]();
});

const host = document.getElementById("app");
if (host) {
  app.start();
  render(<Chrome app={app} timeline={timeline} finder={finder} pane={paneHost} onLive={() => pane.toEnd()} />, host);
  pane.root.focus();
}
