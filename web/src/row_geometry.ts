// RowGeometry: how high each item of the window is: estimated from the font and the width of the pane until a row shows
// the item, then measured.
import { HeightIndex } from "./height_index";
import { closedText } from "./log_row";
import type { Item } from "./record";
import type { RecordWindow } from "./record_window";
import type { RowList } from "./row_list";

export class RowGeometry {
  readonly heights = new HeightIndex();
  /** Of a row of one line. */
  rowHeight = 20;
  wrap = false;
  /** Characters that fit a line. */
  private columns = 120;

  /** Font or width changed: every estimate is void. */
  measureFont(pane: HTMLElement, rows: RowList): void {
    this.rowHeight = Number.parseFloat(getComputedStyle(pane).lineHeight) || 20;
    const probe = document.createElement("span");
    probe.className = "probe";
    probe.textContent = "0".repeat(100);
    rows.root.append(probe);
    const character = probe.getBoundingClientRect().width / 100 || 8;
    probe.remove();
    const line = rows.all[0]?.root.querySelector<HTMLElement>(".line");
    // What is left beside the fixed columns; an opened row keeps to it even where lines do not wrap.
    const width = pane.clientWidth - (line?.offsetLeft ?? 300) - 20;
    pane.style.setProperty("--line-width", `${Math.max(width, 200)}px`);
    this.columns = Math.max(10, Math.floor(width / character));
  }

  /** Estimates everything anew. */
  reset(window: RecordWindow): void {
    this.heights.reset(window.first);
    this.sync(window);
  }

  /** Brings the heights in line with the window; gives the pixels that went away at the top (came, if negative). */
  sync(window: RecordWindow): number {
    const { heights } = this;
    let gone = 0;
    if (window.first >= heights.end || window.end <= heights.first) {
      gone = heights.total;
      heights.reset(window.first);
    } else {
      gone = heights.dropBefore(window.first);
      heights.dropFrom(window.end);
      while (heights.first > window.first) {
        const height = this.estimate(window.get(heights.first - 1));
        heights.prepend(height);
        gone -= height;
      }
    }
    while (heights.end < window.end) heights.push(this.estimate(window.get(heights.end)));
    return gone;
  }

  /** Takes the true heights of the rows that exist. True if any was another. */
  takeTrue(rows: RowList): boolean {
    let changed = false;
    for (const { root, sequence } of rows.all) {
      const height = root.offsetHeight;
      if (height === 0 || height === this.heights.heightOf(sequence)) continue;
      this.heights.set(sequence, height);
      changed = true;
    }
    return changed;
  }

  private estimate(item: Item | undefined): number {
    if (!this.wrap || item?.kind !== "log") return this.rowHeight;
    const { text } = closedText(item.line);
    return Math.max(1, Math.ceil(text.length / this.columns)) * this.rowHeight;
  }
}
