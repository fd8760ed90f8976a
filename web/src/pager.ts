// Pager: brings pages of history into the Follower's window as the reader comes near its ends, and takes it elsewhere
// altogether: to a record, a time, a fraction of the bytes. One request at a time; a jump cancels what is under way.
import { styleLines, type Follower } from "./follower";
import { loadPage, pageUrl, type Page, type PageResult, type Place } from "./page";
import { Positions } from "./positions";
import type { Problem } from "./problem";
import type { Item } from "./record";
import type { View } from "./view";

const NEIGHBOURS = 500;
export const JUMP = 400;
/** Enough to fill a tall screen. */
export const PREVIEW = 100;
/** Pages in a row without a match, before the reader has to ask again. */
const EMPTY_PAGES = 200;

/** What a view begins with before its link has brought anything: a record with its surroundings, the newest ones, or none. */
export function firstPlace(view: View, around: string): Place | null {
  if (around !== "") return { kind: "around", id: around };
  return view.from === "" && view.since === "" ? { kind: "newest" } : null;
}

export type Loading = "older" | "newer" | "jump" | null;

export interface Jump {
  readonly result: "shown" | "cancelled" | "failed";
  readonly problem?: Problem;
}

export class Pager {
  readonly positions = new Positions();
  loading: Loading = null;
  /** Nothing older matches, or can be read. */
  atStart = false;
  /** What went wrong with the last page; "" if nothing did. */
  failure = "";

  private running: AbortController | null = null;
  private preview_: AbortController | null = null;
  /** Where older pages go on after ones that held no match. */
  private olderThan = "";
  private newerThan = "";

  constructor(
    private readonly base: string,
    private readonly follower: Follower,
    private readonly onChange: () => void,
    private readonly ask: (url: string, signal: AbortSignal) => Promise<PageResult> = loadPage,
  ) {}

  /** The follower starts over: another view, or the live end. */
  reset(): void {
    this.cancel();
    this.preview_?.abort();
    this.positions.clear();
    this.atStart = false;
    this.failure = "";
  }

  /** The window's first row was let go: there is something older again. */
  forgetStart(): void {
    this.atStart = false;
    this.olderThan = "";
  }

  /** Shows the newest records before the follower's link has brought anything. */
  async preview(): Promise<void> {
    const { view } = this.follower;
    if (!view) return;
    const running = new AbortController();
    this.preview_ = running;
    const result = await this.ask(pageUrl(this.base, view, { kind: "newest" }, PREVIEW), running.signal);
    if (result.kind === "page" && !running.signal.aborted) this.follower.preview(styleLines(result.page.records));
  }

  async older(): Promise<void> {
    if (this.loading || this.atStart || this.failure !== "") return;
    const start = this.olderThan || this.follower.firstId;
    if (start === "") return;
    await this.walk("older", start);
  }

  async newer(): Promise<void> {
    if (this.loading || !this.follower.detached || this.failure !== "") return;
    const start = this.newerThan || this.follower.lastId;
    if (start === "") return;
    await this.walk("newer", start);
  }

  /** Tries again after a failure. */
  retry(): void {
    this.failure = "";
    this.onChange();
  }

  async jump(place: Place): Promise<Jump> {
    const result = await this.load("jump", place, JUMP);
    if (result.kind === "cancelled") return { result: "cancelled" };
    this.finish();
    if (result.kind !== "page") return result.kind === "refused" ? { result: "failed", problem: result.problem } : { result: "failed" };
    this.positions.clear();
    this.olderThan = "";
    this.newerThan = "";
    const { page } = result;
    this.atStart = page.atStart;
    this.follower.replaceWith(itemsOf(page));
    this.mark(page, this.follower.window.first);
    this.olderThan = page.records.length === 0 ? (page.before ?? "") : "";
    if (page.atEnd) this.follower.attach();
    this.onChange();
    return { result: "shown" };
  }

  cancel(): void {
    this.running?.abort();
    this.finish();
    this.olderThan = "";
    this.newerThan = "";
  }

  /** One page after the other in one direction, until there is one with a match in it. */
  private async walk(direction: "older" | "newer", start: string): Promise<void> {
    let id = start;
    for (let pages = 0; pages < EMPTY_PAGES; pages += 1) {
      const result = await this.load(direction, { kind: direction === "older" ? "before" : "after", id }, NEIGHBOURS);
      if (result.kind === "cancelled") return;
      if (result.kind !== "page") {
        this.finish();
        this.failure = failureText(result);
        this.onChange();
        return;
      }
      const { page } = result;
      const next = direction === "older" ? page.before : page.after;
      if (direction === "older") this.takeOlder(page);
      else this.takeNewer(page);
      if (page.records.length > 0 || next === null || this.loading === null) break;
      id = next;
    }
    this.finish();
    this.onChange();
  }

  private takeOlder(page: Page): void {
    const { follower } = this;
    this.olderThan = page.records.length === 0 ? (page.before ?? "") : "";
    follower.putBefore(itemsOf(page));
    this.mark(page, follower.window.first);
    if (page.atStart) {
      this.atStart = true;
      follower.noteStart();
      this.positions.add(follower.window.first, 0);
    }
  }

  private takeNewer(page: Page): void {
    const { follower } = this;
    const { end, first } = follower.window;
    follower.putAfter(itemsOf(page));
    this.mark(page, end);
    if (follower.window.first > first) this.forgetStart();
    this.newerThan = page.records.length === 0 ? (page.after ?? "") : "";
    if (!page.atEnd && page.after !== null) return;
    this.finish();
    follower.attach();
  }

  private mark({ position, records }: Page, sequence: number): void {
    if (position !== null && records.length > 0) this.positions.add(sequence, position);
    this.positions.keep(this.follower.window.first, this.follower.window.end);
  }

  private async load(loading: Loading, place: Place, limit: number): Promise<PageResult> {
    const { view } = this.follower;
    if (!view) return { kind: "cancelled" };
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    this.loading = loading;
    this.failure = "";
    this.onChange();
    const result = await this.ask(pageUrl(this.base, view, place, limit), running.signal);
    return running.signal.aborted ? { kind: "cancelled" } : result;
  }

  private finish(): void {
    this.running = null;
    this.loading = null;
  }
}

/** A page's gaps and records as rows: a gap stands before the first record of its file. */
function itemsOf(page: Page): Item[] {
  const records = styleLines(page.records);
  const items: Item[] = [...records];
  for (const gap of page.gaps) {
    const at = items.findIndex((item) => item.kind === "log" && item.file === gap.file);
    items.splice(Math.max(at, 0), 0, gap);
  }
  return items;
}

function failureText(result: PageResult): string {
  if (result.kind === "refused") return result.problem.detail || result.problem.title || `status ${result.problem.status}`;
  return "the server cannot be reached";
}
