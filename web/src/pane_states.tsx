// What stands over the pane: why it is empty, and which pages of history are on their way.
import type { App } from "./app";

/** What stands in the pane while it is empty. */
export function EmptyState({ app }: { app: App }) {
  const status = app.status.value;
  if (status.held > 0) return null;
  const { link } = status;
  const filtered = app.view.value.level !== null || app.view.value.greps.length + app.view.value.excludes.length > 0;
  let text = "Connecting…";
  if (link.kind === "refused" && link.problem.status === 401) text = "This server wants you to sign in.";
  else if (link.kind === "refused") text = "The server refused this view; the reason stands above.";
  else if (link.kind === "waiting") text = "Too many different views are open in this browser; this one waits its turn.";
  else if (link.kind === "ended") text = "The stream has ended.";
  else if (status.loading !== null) text = "Loading…";
  else if (link.kind === "reconnecting" && link.busy) text = "The server is at its limit of readers. Trying again…";
  else if (link.kind === "reconnecting") text = "The server cannot be reached. Trying again…";
  else if (link.kind === "open" && !status.caughtUp) text = "Loading…";
  else if (link.kind === "open") text = filtered ? "Nothing matches yet. Following." : "Nothing was written yet. Following.";
  return <p class="empty">{text}</p>;
}

/** Pages of history that are on their way, or did not come. */
export function Neighbours({ app }: { app: App }) {
  const { loading, failure, held } = app.status.value;
  if (failure !== "") {
    return (
      <p class="more-above" role="status">
        More could not be read: {failure}
        <button type="button" onClick={() => app.pager.retry()}>
          Try again
        </button>
      </p>
    );
  }
  if (loading === null || held === 0) return null;
  return <p class={loading === "newer" ? "more-below" : "more-above"}>{loading === "jump" ? "Going there…" : `Reading ${loading} records…`}</p>;
}
