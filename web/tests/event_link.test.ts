import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EventLink, type LinkState } from "../src/event_link";

/** An EventSource whose connection is in the test's hands. */
class HeldSource {
  static readonly CLOSED = 2;
  static readonly made: HeldSource[] = [];
  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  private readonly listeners = new Map<string, (event: unknown) => void>();

  constructor(readonly url: string) {
    HeldSource.made.push(this);
  }
  addEventListener(type: string, listener: (event: unknown) => void): void {
    this.listeners.set(type, listener);
  }
  close(): void {
    this.readyState = HeldSource.CLOSED;
  }
  opens(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  breaks(): void {
    this.readyState = 0;
    this.onerror?.();
  }
  sends(type: string, id: string): void {
    this.listeners.get(type)?.({ type, data: "{}", lastEventId: id });
  }
}

let states: LinkState["kind"][];
let link: EventLink;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", HeldSource);
  vi.stubGlobal("addEventListener", () => undefined);
  HeldSource.made.length = 0;
  states = [];
  link = new EventLink("http://h/api/events", "", { onState: ({ kind }) => states.push(kind), onEvent: () => undefined });
});
afterEach(() => {
  link.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const [first, second] = [(): HeldSource => HeldSource.made[0]!, (): HeldSource => HeldSource.made[1]!];

test("a connection that is never answered is given up for a new one", () => {
  vi.advanceTimersByTime(21_000);
  expect(HeldSource.made.length).toBe(2);
  expect(first().readyState).toBe(HeldSource.CLOSED);
  expect(states.at(-1)).toBe("reconnecting");
  second().opens();
  vi.advanceTimersByTime(300_000);
  expect(HeldSource.made.length).toBe(2);
  expect(states.at(-1)).toBe("open");
});

test("one that the browser makes anew has as long as the server may tell it to wait, and goes on where it was", () => {
  first().opens();
  first().sends("log", "place-7");
  first().breaks();
  vi.advanceTimersByTime(40_000);
  expect(HeldSource.made.length).toBe(1);
  vi.advanceTimersByTime(25_000);
  expect(HeldSource.made.length).toBe(2);
  expect(second().url).toContain("last_event_id=place-7");
});

test("a link that was closed stays closed", () => {
  link.close();
  vi.advanceTimersByTime(300_000);
  expect(HeldSource.made.length).toBe(1);
});
