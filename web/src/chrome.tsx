// Chrome: everything around the pane: top bar, streams, pane, status line, help.
import { useEffect, useRef } from "preact/hooks";
import type { App } from "./app";
import { FilterBar } from "./filter_bar";
import { FindBar } from "./find_bar";
import type { Finder } from "./finder";
import { Help } from "./help";
import { LevelChoice } from "./level_choice";
import { EmptyState, Neighbours } from "./pane_states";
import { connectionText, LivePill, StatusLine } from "./status_line";
import { StreamList } from "./stream_list";
import { PageLinks } from "./page_bar";
import type { Timeline } from "./timeline";
import { TimelineStrip } from "./timeline_strip";
import { change, ViewMenu } from "./view_menu";

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
