import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { charactersOf, Hub, type FromHub, type Tab } from "../src/hub";
import type { LinkSink } from "../src/event_link";

/** Links that a test speaks through. */
class FakeLinks {
  open: { url: string; resumeAfter: string; sink: LinkSink }[] = [];
  reopened = 0;
  readonly make = (url: string, resumeAfter: string, sink: LinkSink) => {
    const link = { url, resumeAfter, sink };
    this.open.push(link);
    return {
      close: () => {
        this.open = this.open.filter((one) => one !== link);
      },
      reopen: () => {
        this.reopened += 1;
      },
    };
  };
  /** Records [from, to] on every open link for `url`. */
  send(url: string, from: number, to: number, size = 10): void {
    for (const link of this.open.filter((one) => one.url === url)) {
      for (let n = from; n <= to; n += 1) link.sink.onEvent("log", "x".repeat(size), `k.0.${n}`);
    }
  }
}

/** A page that takes what it is sent, unless it is frozen. */
class FakePage {
  ids: number[] = [];
  states: string[] = [];
  lagged = 0;
  types: string[] = [];
  frozen = false;
  private waiting: FromHub[] = [];
  readonly tab: Tab;
  constructor(hub: Hub) {
    this.tab = hub.join((message) => {
      if (this.frozen) this.waiting.push(message);
      else this.take(message);
    });
  }
  open(url: string, resumeAfter = "", link = 1): void {
    this.tab.receive({ kind: "open", link, url, resumeAfter });
  }
  thaw(): void {
    this.frozen = false;
    for (const message of this.waiting.splice(0)) this.take(message);
  }
  private take(message: FromHub): void {
    if (message.kind === "state") this.states.push(message.state.kind);
    else if (message.kind === "lagged") this.lagged += 1;
    else {
      for (const [type, , id] of message.events) {
        this.types.push(type);
        if (type === "log") this.ids.push(Number(id.split(".")[2]));
      }
      this.tab.receive({ kind: "taken", link: message.link, characters: charactersOf(message.events) });
    }
  }
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const URL_A = "http://x/api/events?tail=1000";
const urlOf = (n: number): string => `http://x/api/events?grep=${n}&tail=1000`;

describe("Hub", () => {
  let links: FakeLinks;
  let hub: Hub;
  beforeEach(() => {
    vi.useFakeTimers();
    links = new FakeLinks();
    hub = new Hub(links.make);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("uses one link for eight tabs with the same view; each gets everything once", () => {
    const pages: FakePage[] = [];
    for (let n = 0; n < 8; n += 1) {
      const page = new FakePage(hub);
      page.open(URL_A);
      pages.push(page);
      links.send(URL_A, n * 10 + 1, n * 10 + 10);
      vi.advanceTimersByTime(20);
    }
    expect(links.open.length).toBe(1);
    for (const page of pages) expect(page.ids).toEqual(numbers(1, 80));
  });

  it("connects anew when a tab doubts the connection, once for all of them, and not while it is being made", () => {
    const [page, other] = [new FakePage(hub), new FakePage(hub)];
    page.open(URL_A);
    other.open(URL_A);
    page.tab.receive({ kind: "reopen", link: 1 });
    expect(links.reopened).toBe(0);
    links.open[0]?.sink.onState({ kind: "open" });
    page.tab.receive({ kind: "reopen", link: 1 });
    links.open[0]?.sink.onState({ kind: "reconnecting", attempt: 0 });
    other.tab.receive({ kind: "reopen", link: 1 });
    expect(links.reopened).toBe(1);
  });

  it("gives a late tab hello, backlog, caught-up, in this order", () => {
    new FakePage(hub).open(URL_A);
    links.open[0]?.sink.onState({ kind: "open" });
    links.open[0]?.sink.onEvent("hello", "{}", "");
    links.send(URL_A, 1, 2);
    links.open[0]?.sink.onEvent("caught-up", "{}", "");
    const late = new FakePage(hub);
    late.open(URL_A);
    expect(late.types).toEqual(["hello", "log", "log", "caught-up"]);
    expect(late.states).toEqual(["open"]);
  });

  it("closes the link when its last tab has gone", () => {
    const [a, b] = [new FakePage(hub), new FakePage(hub)];
    a.open(URL_A);
    b.open(URL_A);
    a.tab.leave();
    expect(links.open.length).toBe(1);
    b.tab.receive({ kind: "close", link: 1 });
    expect(links.open.length).toBe(0);
  });

  it("lets a tab go on from what is kept, or with a link of its own", () => {
    new FakePage(hub).open(URL_A);
    links.send(URL_A, 1, 20);
    vi.advanceTimersByTime(20);
    const near = new FakePage(hub);
    near.open(URL_A, "k.0.15");
    expect(near.ids).toEqual(numbers(16, 20));
    expect(links.open.length).toBe(1);
    new FakePage(hub).open(URL_A, "k.0.7777");
    expect(links.open.map((link) => link.resumeAfter)).toEqual(["", "k.0.7777"]);
  });

  it("does not give a view from a place on less than all of it", () => {
    const url = "http://x/api/events?from=k.0.0";
    new FakePage(hub).open(url);
    links.send(url, 1, 50, 200_000);
    vi.advanceTimersByTime(20);
    const late = new FakePage(hub);
    late.open(url);
    expect(links.open.length).toBe(2);
    late.tab.leave();
    expect(links.open.length).toBe(1);
  });

  it("sends a frozen tab a bounded amount, and then tells it to open again", () => {
    const page = new FakePage(hub);
    page.open(URL_A);
    page.frozen = true;
    for (let n = 1; n <= 300; n += 1) {
      links.send(URL_A, n, n, 100_000);
      vi.advanceTimersByTime(20);
    }
    page.thaw();
    const last = page.ids.length;
    expect(last).toBeLessThan(100);
    expect(page.ids).toEqual(numbers(1, last));
    expect(page.lagged).toBe(1);
    page.open(URL_A, `k.0.${last}`);
    expect(links.open.at(-1)?.resumeAfter).toBe(`k.0.${last}`);
  });

  it("keeps four links: views in sight first, and the others resume where they were", () => {
    const pages = numbers(1, 6).map((n) => {
      const page = new FakePage(hub);
      page.open(urlOf(n));
      links.send(urlOf(n), 1, 5);
      return page;
    });
    expect(links.open.length).toBe(4);
    expect(pages[0]?.states.at(-1)).toBe("waiting");
    for (const page of pages.slice(1)) page.tab.receive({ kind: "shown", shown: false });
    expect(links.open.length).toBe(4);
    expect(links.open.find((link) => link.url === urlOf(1))?.resumeAfter).toBe("k.0.5");
  });

  it("hears nothing from a link that it has closed", () => {
    const page = new FakePage(hub);
    page.open(URL_A);
    const sink = links.open[0]?.sink;
    page.tab.leave();
    page.open(URL_A);
    sink?.onEvent("log", "old", "k.0.99");
    vi.advanceTimersByTime(20);
    expect(page.ids).toEqual([]);
  });
});
