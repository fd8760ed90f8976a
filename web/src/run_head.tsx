// RunHead: what stands above the lines of a run: what it is, how it stands, how long, how far, and what can be had.
import type { App } from "./app";
import { agoText, isOver, reasonText, type Run } from "./run";
import { Elapsed, ProgressBar, RunCountsText, RunLabels, RunMark } from "./run_mark";
import type { RunWatch } from "./run_watch";
import { RUN } from "./base";
import { sizeText } from "./stream_catalog";
import { change } from "./view_menu";

/** The file's bytes, or without its secrets its lines, where the server gives those out. */
function Download({ app, run }: { app: App; run: Run }) {
  for (const stream of app.streams.value ?? []) {
    const file = stream.name === run.stream ? stream.files.find(({ path }) => path === run.path) : undefined;
    if (!file) continue;
    const address = `${app.base}api/raw/${encodeURIComponent(stream.name)}/${encodeURIComponent(file.key)}?format=text`;
    return (
      <a class="action" href={address} download={`${run.file.replaceAll("/", "-")}.log`} title={`All lines as a file (${sizeText(run.size)})`}>
        Download
      </a>
    );
  }
  return null;
}

interface Props {
  readonly app: App;
  readonly watch: RunWatch;
  readonly onCopyAddress: () => void;
}

export function RunHead({ app, watch, onCopyAddress }: Props) {
  const run = watch.run.value;
  const now = watch.now.value;
  if (!run) {
    const problem = watch.problem.value;
    return (
      <section class="run-head" aria-label="Run">
        <h2>{RUN}</h2>
        <span class="reason">{problem ? problem.detail || problem.title || `status ${problem.status}` : "Loading…"}</span>
      </section>
    );
  }
  const reason = reasonText(run);
  const { showStreams } = app.settings.value;
  return (
    <section class="run-head" aria-label="Run" data-state={run.state}>
      <div class="run-line">
        <RunMark state={run.state} known={run.known} />
        <h2>
          {run.name}
          {run.attempt !== null && <span class="number"> #{run.attempt}</span>}
        </h2>
        <strong class="state-word" data-state={run.state}>
          {run.state}
        </strong>
        {reason !== "" && <span class="reason">{reason}</span>}
        <Elapsed run={run} now={now} />
        <span class="ago" title={Number.isNaN(run.started) ? undefined : new Date(run.started).toString()}>
          {agoText(isOver(run.state) ? (Number.isNaN(run.ended) ? run.updated : run.ended) : run.started, now)}
        </span>
        <span class="space" />
        <button type="button" class="action" aria-pressed={showStreams} onClick={() => change(app, { showStreams: !showStreams })} title="Stages, failures and notes (s)">
          Stages
        </button>
        <button type="button" class="action" onClick={onCopyAddress} title="Copy the address of this page, with the record in sight">
          Copy link
        </button>
        <Download app={app} run={run} />
      </div>
      <div class="run-line">
        {!isOver(run.state) && <ProgressBar run={run} now={now} />}
        {!isOver(run.state) && run.stage !== "" && <span class="stage">{run.stage}</span>}
        <RunCountsText run={run} />
        <RunLabels run={run} all />
        <a class="label" href={`${app.base}runs?q=${encodeURIComponent(run.name)}&view=flat`}>
          all runs of {run.name}
        </a>
      </div>
    </section>
  );
}
