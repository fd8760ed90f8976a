// EventLink: one event stream of the server, kept up. The browser reconnects with Last-Event-ID by itself after a
// broken connection; what it gives up on (an error status) is looked into and, where it may pass, tried again here
// with the last_event_id parameter. Also reopened after the machine slept, since a dead connection may look alive.
import { probe, type Problem } from "./problem";

export type LinkState =
  | { readonly kind: "connecting" }
  /** Too many different views are open in this browser; see hub.ts. */
  | { readonly kind: "waiting" }
  | { readonly kind: "open" }
  /** `busy`: the server answers, but has no room for this stream now. */
  | { readonly kind: "reconnecting"; readonly attempt: number; readonly busy?: boolean }
  | { readonly kind: "ended"; readonly reason: string }
  | { readonly kind: "refused"; readonly problem: Problem };

export interface LinkSink {
  onState(state: LinkState): void;
  onEvent(type: string, data: string, id: string): void;
}

/** Every event type of the contract that a viewer can use. */
export const EVENT_TYPES = [
  "hello",
  "log",
  "lines",
  "caught-up",
  "gap",
  "file",
  "metric",
  "run",
  "end",
  "shutdown",
] as const;

const SLEEP_CHECK_MS = 5_000;
const SLEEP_MS = 20_000;
const LONGEST_WAIT_MS = 30_000;
/** The server answers at once; a connection that hangs so long will not become one. */
const CONNECT_MS = 20_000;
/** The same after the browser was told to come back: first it waits, as long as the server said (half a minute at most). */
const RECONNECT_MS = 60_000;

export class EventLink {
  private source: EventSource | null = null;
  private lastId: string;
  private attempt = 0;
  /** Answers in a row that the browser gave up on. */
  private failures = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private connectTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly sleepTimer: ReturnType<typeof setInterval>;
  private lastTick = Date.now();
  private readonly stopped = new AbortController();

  /** `url` is absolute. With `resumeAfter`, reading goes on just past that position. */
  constructor(
    private readonly url: string,
    resumeAfter: string,
    private readonly sink: LinkSink,
  ) {
    this.lastId = resumeAfter;
    this.sleepTimer = setInterval(() => this.checkForSleep(), SLEEP_CHECK_MS);
    globalThis.addEventListener("online", this.reopen, { signal: this.stopped.signal });
    sink.onState({ kind: "connecting" });
    this.open();
  }

  close(): void {
    this.stopped.abort();
    clearInterval(this.sleepTimer);
    clearTimeout(this.retryTimer);
    clearTimeout(this.connectTimer);
    this.source?.close();
    this.source = null;
  }

  private urlNow(): string {
    const url = new URL(this.url);
    if (this.lastId !== "") url.searchParams.set("last_event_id", this.lastId);
    return url.href;
  }

  private open(): void {
    clearTimeout(this.retryTimer);
    this.source?.close();
    const source = new EventSource(this.urlNow());
    this.source = source;
    this.expectAnswer(CONNECT_MS);
    source.onopen = () => {
      clearTimeout(this.connectTimer);
      this.attempt = 0;
      this.failures = 0;
      this.sink.onState({ kind: "open" });
    };
    source.onerror = () => this.onError(source);
    const onEvent = (event: MessageEvent<string>): void => this.onEvent(source, event);
    for (const type of EVENT_TYPES) source.addEventListener(type, onEvent);
  }

  /** Connects anew if there is no answer until then. */
  private expectAnswer(ms: number): void {
    clearTimeout(this.connectTimer);
    this.connectTimer = setTimeout(() => {
      this.attempt += 1;
      this.reopen();
    }, ms);
  }

  private onEvent(source: EventSource, event: MessageEvent<string>): void {
    if (source !== this.source) return;
    if (event.lastEventId !== "") this.lastId = event.lastEventId;
    this.sink.onEvent(event.type, event.data, event.lastEventId);
    if (event.type === "end") {
      this.close();
      this.sink.onState({ kind: "ended", reason: event.data });
    }
  }

  private onError(source: EventSource): void {
    if (source !== this.source) return;
    if (source.readyState !== EventSource.CLOSED) {
      this.attempt += 1;
      this.expectAnswer(RECONNECT_MS);
      this.sink.onState({ kind: "reconnecting", attempt: this.attempt });
      return;
    }
    clearTimeout(this.connectTimer);
    source.close();
    this.source = null;
    void this.lookInto();
  }

  /** The browser gave up: find out why, and whether trying again makes sense. */
  private async lookInto(): Promise<void> {
    const result = await probe(this.urlNow(), this.stopped.signal);
    if (this.stopped.signal.aborted || this.source !== null) return;
    if (result.kind === "refused") {
      this.close();
      this.sink.onState({ kind: "refused", problem: result.problem });
    } else if (result.kind === "ended") {
      this.close();
      this.sink.onState({ kind: "ended", reason: "" });
    } else {
      this.attempt += 1;
      this.sink.onState({ kind: "reconnecting", attempt: this.attempt, busy: result.kind === "busy" });
      const wait = Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** Math.min(this.failures, 5));
      this.failures += 1;
      this.retryTimer = setTimeout(() => this.open(), wait * (0.5 + Math.random() / 2));
    }
  }

  private checkForSleep(): void {
    const now = Date.now();
    const slept = now - this.lastTick > SLEEP_MS;
    this.lastTick = now;
    // A hidden page's timers are slowed to one a minute; that is no sleep.
    if (slept && globalThis.document?.visibilityState !== "hidden") this.reopen();
  }

  /** Connects anew, just past the last event. */
  readonly reopen = (): void => {
    if (this.stopped.signal.aborted) return;
    this.sink.onState({ kind: "reconnecting", attempt: this.attempt });
    this.open();
  };
}
