// FirstLook: the newest records, fetched by themselves and shown while the link is still being made: a worker has to
// start for it. The link's backlog ends with them, and is put around them when it is through, so that nothing moves.
import type { RecordWindow } from "./record_window";
import type { Item } from "./record";

export interface Around {
  readonly before: readonly Item[];
  readonly after: readonly Item[];
}

export class FirstLook {
  /** What the link has brought so far. */
  readonly backlog: Item[] = [];

  /** What of the backlog lies before and behind the items of `window`; null if those are no part of it as they are. */
  around(window: RecordWindow): Around | null {
    const [oldest, newest] = [window.get(window.first), window.get(window.end - 1)];
    const start = this.placeOf(oldest);
    const end = this.placeOf(newest);
    // The reader may have gone on to pages that are older than the backlog.
    if (end === -1 || (start !== -1 && end - start !== window.size - 1)) return null;
    // Colours that an earlier line has left on were not known of.
    if (this.backlog.slice(Math.max(start, 0), end + 1).some((item) => item.kind === "log" && item.style !== null)) return null;
    return { before: this.backlog.slice(0, Math.max(start, 0)), after: this.backlog.slice(end + 1) };
  }

  private placeOf(wanted: Item | undefined): number {
    return wanted?.id ? this.backlog.findIndex(({ id }) => id === wanted.id) : -1;
  }
}
