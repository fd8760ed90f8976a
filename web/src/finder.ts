// Finder: n and N. It holds the searches in both directions from the place where one began, and which match is shown.
// The other direction is searched only once somebody goes there.
import { signal } from "@preact/signals";
import type { App } from "./app";
import { Search, type Direction, type Wanted } from "./search";

export interface Found {
  /** Matches so far in each direction; null where nobody has looked. */
  readonly older: number | null;
  readonly newer: number | null;
  /** Which one is shown: the first newer one is 1, the first older one -1; 0 for none. */
  readonly place: number;
  readonly running: Search | null;
  /** There are more than were counted. */
  readonly more: boolean;
  /** What is wrong with the pattern, or with the server. */
  readonly problem: string;
}

const NOTHING: Found = { older: null, newer: null, place: 0, running: null, more: false, problem: "" };

export class Finder {
  readonly shown = signal(false);
  readonly text = signal("");
  readonly found = signal<Found>(NOTHING);
  /** What is searched for; null before the first search. */
  wanted: Wanted | null = null;
  direction: Direction = "older";

  private searches: Partial<Record<Direction, Search>> = {};
  private origin = "";
  private place = 0;
  /** A step that waits for a match to come. */
  private waiting: Direction | null = null;
  private frame = 0;

  /** `current` is the record from which a search goes out, "" for the live end; `show` brings a match into sight. */
  constructor(
    private readonly app: App,
    private readonly current: () => string,
    private readonly show: (id: string) => void,
  ) {}

  open(direction: Direction): void {
    this.direction = direction;
    this.shown.value = true;
  }

  close(): void {
    this.shown.value = false;
    this.forget();
  }

  /** Searches anew from where the reader is, and shows the first match. */
  start(wanted: Wanted, direction = this.direction): void {
    this.forget();
    this.wanted = wanted;
    this.direction = direction;
    this.origin = this.current();
    if (wanted.pattern === "" && wanted.level === null) return;
    this.step(direction);
  }

  /** The next match in the direction of the search; `back`, the one before. */
  next(back: boolean): void {
    if (!this.wanted) return;
    this.step(back ? (this.direction === "older" ? "newer" : "older") : this.direction);
  }

  step(direction: Direction): void {
    const by = direction === "newer" ? 1 : -1;
    const target = this.place + by === 0 && this.place !== 0 ? by : this.place + by;
    const away = target > 0 ? "newer" : "older";
    const search = this.searchIn(away);
    const match = search.matches[Math.abs(target) - 1];
    if (match) {
      this.waiting = null;
      this.place = target;
      this.show(match.id);
    } else if (search.state === "running" || search.state === "limit") {
      this.waiting = direction;
      search.more();
    } else {
      this.waiting = null;
      if (search.state === "done") this.app.say(`No ${away} match`);
      // Whoever has not found anything yet wants to know of the other side.
      const other = away === "older" ? "newer" : "older";
      if (search.state === "done" && search.matches.length === 0 && !this.searches[other]) return this.step(other);
    }
    this.publish();
  }

  private searchIn(direction: Direction): Search {
    const known = this.searches[direction];
    if (known) return known;
    const wanted = this.wanted ?? { pattern: "", level: null };
    const search = new Search(this.app.base, this.app.view.peek(), wanted, direction, this.origin, () => this.onChange());
    // Nothing is newer than the live end.
    if (direction === "newer" && this.origin === "") {
      search.stop();
      search.state = "done";
    }
    this.searches[direction] = search;
    return search;
  }

  private forget(): void {
    for (const search of Object.values(this.searches)) search.stop();
    this.searches = {};
    this.place = 0;
    this.waiting = null;
    this.wanted = null;
    this.found.value = NOTHING;
  }

  private onChange(): void {
    const { waiting } = this;
    if (waiting) this.step(waiting);
    if (this.frame === 0) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.publish();
      });
    }
  }

  private publish(): void {
    if (!this.wanted) return;
    const { older, newer } = this.searches;
    const both = [older, newer].filter((one): one is Search => one !== undefined);
    const problem = both.find((one) => one.problem)?.problem;
    this.found.value = {
      older: older ? older.matches.length : null,
      newer: newer ? newer.matches.length : null,
      place: this.place,
      running: both.find((one) => one.state === "running") ?? null,
      more: both.some((one) => one.state === "limit"),
      problem: problem ? problem.detail || problem.title : "",
    };
  }
}
