// The page of one run at /runs/STREAM/FILE: how it stands, its stages, and its lines in the viewer's pane.
import "./early_page"; // first: what it asks for is under way while the others are evaluated
import "./styles/index.css";
import failedIcon from "./icon_failed.svg";
import passedIcon from "./icon_passed.svg";
import runningIcon from "./icon_running.svg";
import { effect } from "@preact/signals";
import { render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { App } from "./app";
import { RUN } from "./base";
import { FilterBar } from "./filter_bar";
import { FindBar } from "./find_bar";
import { Help } from "./help";
import { LevelChoice } from "./level_choice";
import { PageLinks } from "./page_bar";
import { showIcon } from "./page_icon";
import { EmptyState, Neighbours } from "./pane_states";
import { durationText, elapsedOf, isBad, isOver } from "./run";
import { RunHead } from "./run_head";
import { RunSide } from "./run_side";
import { RunWatch } from "./run_watch";
import { connectionText, LivePill, StatusLine } from "./status_line";
import { Viewer } from "./viewer";
import { ViewMenu } from "./view_menu";

const app = new App();
const watch = new RunWatch(app);
const viewer = new Viewer(app, /*showFile=*/ false);

async function copyAddress(): Promise<void> {
  const record = app.follower.paused ? viewer.pane.placeRecord() : null;
  await viewer.copy(record ? app.linkTo(record) : `${location.origin}${location.pathname}`, "Link");
}

function RunPage() {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    host.current?.prepend(viewer.host);
  }, []);
  const run = watch.run.value;
  const { showStreams } = app.settings.value;
  return (
    <>
      <header>
        <div class="top">
          <h1>Tailwater</h1>
          <PageLinks here="runs" />
          <FilterBar app={app} />
          <ViewMenu app={app} />
          <button type="button" class="quiet" aria-label="Help: keys" onClick={() => (app.helpShown.value = true)}>
            ?
          </button>
        </div>
        <RunHead app={app} watch={watch} onCopyAddress={() => void copyAddress()} />
      </header>
      <div class={`middle run-middle${showStreams && run ? " with-streams" : ""}`}>
        {showStreams && run && (
          <RunSide
            run={run}
            now={watch.now.value}
            onRecord={(id) => viewer.showMatch(id)}
            onPlace={(id) => void app.goTo({ kind: "after", id }, /*choose=*/ true)}
          />
        )}
        <main class="content">
          <LevelChoice app={app} onFind={() => viewer.finder.open(app.follower.paused ? "newer" : "older")} />
          <FindBar app={app} finder={viewer.finder} />
          <div ref={host} class="pane-host">
            <EmptyState app={app} />
            <Neighbours app={app} />
            <LivePill app={app} onLive={() => viewer.pane.toEnd()} />
          </div>
        </main>
      </div>
      <StatusLine app={app} />
      <p class="unseen" role="status" aria-live="polite">
        {app.message.value || `${run ? `${run.name} ${run.state}, ` : ""}${connectionText(app.status.value)}${app.status.value.paused ? ", paused" : ""}`}
      </p>
      <Help app={app} />
    </>
  );
}

effect(() => {
  const run = watch.run.value;
  if (!run) {
    document.title = `${RUN} · Tailwater`;
    return;
  }
  const over = isOver(run.state);
  const sign = over ? (isBad(run.state) ? "✗" : run.state === "passed" ? "✓" : "■") : "▶";
  const progress = !over && run.progress && run.progress.total > 0 ? ` ${Math.floor(run.progress.fraction * 100)} %` : "";
  const number = run.attempt === null ? "" : ` #${run.attempt}`;
  document.title = `${sign}${progress} ${run.name}${number} · ${over ? `${run.state} ${durationText(elapsedOf(run, run.ended))}` : run.stage || run.state}`;
  showIcon(over ? (isBad(run.state) ? failedIcon : run.state === "passed" ? passedIcon : null) : runningIcon);
});

const root = document.getElementById("app");
if (root) {
  app.start();
  render(<RunPage />, root);
  viewer.pane.root.focus();
}
