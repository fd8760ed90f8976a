// StatusLine and LivePill: how the connection is, what the page holds, and whether the end is being followed.
import type { App, Status } from "./app";

const number = (value: number): string => value.toLocaleString("en");

export function connectionText({ link, caughtUp }: Status): string {
  if (link.kind === "connecting") return "connecting";
  if (link.kind === "reconnecting") return link.busy ? "server busy" : "reconnecting";
  if (link.kind === "waiting") return "waiting";
  if (link.kind === "refused") return link.problem.status === 401 ? "sign-in needed" : "refused";
  if (link.kind === "ended") return "ended";
  return caughtUp ? "live" : "loading";
}

export function StatusLine({ app }: { app: App }) {
  const status = app.status.value;
  return (
    <footer class="status">
      <span class="connection" data-state={connectionText(status)}>
        {connectionText(status)}
      </span>
      <span title={status.trimmed ? "Older ones were let go: the page keeps a bounded number" : undefined}>
        {number(status.held)} records here{status.trimmed ? ", older ones let go" : ""}
      </span>
      {status.link.kind === "open" && <span>{number(app.rate.value)}/s</span>}
      <span class="space" />
      {app.message.value && <span class="message">{app.message.value}</span>}
      {status.version && <span class="version">tailwater {status.version}</span>}
    </footer>
  );
}

/** What the pill says, and how it looks, where there is nothing to follow now. */
function waitingText({ link }: Status): { text: string; state: string; title: string } {
  if (link.kind === "reconnecting" && link.busy) return { text: "SERVER BUSY", state: "offline", title: "The server is at its limit of readers; trying again" };
  if (link.kind === "reconnecting") return { text: "OFFLINE", state: "offline", title: "The server cannot be reached; trying again, and going on where this stopped" };
  if (link.kind === "waiting") return { text: "WAITING", state: "waiting", title: "Too many different views are open in this browser" };
  if (link.kind === "ended") return { text: "ENDED", state: "waiting", title: "Nothing more will come" };
  if (link.kind === "refused") return { text: "REFUSED", state: "offline", title: "The server refused this view" };
  return { text: "LOADING", state: "waiting", title: "The newest records are on their way" };
}

export function LivePill({ app, onLive }: { app: App; onLive: () => void }) {
  const status = app.status.value;
  const { paused, newRecords, link, caughtUp } = status;
  const shown = paused
    ? { text: newRecords > 0 ? `PAUSED (${number(newRecords)} new)` : "PAUSED", state: "paused", title: "Follow the end again (End)" }
    : link.kind === "open" && caughtUp
      ? { text: "LIVE", state: "live", title: "Following the end; scroll up or press p to pause" }
      : waitingText(status);
  return (
    <button type="button" class="pill" data-state={shown.state} title={shown.title} onClick={() => (paused ? onLive() : app.follower.pause())}>
      {shown.text}
    </button>
  );
}
