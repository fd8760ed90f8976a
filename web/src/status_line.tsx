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
      <span>{number(app.rate.value)}/s</span>
      <span class="space" />
      {app.message.value && <span class="message">{app.message.value}</span>}
      {status.version && <span class="version">tailwater {status.version}</span>}
    </footer>
  );
}

export function LivePill({ app, onLive }: { app: App; onLive: () => void }) {
  const { paused, newRecords, link, caughtUp } = app.status.value;
  const live = !paused && link.kind === "open" && caughtUp;
  const text = paused ? (newRecords > 0 ? `PAUSED (${number(newRecords)} new)` : "PAUSED") : live ? "LIVE" : "…";
  return (
    <button
      type="button"
      class="pill"
      data-state={paused ? "paused" : live ? "live" : "waiting"}
      title={paused ? "Follow the end again (End)" : "Following the end; scroll up or press p to pause"}
      onClick={() => (paused ? onLive() : app.follower.pause())}
    >
      {paused ? text : live ? text : "WAITING"}
    </button>
  );
}
