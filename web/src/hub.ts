// Hub: one event stream per distinct view for all of a browser's tabs. It runs in a SharedWorker (or in one tab for
// the others) because HTTP/1.1 allows six connections to a server, and a seventh tab would hang without an error.
// Each channel keeps the last events, so that a tab that joins gets its backlog from here. A tab that takes nothing
// (frozen, asleep) is sent no more than MOST_UNTAKEN; it goes on from the kept events, or with a link of its own.
import type { LinkSink, LinkState } from "./event_link";
import type { OpenLink } from "./follower";

export type WireEvent = readonly [type: string, data: string, id: string];

export type ToHub =
  | { readonly kind: "open"; readonly link: number; readonly url: string; readonly resumeAfter: string }
  | { readonly kind: "close"; readonly link: number }
  | { readonly kind: "reopen"; readonly link: number }
  | { readonly kind: "taken"; readonly link: number; readonly characters: number }
  | { readonly kind: "shown"; readonly shown: boolean };

export type FromHub =
  | { readonly kind: "state"; readonly link: number; readonly state: LinkState }
  | { readonly kind: "events"; readonly link: number; readonly events: readonly WireEvent[] }
  /** More was missed than is kept here: open again just past the last event that was taken. */
  | { readonly kind: "lagged"; readonly link: number };

export type MakeLink = (url: string, resumeAfter: string, sink: LinkSink) => OpenLink;

/** Streams open at once: two of the six connections stay free for requests. */
const MOST_LINKS = 4;
/** Characters of events that a channel keeps. */
const KEPT_CHARACTERS = 3_000_000;
/** Characters on their way to one tab. */
const MOST_UNTAKEN = 8_000_000;
/** Events wait this long for company, or until they are this many characters. */
const FLUSH_MS = 8;
const FLUSH_CHARACTERS = 500_000;

const sizeOf = (event: WireEvent): number => event[1].length + 64;

/** A channel's events with running numbers; the oldest go when there are too many. */
class KeptEvents {
  private readonly events: WireEvent[] = [];
  private characters = 0;
  private first_ = 0;

  get first(): number {
    return this.first_;
  }
  get end(): number {
    return this.first_ + this.events.length;
  }
  push(event: WireEvent): void {
    this.events.push(event);
    this.characters += sizeOf(event);
    if (this.characters <= KEPT_CHARACTERS * 1.25) return;
    // In one go now and then: removing from the front of an array costs its length.
    let drop = 0;
    while (this.characters > KEPT_CHARACTERS && drop < this.events.length - 1) {
      this.characters -= sizeOf(this.events[drop] as WireEvent);
      drop += 1;
    }
    this.events.splice(0, drop);
    this.first_ += drop;
  }
  from(number: number): WireEvent[] {
    return this.events.slice(Math.max(0, number - this.first_));
  }
  /** The number just past the event with this ID, or -1. */
  after(id: string): number {
    for (let at = this.events.length - 1; at >= 0; at -= 1) if (this.events[at]?.[2] === id) return this.first_ + at + 1;
    return -1;
  }
}

class Subscriber {
  /** The next event that this tab has not been sent. */
  next = 0;
  untaken = 0;
  constructor(
    readonly tab: Tab,
    readonly link: number,
    readonly channel: Channel,
  ) {}
}

class Channel {
  readonly kept = new KeptEvents();
  readonly subscribers = new Set<Subscriber>();
  state: LinkState = { kind: "connecting" };
  hello: WireEvent | null = null;
  caughtUp: WireEvent | null = null;
  lastId: string;
  lastShown = 0;
  link: OpenLink | null = null;
  flushTimer: ReturnType<typeof setTimeout> | undefined;
  unflushed = 0;
  constructor(
    public key: string,
    readonly url: string,
    readonly resumeAfter: string,
  ) {
    this.lastId = resumeAfter;
  }
  get done(): boolean {
    return this.state.kind === "ended" || this.state.kind === "refused";
  }
  get shown(): boolean {
    return [...this.subscribers].some((subscriber) => subscriber.tab.shown);
  }
}

/** Where in `channel` a tab may begin that comes now, or -1 if what it wants is no longer kept. */
function placeIn(channel: Channel, resumeAfter: string): number {
  if (channel.done) return -1;
  if (resumeAfter !== "") return channel.kept.after(resumeAfter);
  // "The last n records" may begin later than they did; a view from a certain place on may not.
  const whole = channel.kept.first === 0 || new URL(channel.url).searchParams.has("tail");
  return whole ? channel.kept.first : -1;
}

/** One page: `receive` is called with its messages, `post` takes ours. */
export class Tab {
  shown = true;
  readonly subscribers = new Map<number, Subscriber>();
  constructor(
    private readonly hub: Hub,
    readonly post: (message: FromHub) => void,
  ) {}

  receive(message: ToHub): void {
    if (message.kind === "open") this.hub.subscribe(this, message.link, message.url, message.resumeAfter);
    else if (message.kind === "close") this.hub.unsubscribe(this.subscribers.get(message.link));
    else if (message.kind === "reopen") this.hub.reopen(this.subscribers.get(message.link));
    else if (message.kind === "taken") this.hub.taken(this.subscribers.get(message.link), message.characters);
    else this.hub.setShown(this, message.shown);
  }

  /** The page is gone. */
  leave(): void {
    for (const subscriber of [...this.subscribers.values()]) this.hub.unsubscribe(subscriber);
  }
}

export class Hub {
  private readonly channels = new Map<string, Channel>();
  private clock = 0;

  constructor(private readonly makeLink: MakeLink) {}

