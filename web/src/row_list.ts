// RowList: the rows that exist, a few more than are in sight. They are recycled: those that stay in sight keep their
// elements, the others are turned around to the other end. Columns are as wide as the longest text seen so far, within
// reason; they never shrink under the eye.
import { LogRow, type RowContext } from "./log_row";
import type { Item, LogRecord } from "./record";
import type { RecordWindow } from "./record_window";

const WIDEST_LABEL = 24;
const WIDEST_COLUMN = 32;

const timeOf = (item: Item | undefined): number => (item?.kind === "log" ? Date.parse(item.time ?? item.arrived ?? "") / 1_000 : Number.NaN);

export class RowList {
  readonly root = document.createElement("div");
  private rows: LogRow[] = [];
  private labelWidth = 0;
  private columnWidths: number[] = [];

  /** Widths are properties of `styled`; `onWiden`: what is left for the lines has another width now. */
  constructor(
    private readonly styled: HTMLElement,
    private readonly onWiden: () => void,
  ) {
    this.root.className = "rows";
    this.root.setAttribute("role", "rowgroup");
  }

  get all(): readonly LogRow[] {
    return this.rows;
  }

  /** The row that `node` is in. */
  rowOf(node: Element | null): LogRow | undefined {
    const root = node?.closest(".row");
    return root ? this.rows.find((row) => row.root === root) : undefined;
  }

  clear(): void {
    for (const row of this.rows) row.root.remove();
    this.rows = [];
  }

  /** Shows [first, end) of the window, from `top` pixels on. */
  show(window: RecordWindow, first: number, end: number, top: number, opened: ReadonlySet<Item>, context: RowContext): void {
    this.root.style.setProperty("transform", `translateY(${top}px)`);
    this.arrange(first, end);
    this.rows.forEach((row, index) => {
      const item = window.get(first + index);
      if (item) row.show(first + index, item, opened.has(item), context);
    });
    this.widenLabels();
    this.widenColumns(context.columns.length);
  }

  markCursor(cursor: number | null): void {
    for (const row of this.rows) row.root.classList.toggle("cursor", row.sequence === cursor);
  }

  /** Marks the row whose time is nearest to this moment (seconds), or none. */
  markTime(seconds: number | null): void {
    let best: LogRow | null = null;
    let distance = Infinity;
    for (const row of seconds === null ? [] : this.rows) {
      const away = Math.abs(timeOf(row.item) - (seconds ?? 0));
      if (Number.isNaN(away) || away >= distance) continue;
      distance = away;
      best = row;
    }
    for (const row of this.rows) row.root.classList.toggle("moment", row === best);
  }

  /** The records of the rows that a selection reaches into. */
  selected(): LogRecord[] {
    const selection = document.getSelection();
    if (!selection || selection.isCollapsed) return [];
    return this.rows.flatMap(({ root, item }) =>
      item?.kind === "log" && selection.containsNode(root, /*allowPartialContainment=*/ true) ? [item] : [],
    );
  }

  /** Makes as many rows as there are in [first, end), those that were there before in their places. */
  private arrange(first: number, end: number): void {
    const shift = this.rows.length === 0 ? 0 : first - (this.rows[0]?.sequence ?? first);
    if (shift > 0 && shift < this.rows.length) this.turn(this.rows.splice(0, shift), "append");
    else if (shift < 0 && -shift < this.rows.length) this.turn(this.rows.splice(shift), "prepend");
    const added: LogRow[] = [];
    while (this.rows.length + added.length < end - first) added.push(new LogRow());
    if (added.length > 0) this.turn(added, "append");
    for (const row of this.rows.splice(end - first)) row.root.remove();
  }

  private turn(rows: LogRow[], where: "append" | "prepend"): void {
    const elements = rows.map((row) => row.root);
    if (where === "append") {
      this.rows.push(...rows);
      this.root.append(...elements);
    } else {
      this.rows.unshift(...rows);
      this.root.prepend(...elements);
    }
  }

  private widenLabels(): void {
    const longest = this.rows.reduce((most, row) => Math.max(most, row.labelLength), this.labelWidth);
    const width = Math.min(longest, WIDEST_LABEL);
    if (width === this.labelWidth) return;
    this.labelWidth = width;
    this.styled.style.setProperty("--file-width", `${width}ch`);
    queueMicrotask(this.onWiden);
  }

  private widenColumns(count: number): void {
    if (this.columnWidths.length !== count) this.columnWidths = new Array<number>(count).fill(4);
    for (const { columnLengths } of count > 0 ? this.rows : []) {
      columnLengths.forEach((length, at) => {
        const width = Math.min(length, WIDEST_COLUMN);
        if (at >= count || width <= (this.columnWidths[at] ?? 0)) return;
        this.columnWidths[at] = width;
        this.styled.style.setProperty(`--column-${at}`, `${width}ch`);
      });
    }
  }
}
