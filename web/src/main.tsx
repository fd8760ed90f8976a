// The viewer's page: joins the state (App), the pane and its keys (Viewer), the timeline and the chrome.
import "./early_page"; // first: what it asks for is under way while the others are evaluated
import "./styles/index.css";
import alertIcon from "./icon_alert.svg";
import { effect } from "@preact/signals";
import { render } from "preact";
import { App } from "./app";
import { Chrome } from "./chrome";
import { showIcon } from "./page_icon";
import { baseName } from "./stream_catalog";
import { Timeline } from "./timeline";
import { markMoment } from "./timeline_strip";
import { Viewer } from "./viewer";
import { change } from "./view_menu";

const app = new App();
const timeline = new Timeline(app);
const viewer = new Viewer(app, /*showFile=*/ true);
const { pane } = viewer;
app.onRest = (time) => app.follower.paused && timeline.reveal(time);
pane.onHover = (record) => markMoment(record ? Date.parse(record.time ?? record.arrived ?? "") / 1_000 : null);
effect(() => pane.markTime(timeline.hovered.value));
viewer.own.timeline = () => change(app, { showTimeline: !app.settings.value.showTimeline });
viewer.own.metrics = () => {
  const { showTimeline, showMetrics } = app.settings.value;
  change(app, { showTimeline: true, showMetrics: !showMetrics || !showTimeline });
};

// Read once a second at most: the icon follows errors that nobody has seen yet.
effect(() => showIcon(app.unseenErrors.value > 0 ? alertIcon : null));

effect(() => {
  const { view, unseenErrors } = app;
  const what = [view.value.run, ...view.value.streams, ...view.value.files.map(baseName)].filter(Boolean).join(", ");
  const errors = unseenErrors.value > 0 ? `(${unseenErrors.value}) ` : "";
  document.title = `${errors}${what ? `${what} · ` : ""}Tailwater`;
});

const host = document.getElementById("app");
if (host) {
  app.start();
  render(<Chrome app={app} timeline={timeline} finder={viewer.finder} pane={viewer.host} onLive={() => pane.toEnd()} />, host);
  pane.root.focus();
}
