// Search: the matches of a pattern in history, in one direction from a place, as GET /api/search finds them. It stops by
// itself after so many matches and goes on when asked.
import { problemFrom, type Problem } from "./problem";
import { decodeRecords, parseFields, type Level, type LogRecord } from "./record";
import { filtersOf, type View } from "./view";

export type Direction = "older" | "newer";

export interface Wanted {
  /** A regular expression; "" for whatever the level says. */
  readonly pattern: string;
  readonly level: Level | null;
}

export interface Progress {
  readonly scanned: number;
  readonly total: number;
  readonly etaMs: number | null;
}

const BATCH = 500;

export function searchUrl(base: string, view: View, wanted: Wanted, direction: Direction, from: string): string {
  const url = new URL("api/search", base);
  const parameters = filtersOf(wanted.level ? { ...view, level: wanted.level, unknown: false } : view);
  if (wanted.pattern !== "") parameters.append("grep", wanted.pattern);
  parameters.set("order", direction === "older" ? "newest" : "oldest");
  if (from !== "") parameters.set(direction === "older" ? "before" : "after", from);
  parameters.set("limit", String(BATCH));
  url.search = parameters.toString();
  return url.href;
}

export class Search {
  readonly matches: LogRecord[] = [];
  state: "running" | "limit" | "done" | "failed" = "running";
  progress: Progress | null = null;
  problem: Problem | null = null;
  private source: EventSource | null = null;
  private next: string;

  constructor(
    private readonly base: string,
    private readonly view: View,
    private readonly wanted: Wanted,
    readonly direction: Direction,
    from: string,
    private readonly onChange: () => void,
  ) {
    this.next = from;
    this.start();
  }

  stop(): void {
    this.source?.close();
    this.source = null;
  }

  /** Goes on behind the last match, if it stopped there. */
  more(): void {
    if (this.state === "limit") this.start();
  }

  private start(): void {
    this.state = "running";
    const url = searchUrl(this.base, this.view, this.wanted, this.direction, this.next);
    const source = new EventSource(url);
    this.source = source;
    const on = (type: string, take: (event: MessageEvent<string>) => void): void => {
      source.addEventListener(type, (event) => {
        if (this.source !== source) return;
        take(event as MessageEvent<string>);
        this.onChange();
      });
    };
    on("match", ({ data, lastEventId }) => {
      this.matches.push(...decodeRecords(data, lastEventId));
      this.next = lastEventId;
    });
    on("progress", ({ data }) => (this.progress = progressOf(data)));
    on("end", ({ data }) => {
      const fields = parseFields(data);
      this.state = fields?.["reason"] === "limit" ? "limit" : "done";
      if (typeof fields?.["next"] === "string") this.next = fields["next"];
      this.stop();
    });
    source.onerror = () => {
      // A broken connection is taken up again by the browser, behind the last match.
      if (source.readyState !== EventSource.CLOSED || this.source !== source) return;
      this.stop();
      void this.lookInto(url);
    };
  }

  /** The server refused: find out why, for EventSource does not tell. */
  private async lookInto(url: string): Promise<void> {
    const stop = new AbortController();
    let problem: Problem = { status: 0, title: "the server cannot be reached", detail: "", parameter: "" };
    try {
      const reply = await fetch(url, { cache: "no-store", signal: stop.signal });
      if (!reply.ok) problem = problemFrom(reply.status, await reply.json().catch(() => null));
    } catch {
      // Said already.
    }
    stop.abort();
    this.problem = problem;
    this.state = "failed";
    this.onChange();
  }
}

function progressOf(data: string): Progress {
  const fields = parseFields(data) ?? {};
  const number = (name: string): number => (typeof fields[name] === "number" ? fields[name] : 0);
  return { scanned: number("scanned"), total: number("total"), etaMs: typeof fields["eta_ms"] === "number" ? fields["eta_ms"] : null };
}
