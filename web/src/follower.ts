// Follower: what one page follows. It owns the link to the server and the window of items, and decides what happens
// to records that arrive while the reader is elsewhere. Nothing is lost by pausing: items go on into the window as
// long as it can drop older ones that are not being read; then it notes the last position kept and only counts, and
// reads on from that position when asked. The window may also be somewhere in history, where the Pager put it: then it
// is detached in the same way, and the link goes on counting. No DOM here; `onChange` is called after every change.
import { FirstLook } from "./first_look";
import { DEFAULT_LIMITS, RecordWindow, type WindowLimits } from "./record_window";
import { decodeFileChange, decodeGap, decodeRecords, parseFields, type Item, type LogRecord } from "./record";
import { segmentsOf, type Style } from "./line_text";
import type { LinkSink, LinkState } from "./event_link";
import { isFiltered, parametersOf, type View } from "./view";

/** How many records a first connection asks for. */
const BACKLOG = 1_000;
/** What went by during a pause is read again if it fits the window; beyond that the view jumps to the end. */
const MOST_READ_AGAIN = 15_000;

export interface OpenLink {
  close(): void;
  /** Connects anew, just past what has come: the connection may be dead without anybody having noticed. */
  reopen(): void;
}
export type MakeLink = (url: string, resumeAfter: string, sink: LinkSink) => OpenLink;

export interface Hello {
  readonly version: string;
  readonly server: string;
}

export class Follower {
  readonly window: RecordWindow;
  linkState: LinkState = { kind: "connecting" };
  /** The backlog is through. */
  caughtUp = false;
  paused = false;
  /** Live records so far, for rates. */
  arrived = 0;
  errorsArrived = 0;
  hello: Hello | null = null;
  /** Set by the pane each frame: items at or after this sequence number are being read. Holds during a pause. */
  protectedFrom = Infinity;
  /** The same for items before this one, which older pages must not push out. */
  protectedBefore = -Infinity;
  /** Told of each live record, shown or not. */
  onLive: (record: LogRecord) => void = () => undefined;
  /** Told of each state of the view's run. */
  onRun: (data: string) => void = () => undefined;
  /** Somewhere in history: how far the live end is from here is not known. */
  away = false;

  private link: OpenLink | null = null;
  view: View | null = null;
  private lastKeptId = "";
  /** The window could take no more: what arrives comes after `lastKeptId` and is only counted, in `missed`. */
  private detached_ = false;
  private missed = 0;
  /** Records since the pause began that the window holds. */
  private kept = 0;
  /** The sequence number at which this view's first item came. */
  private began = 0;
  /** Of what is being read again after a detachment, how many are still to come. */
  private readingAgain = 0;
  /** After a gap whose position was unknown the server sends its backlog again: skip what is already held. */
  private known: Set<string> | null = null;
  /** The window shows the newest records although the link has brought none yet. */
  private firstLook: FirstLook | null = null;
  /** When the last event came. */
  private heardAt = 0;
  /** Per file the colours in which its last line ended. */
  private readonly styles = new Map<string, Style>();

  constructor(
    private readonly base: string,
    private readonly onChange: () => void,
    private readonly makeLink: MakeLink,
    limits: WindowLimits = DEFAULT_LIMITS,
  ) {
    this.window = new RecordWindow(limits);
  }

  /** The window has let go of older records of this view. */
  get trimmed(): boolean {
    return this.window.first > this.began;
  }
  get detached(): boolean {
    return this.detached_;
  }
  /** The window begins with the first of all records, as far as the backlog tells: it was shorter than was asked for. */
  get hasAll(): boolean {
    return this.caughtUp && !this.detached_ && !this.trimmed && !this.view?.from && !this.view?.since && this.window.size < BACKLOG;
  }
  /** The position after which the window's newer neighbours come. */
  get lastId(): string {
    return this.lastKeptId;
  }
  /** The position of the oldest record here, or "". */
  get firstId(): string {
    return this.firstRecord()?.id ?? "";
  }
  /** Its time in milliseconds; NaN if there is none. */
  get oldestTime(): number {
    const record = this.firstRecord();
    return Date.parse(record?.time ?? record?.arrived ?? "");
  }
  /** Records that arrived since the pause began, held or not. */
  get newRecords(): number {
    return this.paused ? this.kept + this.missed + this.readingAgain : 0;
  }

