// HubClient: a page's side of the Hub: links as the Follower wants them, over a port to wherever the hub runs.
import type { LinkSink } from "./event_link";
import { charactersOf, type FromHub, type ToHub } from "./hub";

interface OpenHubLink {
  readonly url: string;
  readonly sink: LinkSink;
  lastId: string;
}

export class HubClient {
  private readonly links = new Map<number, OpenHubLink>();
  private nextLink = 1;

  constructor(private post: (message: ToHub) => void) {
    document.addEventListener("visibilitychange", () => this.sayShown());
    addEventListener("pagehide", () => {
      for (const link of this.links.keys()) this.post({ kind: "close", link });
      this.links.clear();
    });
    this.sayShown();
  }

  open(url: string, resumeAfter: string, sink: LinkSink): { close(): void } {
    const link = this.nextLink;
    this.nextLink += 1;
    this.links.set(link, { url, sink, lastId: resumeAfter });
    this.post({ kind: "open", link, url, resumeAfter });
    return {
      close: () => {
        if (this.links.delete(link)) this.post({ kind: "close", link });
      },
    };
  }

  receive(message: FromHub): void {
    const open = this.links.get(message.link);
    if (!open) return;
    if (message.kind === "state") open.sink.onState(message.state);
    else if (message.kind === "lagged") this.openAgain(message.link, open);
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
    for (const [link, open] of this.links) this.openAgain(link, open);
  }

  private openAgain(link: number, open: OpenHubLink): void {
    this.post({ kind: "open", link, url: open.url, resumeAfter: open.lastId });
  }

  private sayShown(): void {
    this.post({ kind: "shown", shown: document.visibilityState === "visible" });
  }
}
