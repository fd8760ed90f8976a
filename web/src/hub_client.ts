// HubClient: a page's side of the Hub: links as the Follower wants them, over a port to wherever the hub runs.
import type { LinkSink } from "./event_link";
import type { OpenLink } from "./follower";
import { charactersOf, type FromHub, type ToHub } from "./hub";

interface OpenHubLink {
  /** Another one each time it is opened: what is still under way for an earlier one is for nobody. */
  number: number;
  readonly url: string;
  readonly sink: LinkSink;
  lastId: string;
}

export class HubClient {
  private readonly links = new Map<number, OpenHubLink>();
  private nextLink = 1;

  constructor(private post: (message: ToHub) => void) {
    document.addEventListener("visibilitychange", () => this.sayShown());
    addEventListener("focus", () => this.sayShown());
    addEventListener("pagehide", () => {
      for (const link of this.links.keys()) this.post({ kind: "close", link });
      this.links.clear();
    });
    this.sayShown();
  }

  open(url: string, resumeAfter: string, sink: LinkSink): OpenLink {
    const open: OpenHubLink = { number: 0, url, sink, lastId: resumeAfter };
    this.start(open);
    return {
      close: () => {
        if (this.links.delete(open.number)) this.post({ kind: "close", link: open.number });
      },
      reopen: () => this.post({ kind: "reopen", link: open.number }),
    };
  }

  receive(message: FromHub): void {
    const open = this.links.get(message.link);
    if (!open) return;
    if (message.kind === "state") open.sink.onState(message.state);
    else if (message.kind === "lagged") this.start(open);
    else {
      for (const [type, data, id] of message.events) {
        if (id !== "") open.lastId = id;
        open.sink.onEvent(type, data, id);
        if (this.links.get(message.link) !== open) return; // closed by what it was told
      }
      this.post({ kind: "taken", link: message.link, characters: charactersOf(message.events) });
    }
  }

  /** The hub is another one now: everything is opened there, just past what was taken. */
  openAll(post = this.post): void {
    this.post = post;
    this.sayShown();
    for (const open of [...this.links.values()]) this.start(open);
  }

  /** Opens a link, for the first time or again just past what was taken. */
  private start(open: OpenHubLink): void {
    if (this.links.delete(open.number)) this.post({ kind: "close", link: open.number });
    open.number = this.nextLink;
    this.nextLink += 1;
    this.links.set(open.number, open);
    this.post({ kind: "open", link: open.number, url: open.url, resumeAfter: open.lastId });
  }

  private sayShown(): void {
    this.post({ kind: "shown", shown: document.visibilityState === "visible" });
  }
}