  /** Starts over with another view. One that says where it starts opens paused there; `elsewhere`, detached and empty. */
  open(view: View, elsewhere = false): void {
    this.view = view;
    this.clearWindow();
    this.paused = elsewhere || view.from !== "" || view.since !== "";
    this.kept = 0;
    this.readingAgain = 0;
    this.protectedFrom = this.window.end;
    this.startLink("", elsewhere ? 0 : BACKLOG);
    this.detached_ = elsewhere;
    this.away = elsewhere;
    this.onChange();
  }

  /** Shows the newest records at once; the link's backlog will hold them, too. */
  preview(records: readonly LogRecord[]): void {
    if (this.caughtUp || this.detached_ || this.window.size > 0 || records.length === 0) return;
    for (const record of records) this.window.push(record);
    this.firstLook = new FirstLook();
    this.onChange();
  }

  close(): void {
    this.link?.close();
    this.link = null;
  }

  /** The server was just found to be out of reach: a link that seems well, but was silent so long, has not noticed yet. */
  doubtLink(silentMs: number): void {
    if (this.linkState.kind !== "open" || performance.now() - this.heardAt < silentMs) return;
    this.heardAt = performance.now();
    this.link?.reopen();
  }

  pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.kept = 0;
    this.onChange();
  }

  /** Back to the live end, with everything in between if that fits the window. */
  goLive(): void {
    const missed = this.missed + this.readingAgain;
    this.paused = false;
    this.kept = 0;
    if (this.away) this.leaveHistory();
    else if (missed > MOST_READ_AGAIN) this.jumpToEnd(missed);
    else if (this.detached_) this.readOn();
    this.onChange();
  }

  /** Reads on where the window stopped taking records; still paused if it was. */
  readOn(): void {
    if (!this.detached_) return;
    this.readingAgain = this.missed;
    this.startLink(this.lastKeptId, 0);
    this.onChange();
  }

  /** Shows a page of history instead of what is here; the link goes on counting what arrives. */
  replaceWith(items: readonly Item[]): void {
    this.missed += this.kept;
    this.kept = 0;
    this.readingAgain = 0;
    this.clearWindow();
    this.paused = true;
    this.detached_ = true;
    this.away = true;
    this.protectedFrom = this.window.end;
    this.lastKeptId = "";
    this.putAfter(items);
  }

  /** Puts older items in front. If the newest had to go for them, the window is detached from the live end. */
  putBefore(items: readonly Item[]): void {
    const { end } = this.window;
    for (let at = items.length - 1; at >= 0; at -= 1) {
      if (!this.window.prepend(items[at] as Item, this.protectedBefore)) break;
    }
    this.began = Math.min(this.began, this.window.first);
    const dropped = end - this.window.end;
    if (dropped > 0) {
      const counted = Math.min(dropped, this.kept);
      this.kept -= counted;
      this.missed += counted;
      this.detached_ = true;
      this.away = true;
      this.lastKeptId = this.newestId();
    }
    this.onChange();
  }

  /** The window begins with the first of all records. */
  noteStart(): void {
    this.began = this.window.first;
  }

  /** Puts newer items behind, of a window that is detached. */
  putAfter(items: readonly Item[]): void {
    for (const item of items) {
      if (!this.window.push(item, this.protectedFrom)) break;
      if (item.id !== "") this.lastKeptId = item.id;
    }
    this.onChange();
  }

  /** The window's end is the live end, as a page said: from here on the link brings what follows. */
  attach(): void {
    this.away = false;
    this.startLink(this.lastKeptId, 0);
    this.onChange();
  }

  private firstRecord(): LogRecord | null {
    for (let at = this.window.first; at < this.window.end; at += 1) {
      const item = this.window.get(at);
      if (item?.kind === "log" && item.id !== "") return item;
    }
    return null;
  }

  private newestId(): string {
    for (let at = this.window.end - 1; at >= this.window.first; at -= 1) {
      const id = this.window.get(at)?.id;
      if (id) return id;
    }
    return "";
  }

  private leaveHistory(): void {
    this.clearWindow();
    this.readingAgain = 0;
    this.startLink("", BACKLOG);
  }

  private clearWindow(): void {
    this.window.clear();
    this.began = this.window.first;
  }

  private jumpToEnd(missed: number): void {
    const from = this.lastKeptId;
    const text = `${missed.toLocaleString("en")} records arrived during the pause and are not shown`;
    this.clearWindow();
    this.window.push({ kind: "hole", id: "", text, from });
    this.readingAgain = 0;
    this.startLink("", BACKLOG);
  }

  private startLink(resumeAfter: string, tail: number): void {
    this.link?.close();
    this.missed = 0;
    this.detached_ = false;
    this.away = false;
    this.lastKeptId = resumeAfter;
    this.caughtUp = false;
    this.known = null;
    this.firstLook = null;
    this.styles.clear();
    if (!this.view) return;
    const url = new URL("api/events", this.base);
    url.search = parametersOf(this.view).toString();
    if (!this.view.from && !this.view.since) url.searchParams.set("tail", String(tail));
    url.searchParams.set("batch", "1");
    this.link = this.makeLink(url.href, resumeAfter, {
      onState: (state) => {
        this.linkState = state;
        this.onChange();
      },
      onEvent: (type, data, id) => {
        this.onEvent(type, data, id);
        this.onChange();
      },
    });
  }

  private onEvent(type: string, data: string, id: string): void {
    this.heardAt = performance.now();
    if (type === "log" || type === "lines") this.onRecords(data, id);
    else if (type === "gap") this.onGap(data, id);
    else if (type === "file") this.onFileChange(data);
    else if (type === "hello") this.onHello(data);
    else if (type === "run") this.onRun(data);
    else if (type === "caught-up") {
      this.endFirstLook();
      this.caughtUp = true;
      this.known = null;
    }
  }

  private onRecords(data: string, id: string): void {
    for (const record of decodeRecords(data, id)) {
      if (this.known?.has(record.id)) continue;
      if (this.readingAgain > 0) this.readingAgain -= 1;
      else if (this.caughtUp) this.countLive(record);
      this.carryStyle(record);
      this.keep(record);
    }
  }

  private carryStyle(record: LogRecord): void {
    if (!this.view || !isFiltered(this.view)) carryStyle(this.styles, record);
  }

  private countLive(record: LogRecord): void {
    this.arrived += 1;
    this.onLive(record);
    if (record.level === "error" || record.level === "critical") this.errorsArrived += 1;
  }

  private onGap(data: string, id: string): void {
    this.styles.clear();
    this.keep(decodeGap(data, id));
    const reason = parseFields(data)?.["reason"];
    if (reason === "unknown-id" || reason === "journal" || reason === "evicted") this.known = this.heldIds();
  }

  private onFileChange(data: string): void {
    // That files came to be is news when it happens, and noise in what is past.
    if (!this.caughtUp && parseFields(data)?.["change"] === "appeared") return;
    this.keep(decodeFileChange(data));
  }

  private onHello(data: string): void {
    const fields = parseFields(data) ?? {};
    const text = (name: string): string => (typeof fields[name] === "string" ? fields[name] : "");
    this.hello = { version: text("version"), server: text("server") };
  }

  private keep(item: Item): void {
    if (this.firstLook) {
      this.firstLook.backlog.push(item);
      if (this.firstLook.backlog.length > BACKLOG) this.endFirstLook();
      return;
    }
    const isRecord = item.kind === "log";
    if (!this.detached_ && this.window.push(item, this.paused ? this.protectedFrom : Infinity)) {
      if (item.id !== "") this.lastKeptId = item.id;
      if (this.paused && isRecord) this.kept += 1;
      return;
    }
    this.detached_ = true;
    if (isRecord) this.missed += 1;
  }

  private endFirstLook(): void {
    const look = this.firstLook;
    if (!look) return;
    this.firstLook = null;
    const around = look.around(this.window);
    if (!around) this.clearWindow();
    this.putBefore(around?.before ?? []);
    for (const item of around?.after ?? look.backlog) this.keep(item);
    this.lastKeptId = this.newestId();
  }

  private heldIds(): Set<string> {
    const ids = new Set<string>();
    for (let at = this.window.first; at < this.window.end; at += 1) {
      const id = this.window.get(at)?.id;
      if (id) ids.add(id);
    }
    return ids;
  }
}

/** Colours last over line ends until they are reset, as on a terminal; but a filter may have taken the reset. */
function carryStyle(styles: Map<string, Style>, record: LogRecord): void {
  record.style = styles.get(record.file) ?? null;
  if (record.style === null && !record.line.includes("\x1b")) return;
  const { end } = segmentsOf(record.line, record.style);
  if (end) styles.set(record.file, end);
  else styles.delete(record.file);
}

/** The records of a page with the colours that earlier lines of it left on. */
export function styleLines(records: readonly LogRecord[]): readonly LogRecord[] {
  const styles = new Map<string, Style>();
  for (const record of records) carryStyle(styles, record);
  return records;
}
