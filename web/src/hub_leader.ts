// Where there is no SharedWorker: the tab that holds a Web Lock runs the Hub for all tabs of the browser, over a
// BroadcastChannel. When that tab goes, the lock passes on, and every tab opens its links at the new leader, just
// past the last event that it took.
import type { MakeLink } from "./follower";
import { Hub, type FromHub, type Tab, type ToHub } from "./hub";
import type { HubClient } from "./hub_client";

type Message =
  | { readonly to: "hub"; readonly from: string; readonly message: ToHub | { readonly kind: "gone" } }
  | { readonly to: string; readonly message: FromHub }
  | { readonly to: "all"; readonly message: "leader-ready" };

const CHANNEL = "tailwater-hub";

function lead(channel: BroadcastChannel, makeLink: MakeLink, toOwn: (own: string, message: FromHub) => boolean) {
  const hub = new Hub(makeLink);
  const tabs = new Map<string, Tab>();
  const onMessage = (from: string, message: ToHub | { readonly kind: "gone" }): void => {
    let tab = tabs.get(from);
    if (message.kind === "gone") {
      tab?.leave();
      tabs.delete(from);
      return;
    }
    if (!tab) {
      tab = hub.join((answer) => {
        if (!toOwn(from, answer)) channel.postMessage({ to: from, message: answer } satisfies Message);
      });
      tabs.set(from, tab);
      // A tab that goes without a word frees its lock.
      void navigator.locks.request(`tailwater-page-${from}`, () => onMessage(from, { kind: "gone" }));
    }
    tab.receive(message);
  };
  return onMessage;
}

export function joinLeader(makeClient: (post: (message: ToHub) => void) => HubClient, makeLink: MakeLink): HubClient {
  const own = crypto.getRandomValues(new Uint32Array(4)).join("-");
  const channel = new BroadcastChannel(CHANNEL);
  let hub: ((from: string, message: ToHub | { readonly kind: "gone" }) => void) | null = null;
  const held = (): Promise<never> => new Promise<never>(() => undefined);
  // Nothing is said before this page's own lock is held: the leader would take it for gone.
  let early: ToHub[] | null = [];
  const post = (message: ToHub): void => {
    if (early) early.push(message);
    else if (hub) hub(own, message);
    else channel.postMessage({ to: "hub", from: own, message } satisfies Message);
  };
  const client = makeClient(post);
  void navigator.locks.request(`tailwater-page-${own}`, () => {
    const waiting = early ?? [];
    early = null;
    waiting.forEach(post);
    return held();
  });
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.to === own) client.receive((data as { message: FromHub }).message);
    else if (data.to === "hub" && "from" in data) hub?.(data.from, data.message as ToHub);
    else if (data.to === "all") client.openAll();
  };
  void navigator.locks.request(CHANNEL, () => {
    hub = lead(channel, makeLink, (to, message) => {
      if (to !== own) return false;
      queueMicrotask(() => client.receive(message));
      return true;
    });
    channel.postMessage({ to: "all", message: "leader-ready" } satisfies Message);
    client.openAll();
    return held();
  });
  return client;
}
