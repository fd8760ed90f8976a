// The viewer's page: joins the state (App), the pane (LogPane), the chrome and the keys.
import "./styles.css";
import alertIcon from "./icon_alert.svg";
import { computed, effect } from "@preact/signals";
import { render } from "preact";
import { App } from "./app";
import { Chrome } from "./chrome";
import { copyText } from "./clipboard";
import { markerFor } from "./highlight";
import { commandOf, type Command } from "./keys";
import { LogPane, type PaneOptions } from "./log_pane";
import type { LogRecord } from "./record";
import type { DetailActions } from "./record_details";
import { baseName } from "./stream_catalog";
import { TimeText } from "./time_text";
import { globFor, searchOf } from "./view";
import { change, nextTheme } from "./view_menu";

const app = new App();
const { follower } = app;

async function copy(text: string, what: string): Promise<void> {
  app.say((await copyText(text)) ? `${what} copied` : "The browser did not allow copying");
}

/** A view that begins with this record: it starts just past the one before it. */
function linkTo(record: LogRecord): string {
  let before = "";
  for (let at = follower.window.first; at < follower.window.end; at += 1) {
    const item = follower.window.get(at);
    if (item === record) break;
    if (item && item.id !== "") before = item.id;
  }
  const view = { ...app.view.value, since: "", from: before || record.id };
  return new URL(`./${searchOf(view)}`, app.base).href;
}

const actions: DetailActions = {
  copyLine: (record) => void copy(record.line, "Line"),
  copyJson: (record) => {
    const { kind: _kind, style: _style, ...facts } = record;
    void copy(JSON.stringify(facts), "Record");
  },
  copyLink: (record) => void copy(linkTo(record), "Link"),
  include: (pattern) => void app.addPattern("greps", pattern),
  exclude: (pattern) => void app.addPattern("excludes", pattern),
  onlyFile: (record) => void app.show({ streams: [], files: [globFor(record.file)] }),
  toggleColumn: (name) => app.toggleColumn(name),
  fillHole: (from) => {
    follower.fillHole(from);
    pane.showStart();
  },
};

function paneOptions(): PaneOptions {
  const settings = app.settings.value;
  const { greps, ignoreCase, columns } = app.view.value;
  const patterns = app.draft.value === "" ? greps : [...greps, app.draft.value];
  const markers = patterns.flatMap((pattern) => markerFor(pattern, ignoreCase) ?? []);
  const context = {
    markers,
    time: new TimeText(settings.utc),
    columns,
    labelOf: (record: LogRecord) => app.fileNames.peek().get(record.file) ?? baseName(record.file),
    actions,
  };
  return { context, wrap: settings.wrap };
}

const paneHost = document.createElement("div");
paneHost.className = "pane-slot";
const pane = new LogPane(paneHost, follower, paneOptions());
pane.onFlush = () => app.publish();
app.onChange = () => pane.schedule();

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
  live: () => pane.toEnd(),
  pause: () => (follower.paused ? pane.toEnd() : follower.pause()),
  top: () => pane.toTop(),
  down: () => pane.moveCursor(1),
  up: () => pane.moveCursor(-1),
  open: () => pane.cursor !== null && pane.toggle(pane.cursor),
  "page-down": () => follower.paused && pane.page(1),
  "page-up": () => pane.page(-1),
  copy: () => withRecord(actions.copyLine),
  link: () => withRecord(actions.copyLink),
  wrap: () => change(app, { wrap: !app.settings.value.wrap }),
  streams: () => change(app, { showStreams: !app.settings.value.showStreams }),
  theme: () => nextTheme(app),
  help: () => (app.helpShown.value = true),
  leave: () => pane.root.focus(),
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
  render(<Chrome app={app} pane={paneHost} onLive={() => pane.toEnd()} />, host);
  app.start();
  pane.root.focus();
}
