// Viewer: joins a page's state (App) with the pane, the search and the keys; each page puts its own chrome around them.
import { computed, effect } from "@preact/signals";
import type { App } from "./app";
import { copyText } from "./clipboard";
import { lineFields } from "./fields";
import { Finder } from "./finder";
import { markerFor } from "./highlight";
import { commandOf, type Command } from "./keys";
import { LogPane, type PaneOptions } from "./log_pane";
import { loadPage, pageUrl } from "./page";
import type { Level, LogRecord } from "./record";
import type { DetailActions } from "./record_details";
import type { Direction } from "./search";
import { baseName } from "./stream_catalog";
import { TimeText } from "./time_text";
import { EVERYTHING, globFor, isFiltered } from "./view";
import { change, nextTheme, openTimeField } from "./view_menu";

const CALM_RATE = 500;

/** As the server sends it. */
function jsonOf(record: LogRecord): string {
  const { kind: _kind, style: _style, fields, ...rest } = record;
  return JSON.stringify(fields ? { ...rest, fields } : rest);
}

export class Viewer {
  /** What the page puts the pane into its chrome with. */
  readonly host = document.createElement("div");
  readonly pane: LogPane;
  readonly finder: Finder;
  /** Keys that mean something else, or anything at all, on this page only. */
  readonly own: Partial<Record<Command, () => void>> = {};

  private wanted: number | null = null;
  private seeking = false;
  /** Few enough lines a second that one could read them. */
  private readonly calm = computed(() => this.app.rate.value <= CALM_RATE);
  private readonly actions: DetailActions;

  /** `showFile`: there may be several. */
  constructor(
    private readonly app: App,
    private readonly showFile: boolean,
  ) {
    const { follower } = app;
    this.actions = this.makeActions();
    this.finder = new Finder(app, () => (follower.paused ? (this.pane.placeRecord()?.id ?? "") : ""), (id) => this.showMatch(id));
    this.host.className = "pane-slot";
    this.pane = new LogPane(this.host, follower, app.pager, this.paneOptions());
    this.joinPane();
    effect(() => this.takeSettings());
    addEventListener("keydown", (event) => this.onKey(event));
  }

  private joinPane(): void {
    const { app, pane } = this;
    pane.onFlush = () => app.publish();
    pane.onOpen = (record) => void this.completeFields(record);
    pane.onSeek = (fraction) => void this.seek(fraction);
    pane.onLeave = () => (this.wanted = null);
    app.onChange = () => pane.schedule();
    app.onJump = (id, choose) => pane.showPlace(id === "" ? null : pane.find(id), choose);
    app.topRecord = () => pane.topRecord();
    // A selection over several rows is copied as the lines themselves, without the columns beside them.
    pane.root.addEventListener("copy", (event) => {
      const records = pane.selectedRecords();
      if (records.length < 2) return;
      event.clipboardData?.setData("text/plain", records.map((record) => `${record.line}\n`).join(""));
      event.preventDefault();
    });
  }

  private takeSettings(): void {
    const { app, pane } = this;
    // Names change when files come and go: rows then show the new ones.
    void [...app.fileNames.value.values()].join("\n");
    const { showTime, showLevel, showFile } = app.settings.value;
    pane.root.classList.toggle("no-time", !showTime);
    pane.root.classList.toggle("no-level", !showLevel);
    pane.root.classList.toggle("no-file", !showFile || !this.showFile);
    pane.setOptions(this.paneOptions());
  }

  private paneOptions(): PaneOptions {
    const { app, finder } = this;
    const settings = app.settings.value;
    const { greps, ignoreCase, columns } = app.view.value;
    const patterns = [...greps, app.draft.value, finder.shown.value ? finder.text.value : ""].filter((one) => one !== "");
    const markers = patterns.flatMap((pattern) => markerFor(pattern, ignoreCase) ?? []);
    const context = {
      markers,
      tinted: this.calm.value,
      time: new TimeText(settings.utc),
      columns,
      filtered: isFiltered(app.shownView),
      labelOf: (record: LogRecord) => app.fileNames.peek().get(record.file) ?? baseName(record.file),
      actions: this.actions,
    };
    return { context, wrap: settings.wrap };
  }

  private makeActions(): DetailActions {
    const { app } = this;
    return {
      copyLine: (record) => void this.copy(record.line, "Line"),
      copyJson: (record) => void this.copy(jsonOf(record), "Record"),
      copyLink: (record) => void this.copy(app.linkTo(record), "Link"),
      include: (condition) => void app.addCondition(condition),
      exclude: (condition) => void app.addCondition(`not ${condition}`),
      inContext: (record) => void app.showAround(record.id),
      onlyFile: (record) => void app.show({ streams: [], files: [globFor(record.file)] }),
      toggleColumn: (name) => app.toggleColumn(name),
      fillHole: (from) => void app.goTo({ kind: "after", id: from }),
    };
  }

