// LogPane: the scrolling list of records. Only the rows in sight exist, recycled, changed at most once a frame. Row
// heights come from a HeightIndex, so any row may be taller than the others; scroll anchoring is done here, because
// the window loses rows at its top while it grows at its end, and grows at its top as older pages come. At the live end
// the pane stays pinned to the last row. The scroll bar stands for the whole log, of which the window is a part.
import type { Follower } from "./follower";
import { HeightIndex } from "./height_index";
import { closedText, LogRow, type RowContext } from "./log_row";
import type { Pager } from "./pager";
import type { Item, LogRecord } from "./record";
import { ScrollBar, type ScrollSpan } from "./scroll_bar";

/** Pixels above and below the viewport for which rows exist. */
const OVERSCAN = 320;
/** Rows above the viewport that a pause keeps from being dropped. */
const KEPT_ABOVE = 1_000;
/** Neighbouring pages are asked for when so many viewports, or fewer, are left. */
const AHEAD = 3;
const WIDEST_LABEL = 24;
const WIDEST_COLUMN = 32;
/** A scroll this soon after the reader's own doing is the reader's. */
const INPUT_MS = 700;
/** So close to the end the thumb means the end itself. */
const NEARLY_END = 0.9995;

export interface PaneOptions {
  readonly context: RowContext;
  readonly wrap: boolean;
}

export class LogPane {
  readonly root: HTMLElement;
  /** The row of the keyboard's cursor, or null. */
  cursor: number | null = null;
  /** After each frame in which something changed. */
  onFlush: () => void = () => undefined;
  /** The reader dragged the scroll bar to a place that is not here. */
  onSeek: (fraction: number) => void = () => undefined;
  /** A record is opened. */
  onOpen: (record: LogRecord) => void = () => undefined;
  /** A row is under the pointer, or none. */
  onHover: (record: LogRecord | null) => void = () => undefined;

  private readonly bar: ScrollBar;
  private readonly spacer = document.createElement("div");
  private readonly list = document.createElement("div");
  private readonly heights = new HeightIndex();
  private rows: LogRow[] = [];
  private readonly opened = new Set<Item>();
  private frame = 0;
  private viewport = 0;
  private rowHeight = 20;
  private columns = 120;
  private setTop = 0;
  private lastInput = -Infinity;
  private wantTop: number | null = null;
  /** A click that only takes a selection away opens nothing. */
  private hadSelection = false;
  private labelWidth = 0;
  private columnWidths: number[] = [];
  private readonly resize: ResizeObserver;

  constructor(
    host: HTMLElement,
    private readonly follower: Follower,
    private readonly pager: Pager,
    private options: PaneOptions,
  ) {
    this.root = document.createElement("div");
    this.root.className = "pane";
    this.root.id = "pane";
    this.root.tabIndex = 0;
    this.root.setAttribute("role", "grid");
    this.root.setAttribute("aria-label", "Log records");
    this.root.setAttribute("aria-rowcount", "-1"); // the whole log has nobody counted
    this.spacer.className = "spacer";
    this.spacer.setAttribute("role", "presentation");
    this.list.className = "rows";
    this.list.setAttribute("role", "rowgroup");
    this.spacer.append(this.list);
    this.root.append(this.spacer);
    this.bar = new ScrollBar(this.root.id, (fraction, done) => this.onDrag(fraction, done));
    host.append(this.root, this.bar.root);
    this.root.addEventListener("scroll", () => this.onScroll(), { passive: true });
    this.root.addEventListener("wheel", (event) => this.onWheel(event), { passive: true });
    for (const name of ["wheel", "touchmove", "pointerdown", "keydown"] as const) {
      this.root.addEventListener(name, () => (this.lastInput = performance.now()), { passive: true });
    }
    this.root.addEventListener("pointerdown", () => {
      this.hadSelection = document.getSelection()?.isCollapsed === false;
    });
    this.root.addEventListener("click", (event) => this.onClick(event));
    this.root.addEventListener("pointermove", (event) => this.onPointer(event), { passive: true });
    this.root.addEventListener("pointerleave", () => this.onHover(null));
    document.addEventListener("selectionchange", () => this.onSelection());
    this.resize = new ResizeObserver(() => this.measureAll());
    this.resize.observe(this.root);
    this.setOptions(options);
  }

