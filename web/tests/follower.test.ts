import { describe, expect, it, test } from "vitest";
import { Follower } from "../src/follower";
import type { LinkSink } from "../src/event_link";
import type { LogRecord } from "../src/record";
import { EVERYTHING } from "../src/view";

/** A server in memory: record n has the ID "k.0.n"; a link gets its backlog at once, then what is appended. */
class FakeServer {
  count = 0;
  opened: { url: URL; resumeAfter: string }[] = [];
  private sink: LinkSink | null = null;

  readonly makeLink = (url: string, resumeAfter: string, sink: LinkSink) => {
    this.opened.push({ url: new URL(url), resumeAfter });
    this.sink = sink;
    sink.onState({ kind: "open" });
    const tail = Number(new URL(url).searchParams.get("tail"));
    const from = resumeAfter ? Number(resumeAfter.split(".")[2]) : Math.max(0, this.count - tail);
    for (let n = from + 1; n <= this.count; n += 1) this.send(n);
    sink.onEvent("caught-up", "{}", "");
    return {
      close: () => {
        if (this.sink === sink) this.sink = null;
      },
      reopen: () => undefined,
    };
  };

  append(): void {
    this.count += 1;
    this.send(this.count);
  }

  event(type: string, data: unknown, id = ""): void {
    this.sink?.onEvent(type, JSON.stringify(data), id);
  }

  private send(n: number): void {
    this.event("log", { line: `line ${n}`, file: "f" }, `k.0.${n}`);
  }
}

function heldNumbers(follower: Follower): number[] {
  const numbers: number[] = [];
  for (let at = follower.window.first; at < follower.window.end; at += 1) {
    const item = follower.window.get(at);
    if (item?.kind === "log") numbers.push(Number(item.id.split(".")[2]));
  }
  return numbers;
}

const isRun = (numbers: number[]): boolean => numbers.every((n, at) => at === 0 || n === (numbers[at - 1] ?? 0) + 1);

function followed(items = 100): { server: FakeServer; follower: Follower } {
  const server = new FakeServer();
  const follower = new Follower("http://x/logs/", () => undefined, server.makeLink, { items, characters: 1e7 });
  follower.open(EVERYTHING);
  return { server, follower };
}

