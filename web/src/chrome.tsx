// Chrome: everything around the pane: top bar, streams, pane, status line, help.
import { useEffect, useRef } from "preact/hooks";
import type { App } from "./app";
import { FilterBar } from "./filter_bar";
import { FindBar } from "./find_bar";
import type { Finder } from "./finder";
import { Help } from "./help";
import { LevelChoice } from "./level_choice";
import { connectionText, LivePill, StatusLine } from "./status_line";
import { StreamList } from "./stream_list";
import { PageLinks } from "./page_bar";
import type { Timeline } from "./timeline";
import { TimelineStrip } from "./timeline_strip";
import { change, ViewMenu } from "./view_menu";

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

interface Props {
  readonly app: App;
  readonly timeline: Timeline;
  readonly finder: Finder;
  readonly pane: HTMLElement;
  readonly onLive: () => void;
}

export function Chrome({ app, timeline, finder, pane, onLive }: Props) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    host.current?.prepend(pane);
  }, [pane]);
  const { showStreams } = app.settings.value;
  const { paused } = app.status.value;
  return (
    <>
      <header>
        <div class="top">
          <button
            type="button"
            class="quiet toggle-streams"
            aria-pressed={showStreams}
            aria-label="Streams and files"
            onClick={() => change(app, { showStreams: !showStreams })}
          >
            ☰
          </button>
          <h1>Tailwater</h1>
          <PageLinks here="logs" />
          <FilterBar app={app} />
          <ViewMenu app={app} />
          <button type="button" class="quiet" aria-label="Help: keys" onClick={() => (app.helpShown.value = true)}>
            ?
          </button>
        </div>
        <LevelChoice app={app} onFind={() => finder.open(app.follower.paused ? "newer" : "older")} />
      </header>
      <div class={`middle${showStreams ? " with-streams" : ""}`}>
        {showStreams && <StreamList app={app} />}
        <div class="content">
          <TimelineStrip app={app} timeline={timeline} />
          <FindBar app={app} finder={finder} />
          <main ref={host} class="pane-host">
            <EmptyState app={app} />
            <Neighbours app={app} />
            <LivePill app={app} onLive={onLive} />
          </main>
        </div>
      </div>
      <StatusLine app={app} />
      <p class="unseen" role="status" aria-live="polite">
        {app.message.value || `${connectionText(app.status.value)}${paused ? ", paused" : ""}`}
      </p>
      <Help app={app} />
    </>
  );
}