  setOptions(options: PaneOptions): void {
    this.options = options;
    const wrapChanged = this.root.classList.contains("wrap") !== options.wrap;
    this.root.classList.toggle("wrap", options.wrap);
    if (wrapChanged) this.measureAll();
    else this.schedule();
  }

  schedule(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.flush());
  }

  get atEnd(): boolean {
    return this.root.scrollTop + this.viewport >= this.heights.total - 2;
  }

  /** Scrolls by pixels or pages, as keys ask; upwards pauses, and the end makes it live again. */
  scrollBy(pixels: number): void {
    if (pixels < 0) this.follower.pause();
    this.wantTop = Math.max(0, this.wantTop ?? this.root.scrollTop) + pixels;
    this.schedule();
    if (this.follower.paused && this.wantTop + this.viewport >= this.heights.total - 2) this.reachEnd();
  }

  page(direction: 1 | -1): void {
    this.scrollBy(direction * Math.max(this.viewport - 2 * this.rowHeight, this.rowHeight));
  }

  toTop(): void {
    this.follower.pause();
    if (!this.pager.atStart) return this.onSeek(0);
    this.wantTop = 0;
    this.schedule();
  }

  toEnd(): void {
    this.cursor = null;
    if (this.follower.detached) this.pager.reset();
    this.follower.goLive();
    this.schedule();
  }

  /** Moves the cursor; it starts at the last row in sight (down: the first). */
  moveCursor(by: number): void {
    const { window } = this.follower;
    if (window.size === 0) return;
    this.follower.pause();
    const top = this.root.scrollTop;
    const start = by < 0 ? this.heights.rowAt(top + this.viewport - this.rowHeight) + 1 : this.heights.rowAt(top) - 1;
    this.setCursor((this.cursor ?? start) + by);
  }

  setCursor(sequence: number): void {
    const { window } = this.follower;
    const row = Math.min(Math.max(sequence, window.first), window.end - 1);
    this.cursor = row;
    const top = this.heights.offsetOf(row);
    const bottom = top + this.heights.heightOf(row);
    const shown = this.wantTop ?? this.root.scrollTop;
    if (top < shown) this.wantTop = top;
    else if (bottom > shown + this.viewport) this.wantTop = bottom - this.viewport;
    this.schedule();
  }

  /** Opens or closes a row: whole line, facts and fields. */
  toggle(sequence: number): void {
    const item = this.follower.window.get(sequence);
    if (item?.kind !== "log") return;
    if (!this.opened.delete(item)) {
      this.opened.add(item);
      this.onOpen(item);
    }
    this.follower.pause();
    this.cursor = sequence;
    this.schedule();
  }

  /** The records of the rows that a selection reaches into. */
  selectedRecords(): LogRecord[] {
    const selection = document.getSelection();
    if (!selection || selection.isCollapsed) return [];
    return this.rows.flatMap(({ root, item }) =>
      item?.kind === "log" && selection.containsNode(root, /*allowPartialContainment=*/ true) ? [item] : [],
    );
  }

  /** After the window was put elsewhere: shows `sequence`, a third down the pane, or else the window's first rows. */
  showPlace(sequence: number | null, choose: boolean): void {
    this.syncHeights();
    this.opened.clear();
    const row = sequence ?? this.follower.window.first;
    const above = sequence === null ? 0 : this.viewport / 3;
    this.wantTop = Math.max(0, this.heights.offsetOf(row) - above);
    this.cursor = choose ? row : null;
    this.schedule();
  }

  /** The sequence number of the record with this ID, if it is here. */
  find(id: string): number | null {
    const { window } = this.follower;
    for (let at = window.first; at < window.end; at += 1) {
      const item = window.get(at);
      if (item?.kind === "log" && item.id === id) return at;
    }
    return null;
  }

  /** The first record in sight. */
  topRecord(): LogRecord | null {
    const { window } = this.follower;
    if (window.size === 0) return null;
    for (let at = this.heights.rowAt(this.root.scrollTop); at < window.end; at += 1) {
      const item = window.get(at);
      if (item?.kind === "log") return item;
    }
    return null;
  }

  /** The cursor's record, else the last one in sight. */
  placeRecord(): LogRecord | null {
    const { window } = this.follower;
    const start = this.cursor ?? this.heights.rowAt(this.root.scrollTop + this.viewport - 1);
    for (let at = start; at >= window.first; at -= 1) {
      const item = window.get(at);
      if (item?.kind === "log") return item;
    }
    return null;
  }

  /** More is known of a record now. */
  refresh(record: LogRecord): void {
    this.rows.find((row) => row.item === record)?.refresh();
    this.schedule();
  }

  /** Marks the row whose time is nearest to this moment (seconds), or none; only rows in sight are looked at. */
  markTime(seconds: number | null): void {
    let best: LogRow | null = null;
    let distance = Infinity;
    for (const row of this.rows) {
      const at = row.item?.kind === "log" && seconds !== null ? Date.parse(row.item.time ?? row.item.arrived ?? "") / 1_000 : Number.NaN;
      if (Math.abs(at - (seconds ?? 0)) >= distance) continue;
      if (Number.isNaN(at)) continue;
      distance = Math.abs(at - (seconds ?? 0));
      best = row;
    }
    for (const row of this.rows) row.root.classList.toggle("moment", row === best);
  }

  private onScroll(): void {
    const top = this.root.scrollTop;
    if (Math.abs(top - this.setTop) < 1) return;
    const upwards = top < this.setTop;
    this.setTop = top;
    if (!this.follower.paused) {
      // Only the reader pauses, never the browser that corrects a scroll offset because the pane has another height now.
      if (upwards && !this.atEnd && performance.now() - this.lastInput < INPUT_MS) this.follower.pause();
    } else if (!upwards && this.atEnd) {
      this.reachEnd();
    }
    this.schedule();
  }

  private reachEnd(): void {
    if (!this.follower.detached) this.follower.goLive();
    else if (this.pager.failure !== "") this.follower.readOn();
    else void this.pager.newer();
  }

  private onDrag(fraction: number, done: boolean): void {
    this.follower.pause();
    const { window } = this.follower;
    if (this.isWhole) {
      this.wantTop = fraction * Math.max(0, this.heights.total - this.viewport);
      if (done && fraction >= 1) this.toEnd();
    } else if (done && fraction >= NEARLY_END) {
      this.toEnd();
    } else {
      const row = this.pager.positions.rowAt(fraction, window.first, window.end);
      if (row === null) this.onSeek(fraction);
      else this.wantTop = this.heights.offsetOf(row);
    }
    this.schedule();
  }

  private onPointer(event: PointerEvent): void {
    if (event.buttons !== 0) this.lastInput = performance.now();
    const root = event.target instanceof Element ? event.target.closest(".row") : null;
    const item = this.rows.find((row) => row.root === root)?.item;
    this.onHover(item?.kind === "log" ? item : null);
  }

  /** Everything that is selected is here: the scroll bar can go by pixels. */
  private get isWhole(): boolean {
    return this.pager.atStart && !this.follower.detached;
  }

  private showBar(top: number): void {
    const { window, paused, detached } = this.follower;
    if (this.bar.dragging) {
      const record = this.topRecord();
      this.bar.setPlace(record ? this.options.context.time.clock(record.time ?? record.arrived) : "");
    }
    const total = Math.max(this.heights.total, 1);
    let span: ScrollSpan = { from: top / total, size: Math.min(1, this.viewport / total) };
    if (!this.isWhole && window.size > 0) {
      const { positions } = this.pager;
      if (!detached) positions.add(window.end, 1);
      const [from, to] = [top, top + this.viewport].map((offset) => positions.of(this.heights.rowAt(offset)));
      if (from !== null && to !== null && from !== undefined && to !== undefined) {
        span = { from: paused ? from : 1 - (to - from), size: Math.max(0, to - from) };
      }
    }
    this.bar.show(span, this.viewport);
  }

  /** Asks for the neighbouring pages as the reader comes near the window's ends. */
  private lookAhead(top: number): void {
    const { follower, pager } = this;
    if (follower.trimmed && pager.atStart) pager.forgetStart();
    if (follower.hasAll) pager.atStart = true;
    if (!follower.paused || this.bar.dragging || follower.window.size === 0) return;
    if (top < AHEAD * this.viewport) void pager.older();
    const below = this.heights.total - top - this.viewport;
    if (follower.detached && below < AHEAD * this.viewport) void pager.newer();
  }

  private onWheel(event: WheelEvent): void {
    if (event.deltaY < 0 && this.heights.total > this.viewport) this.follower.pause();
  }

  private onSelection(): void {
    const selection = document.getSelection();
    if (selection && !selection.isCollapsed && this.list.contains(selection.anchorNode)) this.follower.pause();
  }

  private onClick(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target : null;
    const root = target?.closest(".row");
    const row = this.rows.find((one) => one.root === root);
    if (!row || target === null) return;
    if (target.closest("[data-action=open]")) {
      this.toggle(row.sequence);
      return;
    }
    const selecting = this.hadSelection || document.getSelection()?.isCollapsed === false;
    if (selecting || target.closest("button, .details")) return;
    if (row.item?.kind === "log") this.toggle(row.sequence);
  }

  /** Font, width or wrapping changed: every estimate is void. */
  private measureAll(): void {
    this.viewport = this.root.clientHeight;
    const style = getComputedStyle(this.root);
    this.rowHeight = Number.parseFloat(style.lineHeight) || 20;
    const probe = document.createElement("span");
    probe.className = "probe";
    probe.textContent = "0".repeat(100);
    this.list.append(probe);
    const character = probe.getBoundingClientRect().width / 100 || 8;
    probe.remove();
    const line = this.rows[0]?.root.querySelector<HTMLElement>(".line");
    // What is left beside the fixed columns; an opened row keeps to it even where lines do not wrap.
    const width = this.root.clientWidth - (line?.offsetLeft ?? 300) - 20;
    this.root.style.setProperty("--line-width", `${Math.max(width, 200)}px`);
    this.columns = Math.max(10, Math.floor(width / character));
    const anchor = this.heights.end > this.heights.first ? this.heights.rowAt(this.root.scrollTop) : null;
    this.heights.reset(this.follower.window.first);
    this.syncHeights();
    if (anchor !== null && this.follower.paused) this.wantTop = this.heights.offsetOf(anchor);
    this.schedule();
  }

  private estimate(item: Item | undefined): number {
    if (!this.options.wrap || item?.kind !== "log") return this.rowHeight;
    const { text } = closedText(item.line);
    return Math.max(1, Math.ceil(text.length / this.columns)) * this.rowHeight;
  }

  /** Brings the heights in line with the window; gives the pixels that went away at the top (came, if negative). */
  private syncHeights(): number {
    const { window } = this.follower;
    let gone = 0;
    if (window.first >= this.heights.end || window.end <= this.heights.first) {
      gone = this.heights.total;
      this.heights.reset(window.first);
    } else {
      gone = this.heights.dropBefore(window.first);
      this.heights.dropFrom(window.end);
      while (this.heights.first > window.first) {
        const height = this.estimate(window.get(this.heights.first - 1));
        this.heights.prepend(height);
        gone -= height;
      }
    }
    while (this.heights.end < window.end) this.heights.push(this.estimate(window.get(this.heights.end)));
    if (this.cursor !== null && (this.cursor < window.first || this.cursor >= window.end)) this.cursor = null;
    return gone;
  }

  private flush(): void {
    this.frame = 0;
    const before = this.root.scrollTop;
    const gone = this.syncHeights();
    let top = this.wantTop ?? before - gone;
    this.wantTop = null;
    top = this.place(top);
    if (this.options.wrap || this.opened.size > 0) this.measureRows(top);
    this.follower.protectedFrom = this.heights.rowAt(top) - KEPT_ABOVE;
    this.follower.protectedBefore = this.heights.rowAt(top + this.viewport) + KEPT_ABOVE;
    this.showBar(top);
    this.lookAhead(top);
    this.onFlush();
  }

  /** Shows the rows around `wanted` (the end, when live) and gives the top that it came to. */
  private place(wanted: number): number {
    const highest = Math.max(0, this.heights.total - this.viewport);
    const top = this.follower.paused ? Math.min(Math.max(0, wanted), highest) : highest;
    this.spacer.style.setProperty("height", `${Math.max(this.heights.total, this.viewport)}px`);
    this.render(top);
    if (Math.abs(this.root.scrollTop - top) >= 1) this.root.scrollTop = top;
    this.setTop = this.root.scrollTop;
    return top;
  }

  private render(top: number): void {
    const { window } = this.follower;
    if (window.size === 0) {
      for (const row of this.rows) row.root.remove();
      this.rows = [];
      return;
    }
    const first = this.heights.rowAt(Math.max(0, top - OVERSCAN));
    const start = this.heights.offsetOf(first);
    let end = first;
    for (let bottom = start; end < window.end && bottom < top + this.viewport + OVERSCAN; end += 1) {
      bottom += this.heights.heightOf(end);
    }
    this.list.style.setProperty("transform", `translateY(${start}px)`);
    this.arrange(first, end);
    this.showCursor();
  }

  /** Makes `rows` show [first, end): rows that stay in sight keep their elements, the others are turned around. */
  private arrange(first: number, end: number): void {
    const shift = this.rows.length === 0 ? 0 : first - (this.rows[0]?.sequence ?? first);
    if (shift > 0 && shift < this.rows.length) this.turn(this.rows.splice(0, shift), "append");
    else if (shift < 0 && -shift < this.rows.length) this.turn(this.rows.splice(shift), "prepend");
    const added: LogRow[] = [];
    while (this.rows.length + added.length < end - first) added.push(new LogRow());
    if (added.length > 0) this.turn(added, "append");
    for (const row of this.rows.splice(end - first)) row.root.remove();
    this.rows.forEach((row, index) => {
      const sequence = first + index;
      const item = this.follower.window.get(sequence);
      if (item) row.show(sequence, item, this.opened.has(item), this.options.context);
    });
    this.widenLabels();
    this.widenColumns();
  }

  /** Columns of fields in the same way. */
  private widenColumns(): void {
    const count = this.options.context.columns.length;
    if (this.columnWidths.length !== count) this.columnWidths = new Array<number>(count).fill(4);
    for (const { columnLengths } of count > 0 ? this.rows : []) {
      columnLengths.forEach((length, at) => {
        const width = Math.min(length, WIDEST_COLUMN);
        if (at >= count || width <= (this.columnWidths[at] ?? 0)) return;
        this.columnWidths[at] = width;
        this.root.style.setProperty(`--column-${at}`, `${width}ch`);
      });
    }
  }

  /** The column of file names is as wide as the longest seen so far, within reason; it never shrinks under the eye. */
  private widenLabels(): void {
    const longest = this.rows.reduce((most, row) => Math.max(most, row.labelLength), this.labelWidth);
    const width = Math.min(longest, WIDEST_LABEL);
    if (width === this.labelWidth) return;
    this.labelWidth = width;
    this.root.style.setProperty("--file-width", `${width}ch`);
    queueMicrotask(() => this.measureAll());
  }

  private turn(rows: LogRow[], where: "append" | "prepend"): void {
    const elements = rows.map((row) => row.root);
    if (where === "append") {
      this.rows.push(...rows);
      this.list.append(...elements);
    } else {
      this.rows.unshift(...rows);
      this.list.prepend(...elements);
    }
  }

  private showCursor(): void {
    for (const row of this.rows) row.root.classList.toggle("cursor", row.sequence === this.cursor);
    if (this.cursor === null) this.root.removeAttribute("aria-activedescendant");
    else this.root.setAttribute("aria-activedescendant", `row-${this.cursor}`);
  }

  /** Takes the true heights of the rows that exist, and keeps the first row in sight where it is. */
  private measureRows(top: number): void {
    const anchor = this.heights.rowAt(top);
    const within = top - this.heights.offsetOf(anchor);
    let changed = false;
    for (const row of this.rows) {
      const height = row.root.offsetHeight;
      if (height > 0 && height !== this.heights.heightOf(row.sequence)) {
        this.heights.set(row.sequence, height);
        changed = true;
      }
    }
    if (!changed) return;
    const corrected = this.place(this.heights.offsetOf(anchor) + within);
    if (Math.abs(corrected - top) > OVERSCAN / 2) this.schedule();
  }
}