describe("Follower", () => {
  it("asks below the page's own path, with the view's parameters", () => {
    const { server, follower } = followed();
    follower.open({ ...EVERYTHING, greps: ["a b"] });
    expect(server.opened.at(-1)?.url.href).toBe("http://x/logs/api/events?grep=a+b&tail=1000&batch=1");
  });

  it("keeps records that arrive during a pause, and counts them", () => {
    const { server, follower } = followed();
    for (let n = 0; n < 50; n += 1) server.append();
    follower.pause();
    follower.protectedFrom = 10;
    for (let n = 0; n < 30; n += 1) server.append();
    expect(follower.newRecords).toBe(30);
    expect(heldNumbers(follower).length).toBe(80);
    follower.goLive();
    expect(server.opened.length).toBe(1);
    expect(heldNumbers(follower)).toEqual(Array.from({ length: 80 }, (_, n) => n + 1));
  });

  it("reads again what did not fit during a pause", () => {
    const { server, follower } = followed();
    for (let n = 0; n < 50; n += 1) server.append();
    follower.pause();
    follower.protectedFrom = 0;
    for (let n = 0; n < 500; n += 1) server.append();
    expect(follower.detached).toBe(true);
    expect(follower.newRecords).toBe(500);
    expect(heldNumbers(follower)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
    follower.goLive();
    expect(server.opened.at(-1)?.resumeAfter).toBe("k.0.100");
    expect(heldNumbers(follower).at(-1)).toBe(550);
    expect(isRun(heldNumbers(follower))).toBe(true);
  });

  it("jumps over a very long pause, and says how much lies between", () => {
    const { server, follower } = followed();
    for (let n = 0; n < 100; n += 1) server.append();
    follower.pause();
    follower.protectedFrom = 0;
    for (let n = 0; n < 20_000; n += 1) server.append();
    follower.goLive();
    const first = follower.window.get(follower.window.first);
    expect(heldNumbers(follower).at(-1)).toBe(20_100);
    // The hole's own row is the oldest; the backlog has pushed it out of this small window.
    expect(first?.kind).toBe("log");
  });

  it("tells of files that appear, but not of those that appeared in the past", () => {
    const { server, follower } = followed();
    server.event("file", { file: "/new.log", change: "appeared" });
    expect(follower.window.get(follower.window.end - 1)).toMatchObject({ kind: "file" });
    const size = follower.window.size;
    follower.caughtUp = false;
    server.event("file", { file: "/old.log", change: "appeared" });
    server.event("file", { file: "/old.log", change: "rotated" });
    expect(follower.window.size).toBe(size + 1);
  });

  it("skips what it holds when the server starts over after an unknown position", () => {
    const { server, follower } = followed();
    for (let n = 0; n < 20; n += 1) server.append();
    server.event("gap", { reason: "unknown-id" });
    for (let n = 11; n <= 22; n += 1) server.event("log", { line: `line ${n}` }, `k.0.${n}`);
    server.event("caught-up", {});
    expect(heldNumbers(follower)).toEqual(Array.from({ length: 22 }, (_, n) => n + 1));
  });

  it.each([1, 2, 3])("never holds anything but an unbroken run, whatever is pressed (seed %i)", (seed) => {
    const { server, follower } = followed(200);
    let state = seed * 7_919;
    const next = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
    let atPause = 0;
    for (let step = 0; step < 2_000; step += 1) {
      const kind = next(12);
      if (kind < 7) for (let n = next(40); n >= 0; n -= 1) server.append();
      else if (kind === 7 && !follower.paused) {
        follower.pause();
        atPause = server.count;
        follower.protectedFrom = follower.window.first + next(Math.max(1, follower.window.size));
      } else if (kind === 8) follower.goLive();
      else if (kind === 9) follower.readOn();
      else if (kind === 10 && follower.paused) follower.protectedFrom += next(50);
      const held = heldNumbers(follower);
      expect(isRun(held)).toBe(true);
      if (!follower.paused && held.length > 0) expect(held.at(-1)).toBe(server.count);
      if (follower.paused) expect(follower.newRecords).toBe(server.count - atPause);
    }
  });
});

test("a link that is in doubt is made anew, if it was silent for long enough", () => {
  let reopened = 0;
  let sink: LinkSink | undefined;
  const follower = new Follower("http://x/", () => undefined, (_url, _after, given) => {
    sink = given;
    return { close: () => undefined, reopen: () => (reopened += 1) };
  });
  follower.open(EVERYTHING);
  follower.doubtLink(0);
  expect(reopened).toBe(0); // it is still being made
  sink?.onState({ kind: "open" });
  sink?.onEvent("hello", "{}", "");
  follower.doubtLink(10_000);
  expect(reopened).toBe(0);
  follower.doubtLink(0);
  expect(reopened).toBe(1);
});

describe("Follower, before its link has brought anything", () => {
  const recordOf = (n: number): LogRecord => ({
    kind: "log", id: `k.0.${n}`, stream: "s", file: "f", level: null, time: null, arrived: null, line: `line ${n}`,
    truncated: false, partial: false, fields: null, style: null,
  });
  const run = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

  /** A follower whose link stays silent until it is told what to bring. */
  function silent() {
    let sink: LinkSink | undefined;
    const follower = new Follower("http://x/", () => undefined, (_url, _after, given) => {
      sink = given;
      return { close: () => undefined, reopen: () => undefined };
    });
    follower.open(EVERYTHING);
    const bring = (numbers: number[]): void => {
      for (const n of numbers) sink?.onEvent("log", JSON.stringify({ line: `line ${n}`, file: "f" }), `k.0.${n}`);
    };
    return { follower, bring, caughtUp: () => sink?.onEvent("caught-up", "{}", "") };
  }

  it("shows the newest records, and puts the backlog around them without touching them", () => {
    const { follower, bring, caughtUp } = silent();
    follower.preview(run(91, 100).map(recordOf));
    const { first } = follower.window;
    const shown = follower.window.get(first);
    bring(run(41, 105));
    expect(heldNumbers(follower)).toEqual(run(91, 100));
    caughtUp();
    expect(heldNumbers(follower)).toEqual(run(41, 105));
    expect(follower.window.get(first)).toBe(shown);
    expect(follower.trimmed).toBe(false);
    bring([106]);
    expect(heldNumbers(follower)).toEqual(run(41, 106));
    expect(follower.lastId).toBe("k.0.106");
  });

  it("keeps what the reader has gone on to, older than the backlog", () => {
    const { follower, bring, caughtUp } = silent();
    follower.preview(run(91, 100).map(recordOf));
    follower.pause();
    follower.putBefore(run(31, 90).map(recordOf));
    bring(run(41, 105));
    caughtUp();
    expect(heldNumbers(follower)).toEqual(run(31, 105));
    expect(follower.newRecords).toBe(5);
  });

  it("takes the backlog alone where the two do not fit together", () => {
    const { follower, bring, caughtUp } = silent();
    follower.preview([...run(91, 95), ...run(97, 100)].map(recordOf));
    bring(run(41, 105));
    caughtUp();
    expect(heldNumbers(follower)).toEqual(run(41, 105));
  });

  it("has no use for a page that comes late", () => {
    const { follower, bring, caughtUp } = silent();
    bring(run(1, 5));
    follower.preview(run(1, 4).map(recordOf));
    caughtUp();
    follower.preview(run(1, 4).map(recordOf));
    expect(heldNumbers(follower)).toEqual(run(1, 5));
  });
});
