// Follower: what one page follows. It owns the link to the server and the window of items, and decides what happens
// to records that arrive while the reader is elsewhere. Nothing is lost by pausing: items go on into the window as
// long as it can drop older ones that are not being read; then it notes the last position kept and only counts, and
// reads on from that position when asked. No DOM here; `onChange` is called after every change, often.
import { DEFAULT_LIMITS, RecordWindow, type WindowLimits } from "./record_window";
import { decodeFileChange, decodeGap, decodeRecords, parseFields, type Item, type LogRecord } from "./record";
import { segmentsOf, type Style } from "./line_text";
import type { LinkSink, LinkState } from "./event_link";
import { parametersOf, type View } from "./view";

/** How many records a first connection asks for. */
const BACKLOG = 1_000;
/** What went by during a pause is read again if it fits the window; beyond that the view jumps to the end. */
const MOST_READ_AGAIN = 15_000;

export interface OpenLink {
  close(): void;
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

  private link: OpenLink | null = null;
  private view: View | null = null;
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
  /** Records that arrived since the pause began, held or not. */
  get newRecords(): number {
    return this.paused ? this.kept + this.missed + this.readingAgain : 0;
  }

  /** Starts over with another view. One that says where it starts opens paused there. */
  open(view: View): void {
    this.view = view;
    this.clearWindow();
    this.paused = view.from !== "" || view.since !== "";
    this.kept = 0;
    this.readingAgain = 0;
    this.protectedFrom = this.window.end;
    this.startLink("", BACKLOG);
    this.onChange();
  }

  close(): void {
    this.link?.close();
    this.link = null;
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
    if (missed > MOST_READ_AGAIN) this.jumpToEnd(missed);
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

  /** Reads on from the position before a hole, paused there. */
  fillHole(from: string): void {
    this.clearWindow();
    this.paused = true;
    this.kept = 0;
    this.readingAgain = 0;
    this.protectedFrom = this.window.end;
    this.startLink(from, 0);
    this.onChange();
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
    this.lastKeptId = resumeAfter;
    this.caughtUp = false;
    this.known = null;
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
    if (type === "log" || type === "lines") this.onRecords(data, id);
    else if (type === "gap") this.onGap(data, id);
    else if (type === "file") this.onFileChange(data);
    else if (type === "hello") this.onHello(data);
    else if (type === "caught-up") {
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

  /** Colours last over line ends until they are reset, as on a terminal; but a filter may have taken the reset. */
  private carryStyle(record: LogRecord): void {
    const filtered = this.view && (this.view.level || this.view.greps.length + this.view.excludes.length > 0);
    record.style = this.styles.get(record.file) ?? null;
    if (filtered || (record.style === null && !record.line.includes("\x1b"))) return;
    const { end } = segmentsOf(record.line, record.style);
    if (end) this.styles.set(record.file, end);
    else this.styles.delete(record.file);
  }

  private countLive(record: LogRecord): void {
    this.arrived += 1;
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
    const isRecord = item.kind === "log";
    if (!this.detached_ && this.window.push(item, this.paused ? this.protectedFrom : Infinity)) {
      if (item.id !== "") this.lastKeptId = item.id;
      if (this.paused && isRecord) this.kept += 1;
      return;
    }
    this.detached_ = true;
    if (isRecord) this.missed += 1;
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