  join(post: (message: FromHub) => void): Tab {
    return new Tab(this, post);
  }

  subscribe(tab: Tab, link: number, url: string, resumeAfter: string): void {
    this.unsubscribe(tab.subscribers.get(link));
    const shared = this.channels.get(url);
    const place = shared ? placeIn(shared, resumeAfter) : -1;
    const channel = shared && place >= 0 ? shared : this.channelFor(url, resumeAfter);
    const subscriber = new Subscriber(tab, link, channel);
    subscriber.next = place >= 0 ? place : channel.kept.first;
    channel.subscribers.add(subscriber);
    channel.lastShown = this.clock += 1;
    tab.subscribers.set(link, subscriber);
    if (channel.hello) tab.post({ kind: "events", link, events: [channel.hello] });
    tab.post({ kind: "state", link, state: channel.state });
    this.send(subscriber);
    if (channel.caughtUp) tab.post({ kind: "events", link, events: [channel.caughtUp] });
    this.balance();
  }

  unsubscribe(subscriber: Subscriber | undefined): void {
    if (!subscriber) return;
    const { channel, tab, link } = subscriber;
    tab.subscribers.delete(link);
    channel.subscribers.delete(subscriber);
    if (channel.subscribers.size === 0) {
      this.stop(channel);
      clearTimeout(channel.flushTimer);
      this.channels.delete(channel.key);
    }
    this.balance();
  }

  taken(subscriber: Subscriber | undefined, characters: number): void {
    if (!subscriber) return;
    subscriber.untaken = Math.max(0, subscriber.untaken - characters);
    this.send(subscriber);
  }

  /** One of the tabs that share the channel doubts its connection. */
  reopen(subscriber: Subscriber | undefined): void {
    if (subscriber?.channel.state.kind === "open") subscriber.channel.link?.reopen();
  }

  setShown(tab: Tab, shown: boolean): void {
    tab.shown = shown;
    if (shown) for (const { channel } of tab.subscribers.values()) channel.lastShown = this.clock += 1;
    this.balance();
  }

  private channelFor(url: string, resumeAfter: string): Channel {
    const key = resumeAfter === "" ? url : `${url}\n${resumeAfter}\n${(this.clock += 1)}`;
    const channel = new Channel(key, url, resumeAfter);
    const old = this.channels.get(key);
    // One that ended stays with its tabs, under a name that nobody asks for.
    if (old) {
      old.key = `${key}\n${(this.clock += 1)}`;
      this.channels.set(old.key, old);
    }
    this.channels.set(key, channel);
    return channel;
  }

  /** Opens the links of the channels that matter most and lets the others wait; they resume where they were. */
  private balance(): void {
    const wanted = [...this.channels.values()].filter((channel) => !channel.done);
    wanted.sort((a, b) => Number(b.shown) - Number(a.shown) || b.lastShown - a.lastShown);
    wanted.slice(MOST_LINKS).forEach((channel) => {
      this.stop(channel);
      this.setState(channel, { kind: "waiting" });
    });
    wanted.slice(0, MOST_LINKS).forEach((channel) => this.run(channel));
  }

  private stop(channel: Channel): void {
    channel.link?.close();
    channel.link = null;
  }

  private run(channel: Channel): void {
    if (channel.link) return;
    let open = true;
    const link = this.makeLink(channel.url, channel.lastId, {
      onState: (state) => {
        if (open) this.setState(channel, state);
      },
      onEvent: (type, data, id) => {
        if (open) this.onEvent(channel, [type, data, id]);
      },
    });
    channel.link = {
      close: () => {
        open = false;
        link.close();
      },
      reopen: () => link.reopen(),
    };
  }

  private setState(channel: Channel, state: LinkState): void {
    if (channel.state.kind === "waiting" && state.kind === "waiting") return;
    this.flush(channel);
    channel.state = state;
    for (const { tab, link } of channel.subscribers) tab.post({ kind: "state", link, state });
  }

  private onEvent(channel: Channel, event: WireEvent): void {
    const [type, , id] = event;
    if (id !== "") channel.lastId = id;
    if (type === "hello" || type === "caught-up") {
      this.flush(channel);
      if (type === "hello") channel.hello = event;
      else channel.caughtUp = event;
      for (const { tab, link } of channel.subscribers) tab.post({ kind: "events", link, events: [event] });
      return;
    }
    channel.kept.push(event);
    channel.unflushed += sizeOf(event);
    if (channel.unflushed > FLUSH_CHARACTERS) this.flush(channel);
    else channel.flushTimer ??= setTimeout(() => this.flush(channel), FLUSH_MS);
  }

  private flush(channel: Channel): void {
    clearTimeout(channel.flushTimer);
    channel.flushTimer = undefined;
    channel.unflushed = 0;
    for (const subscriber of channel.subscribers) this.send(subscriber);
  }

  /** Sends what this tab has not had yet, unless too much is on its way already. */
  private send(subscriber: Subscriber): void {
    const { channel, tab, link } = subscriber;
    if (subscriber.untaken > MOST_UNTAKEN || subscriber.next >= channel.kept.end) return;
    if (subscriber.next < channel.kept.first) {
      this.unsubscribe(subscriber);
      tab.post({ kind: "lagged", link });
      return;
    }
    const events = channel.kept.from(subscriber.next);
    subscriber.next = channel.kept.end;
    subscriber.untaken += events.reduce((sum, event) => sum + sizeOf(event), 0);
    tab.post({ kind: "events", link, events });
  }
}

/** What a page reports back as taken. */
export const charactersOf = (events: readonly WireEvent[]): number =>
  events.reduce((sum, event) => sum + sizeOf(event), 0);