  async copy(text: string, what: string): Promise<void> {
    this.app.say((await copyText(text)) ? `${what} copied` : "The browser did not allow copying");
  }

  /** What is selected, or the record under the cursor, as a line of JSON each. */
  private copySelectionAsJson(): void {
    const selected = this.pane.selectedRecords();
    const records = selected.length > 0 ? selected : [this.cursorRecord()].filter((one): one is LogRecord => one !== null);
    if (records.length === 0) this.app.say("Select lines first, or choose a record (j, k or a click)");
    else void this.copy(records.map((record) => `${jsonOf(record)}\n`).join(""), records.length === 1 ? "Record" : `${records.length} records`);
  }

  /** While the thumb is dragged one page is asked for after the other, each for where the thumb is by then. */
  private async seek(fraction: number): Promise<void> {
    this.wanted = fraction;
    if (this.seeking) return;
    this.seeking = true;
    while (this.wanted !== null) {
      const at: number = this.wanted;
      this.wanted = null;
      await this.app.goTo({ kind: "at", fraction: at });
    }
    this.seeking = false;
  }

  /** Fields that this page cannot find in the line itself, of access logs say, are the server's to tell. */
  private async completeFields(record: LogRecord): Promise<void> {
    if (record.fields !== null || lineFields(record.line).length > 0) return;
    const url = new URL(pageUrl(this.app.base, { ...EVERYTHING, columns: ["*"] }, { kind: "around", id: record.id }, 1));
    const result = await loadPage(url.href, new AbortController().signal);
    const found = result.kind === "page" ? result.page.records.find(({ id }) => id === record.id) : undefined;
    if (!found?.fields) return;
    record.fields = found.fields;
    this.pane.refresh(record);
  }

  /** Brings a match into sight: here if it is here, else with its surroundings from history. */
  showMatch(id: string): void {
    const here = this.pane.find(id);
    if (here !== null) {
      this.app.follower.pause();
      this.pane.setCursor(here);
    } else {
      void this.app.goTo({ kind: "around", id }, /*choose=*/ true);
    }
  }

  /** The next or previous record of a level. */
  private nextOfLevel(level: Level, direction: Direction): void {
    const { finder } = this;
    const { wanted } = finder;
    if (wanted?.pattern === "" && wanted.level === level) finder.step(direction);
    else finder.start({ pattern: "", level }, direction);
  }

  private cursorRecord(): LogRecord | null {
    const { cursor } = this.pane;
    const item = cursor === null ? undefined : this.app.follower.window.get(cursor);
    return item?.kind === "log" ? item : null;
  }

  private withRecord(action: (record: LogRecord) => void): void {
    const record = this.cursorRecord();
    if (record) action(record);
    else this.app.say("Choose a record first (j, k or a click)");
  }

  private readonly commands: Record<Command, () => void> = {
    filter: () => document.getElementById("filter")?.focus(),
    "find-newer": () => this.finder.open(this.app.follower.paused ? "newer" : "older"),
    "find-older": () => this.finder.open("older"),
    next: () => this.finder.next(/*back=*/ false),
    previous: () => this.finder.next(/*back=*/ true),
    "older-error": () => this.nextOfLevel("error", "older"),
    "newer-error": () => this.nextOfLevel("error", "newer"),
    timeline: () => undefined,
    metrics: () => undefined,
    time: () => openTimeField(),
    "half-down": () => this.app.follower.paused && this.pane.scrollBy(this.pane.root.clientHeight / 2),
    "half-up": () => this.pane.scrollBy(-this.pane.root.clientHeight / 2),
    live: () => this.pane.toEnd(),
    pause: () => (this.app.follower.paused ? this.pane.toEnd() : this.app.follower.pause()),
    top: () => this.pane.toTop(),
    down: () => this.pane.moveCursor(1),
    up: () => this.pane.moveCursor(-1),
    open: () => this.pane.cursor !== null && this.pane.toggle(this.pane.cursor),
    "page-down": () => this.app.follower.paused && this.pane.page(1),
    "page-up": () => this.pane.page(-1),
    copy: () => this.withRecord(this.actions.copyLine),
    "copy-json": () => this.copySelectionAsJson(),
    link: () => this.withRecord(this.actions.copyLink),
    wrap: () => change(this.app, { wrap: !this.app.settings.value.wrap }),
    streams: () => change(this.app, { showStreams: !this.app.settings.value.showStreams }),
    theme: () => nextTheme(this.app),
    help: () => (this.app.helpShown.value = true),
    leave: () => {
      if (this.finder.shown.value) this.finder.close();
      this.pane.root.focus();
    },
  };

  private onKey(event: KeyboardEvent): void {
    const command = commandOf(event);
    if (command === null) return;
    event.preventDefault();
    (this.own[command] ?? this.commands[command])();
  }
}
