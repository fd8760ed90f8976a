// The SharedWorker that runs the Hub for all tabs. A page that goes away without a word is noticed by its Web Lock,
// which the browser frees.
import { EventLink } from "./event_link";
import { Hub, type ToHub } from "./hub";

/** The first message of each page: the name of the lock that it holds while it lives. */
export interface Greeting {
  readonly kind: "greeting";
  readonly lock: string;
}

const scope = globalThis as unknown as { onconnect: ((event: MessageEvent) => void) | null };
const hub = new Hub((url, resumeAfter, sink) => new EventLink(url, resumeAfter, sink));

scope.onconnect = (event) => {
  const port = event.ports[0];
  if (!port) return;
  const tab = hub.join((message) => port.postMessage(message));
  port.onmessage = ({ data }: MessageEvent<ToHub | Greeting>) => {
    if (data.kind !== "greeting") tab.receive(data);
    else void navigator.locks?.request(data.lock, () => tab.leave());
  };
};
