// How this page gets its event streams: through the hub in a SharedWorker, so that any number of tabs use one
// connection per view; where there is none, from a hub in one of the tabs; else by a connection of its own.
import { EventLink } from "./event_link";
import type { MakeLink } from "./follower";
import { Hub, type FromHub } from "./hub";
import { HubClient } from "./hub_client";
import { joinLeader } from "./hub_leader";
import type { Greeting } from "./hub_worker";
import workerUrl from "./hub_worker.ts?worker&url";

/** With Trusted Types a worker's address must come from a policy; this one passes our own worker and nothing else. */
function trustedWorkerUrl(): string {
  const own = new URL(workerUrl, import.meta.url).href;
  const types = (globalThis as { trustedTypes?: { createPolicy(name: string, rules: object): Policy } }).trustedTypes;
  interface Policy {
    createScriptURL(url: string): string;
  }
  const createScriptURL = (url: string): string => {
    if (url !== own) throw new TypeError("not our worker");
    return url;
  };
  return types ? types.createPolicy("tailwater-worker", { createScriptURL }).createScriptURL(own) : own;
}

const direct: MakeLink = (url, resumeAfter, sink) => new EventLink(url, resumeAfter, sink);

function workerLinks(): MakeLink {
  const worker = new SharedWorker(trustedWorkerUrl(), { type: "module", name: "tailwater" });
  const client = new HubClient((message) => worker.port.postMessage(message));
  worker.port.onmessage = ({ data }: MessageEvent<FromHub>) => client.receive(data);
  worker.onerror = () => {
    // It could not be loaded: a hub of this page's own does the same, without the sharing.
    const tab = new Hub(direct).join((message) => queueMicrotask(() => client.receive(message)));
    client.openAll((message) => tab.receive(message));
  };
  const lock = `tailwater-page-${crypto.getRandomValues(new Uint32Array(4)).join("-")}`;
  if (navigator.locks) {
    void navigator.locks.request(lock, () => {
      const greeting: Greeting = { kind: "greeting", lock };
      worker.port.postMessage(greeting);
      return new Promise<never>(() => undefined);
    });
  }
  return (url, resumeAfter, sink) => client.open(url, resumeAfter, sink);
}

export function chooseLinks(): MakeLink {
  try {
    if ("SharedWorker" in globalThis) return workerLinks();
    if ("BroadcastChannel" in globalThis && navigator.locks) {
      const client: HubClient = joinLeader((post) => new HubClient(post), direct);
      return (url, resumeAfter, sink) => client.open(url, resumeAfter, sink);
    }
  } catch {
    // Storage partitioning or a policy may forbid workers and channels.
  }
  return direct;
}
