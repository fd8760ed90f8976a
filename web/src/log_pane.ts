// LogPane: the scrolling list of records. Only the rows in sight exist, recycled, changed at most once a frame. Row
// heights come from a HeightIndex, so any row may be taller than the others; scroll anchoring is done here, because
// the window loses rows at its top while it grows at its end, and grows at its top as older pages come. At the live end
// the pane stays pinned to the last row. The scroll bar stands for the whole log, of which the window is a part.
import type { Follower } from "./follower";
import type { RowContext } from "./log_row";
import type { Pager } from "./pager";
import type { Item, LogRecord } from "./record";
import { RowGeometry } from "./row_geometry";
import { RowList } from "./row_list";
import { ScrollBar, type ScrollSpan } from "./scroll_bar";

/** Pixels above and below the viewport for which rows exist. */
const OVERSCAN = 320;
/** Rows above the viewport that a pause keeps from being dropped. */
const KEPT_ABOVE = 1_000;
/** Neighbouring pages are asked for when so many viewports, or fewer, are left. */
const AHEAD = 3;
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
  /** The reader goes to the live end. */
  onLeave: () => void = () => undefined;
  /** A record is opened. */
  onOpen: (record: LogRecord) => void = () => undefined;
  /** A row is under the pointer, or none. */
  onHover: (record: LogRecord | null) => void = () => undefined;

  private readonly bar: ScrollBar;
  private readonly spacer = document.createElement("div");
  private readonly geometry = new RowGeometry();
  private readonly heights = this.geometry.heights;
  private readonly rows: RowList;
  private readonly opened = new Set<Item>();
  private frame = 0;
  private viewport = 0;
  private setTop = 0;
  private lastInput = -Infinity;
  private wantTop: number | null = null;
  /** A click that only takes a selection away opens nothing. */
  private hadSelection = false;
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
    this.rows = new RowList(this.root, () => this.measureAll());
    this.spacer.append(this.rows.root);
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
    const wrapChanged = this.geometry.wrap !== options.wrap;
    this.geometry.wrap = options.wrap;
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
    this.wantTop = Math.max(0, this.top) + pixels;
    this.schedule();
    if (this.follower.paused && this.wantTop + this.viewport >= this.heights.total - 2) this.reachEnd();
  }

  page(direction: 1 | -1): void {
    this.scrollBy(direction * Math.max(this.viewport - 2 * this.geometry.rowHeight, this.geometry.rowHeight));
  }

  toTop(): void {
    this.follower.pause();
    if (!this.pager.atStart) return this.onSeek(0);
    this.wantTop = 0;
    this.schedule();
  }

  toEnd(): void {
    this.cursor = null;
    // Whatever place was being gone to is not wanted any more.
    this.onLeave();
    if (this.follower.detached) this.pager.reset();
    else this.pager.cancel();
    this.follower.goLive();
    this.schedule();
  }

  /** Moves the cursor; it starts at the last row in sight (down: the first). */
  moveCursor(by: number): void {
    const { window } = this.follower;
    if (window.size === 0) return;
    this.follower.pause();
    const top = this.root.scrollTop;
    const start = by < 0 ? this.heights.rowAt(top + this.viewport - this.geometry.rowHeight) + 1 : this.heights.rowAt(top) - 1;
    this.setCursor((this.cursor ?? start) + by);
  }

  setCursor(sequence: number): void {
    const { window } = this.follower;
    const row = Math.min(Math.max(sequence, window.first), window.end - 1);
    this.cursor = row;
    const top = this.heights.offsetOf(row);
    const bottom = top + this.heights.heightOf(row);
    const shown = this.top;
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
    return this.rows.selected();
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

  /** Where the next frame shows, what is wished before it included. */
  private get top(): number {
    return this.wantTop ?? this.root.scrollTop;
  }

  /** The first record in sight. */
  topRecord(): LogRecord | null {
    const { window } = this.follower;
    if (window.size === 0) return null;
    for (let at = this.heights.rowAt(this.top); at < window.end; at += 1) {
      const item = window.get(at);
      if (item?.kind === "log") return item;
    }
    return null;
  }

  /** The cursor's record, else the last one in sight. */
  placeRecord(): LogRecord | null {
    const { window } = this.follower;
    const start = this.cursor ?? this.heights.rowAt(this.top + this.viewport - 1);
    for (let at = start; at >= window.first; at -= 1) {
      const item = window.get(at);
      if (item?.kind === "log") return item;
    }
    return null;
  }

  /** More is known of a record now. */
  refresh(record: LogRecord): void {
    this.rows.all.find((row) => row.item === record)?.refresh();
    this.schedule();
  }

  /** Marks the row whose time is nearest to this moment (seconds), or none; only rows in sight are looked at. */
  markTime(seconds: number | null): void {
    this.rows.markTime(seconds);
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
    const item = this.rows.rowOf(event.target instanceof Element ? event.target : null)?.item;
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
      if (!detached) positions.endsAt(window.end);
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
    if (selection && !selection.isCollapsed && this.rows.root.contains(selection.anchorNode)) this.follower.pause();
  }

  private onClick(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target : null;
    const row = this.rows.rowOf(target);
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
    this.geometry.measureFont(this.root, this.rows);
    const anchor = this.heights.end > this.heights.first ? this.heights.rowAt(this.top) : null;
    this.geometry.reset(this.follower.window);
    if (anchor !== null && this.follower.paused) this.wantTop = this.heights.offsetOf(anchor);
    this.schedule();
  }

  private syncHeights(): number {
    const { window } = this.follower;
    if (this.cursor !== null && (this.cursor < window.first || this.cursor >= window.end)) this.cursor = null;
    return this.geometry.sync(window);
  }

  private flush(): void {
    this.frame = 0;
    const before = this.root.scrollTop;
    const gone = this.syncHeights();
    // Whoever wants a top has reckoned it with the rows as they were until now.
    let top = (this.wantTop ?? before) - gone;
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
      this.rows.clear();
      return;
    }
    const first = this.heights.rowAt(Math.max(0, top - OVERSCAN));
    const start = this.heights.offsetOf(first);
    let end = first;
    for (let bottom = start; end < window.end && bottom < top + this.viewport + OVERSCAN; end += 1) {
      bottom += this.heights.heightOf(end);
    }
    this.rows.show(window, first, end, start, this.opened, this.options.context);
    this.rows.markCursor(this.cursor);
    if (this.cursor === null) this.root.removeAttribute("aria-activedescendant");
    else this.root.setAttribute("aria-activedescendant", `row-${this.cursor}`);
  }

  /** Takes the true heights of the rows that exist, and keeps the first row in sight where it is. */
  private measureRows(top: number): void {
    const anchor = this.heights.rowAt(top);
    const within = top - this.heights.offsetOf(anchor);
    if (!this.geometry.takeTrue(this.rows)) return;
    const corrected = this.place(this.heights.offsetOf(anchor) + within);
    if (Math.abs(corrected - top) > OVERSCAN / 2) this.schedule();
  }
}
