// RunMark and what else shows a run in a few pixels, on the board and on a run's own page.
import { runAddress } from "./base";
import { durationText, elapsedOf, fractionOf, isOver, leftOf, type Run, type RunState } from "./run";

const SIGNS: Record<RunState, string> = {
  running: "▶",
  passed: "✓",
  failed: "✗",
  errored: "!",
  lost: "?",
  canceled: "■",
  skipped: "»",
  pending: "…",
};

/** The state as a sign in its colour; the word is for who cannot see it. */
export function RunMark({ state, known = true }: { state: RunState; known?: boolean }) {
  return (
    <span class="run-mark" data-state={state} role="img" aria-label={state} title={known || !isOver(state) ? state : `${state}, as its output says`}>
      {SIGNS[state]}
    </span>
  );
}

/** How long it took, or has taken so far and will take. */
export function Elapsed({ run, now }: { run: Run; now: number }) {
  const elapsed = durationText(elapsedOf(run, now));
  const left = leftOf(run, now);
  return (
    <span class="elapsed">
      {elapsed}
      {left !== null && <span class="left"> {left > 0 ? `· ${durationText(left)} left` : "· longer than usual"}</span>}
    </span>
  );
}

export function ProgressBar({ run, now }: { run: Run; now: number }) {
  const fraction = fractionOf(run, now);
  if (isOver(run.state)) return null;
  const counted = run.progress && run.progress.total > 0 ? `${run.progress.done.toLocaleString("en")} of ${run.progress.total.toLocaleString("en")}` : "";
  return (
    <span class="progress">
      <progress max={1} {...(fraction === null ? {} : { value: fraction })} aria-label={`Progress of ${run.name}`} />
      <span class="progress-text">{counted || (fraction === null ? "" : `${Math.floor(fraction * 100)} %`)}</span>
    </span>
  );
}

/** Counts that are worth a look. */
export function RunCountsText({ run }: { run: Run }) {
  const { passed, failed, skipped, errors, warnings } = run.counts;
  const count = (value: number): string => value.toLocaleString("en");
  return (
    <span class="run-counts">
      {failed > 0 && <b class="bad">{count(failed)} failed</b>}
      {passed > 0 && <span class="good">{count(passed)} passed</span>}
      {skipped > 0 && <span>{count(skipped)} skipped</span>}
      {errors > 0 && <b class="bad">{count(errors)} {errors === 1 ? "error" : "errors"}</b>}
      {warnings > 0 && <span class="warn">{count(warnings)} {warnings === 1 ? "warning" : "warnings"}</span>}
    </span>
  );
}

const SHOWN_IN_HISTORY = 20;

/** The last runs of a name, the newest on the right: how they ended and, by their height, how long they took. */
export function RunHistory({ runs, now }: { runs: readonly Run[]; now: number }) {
  const shown = runs.slice(0, SHOWN_IN_HISTORY).reverse();
  const longest = Math.max(1, ...shown.map((run) => elapsedOf(run, now) || 0));
  return (
    <span class="run-history">
      {shown.map((run) => {
        const share = (elapsedOf(run, now) || 0) / longest;
        const text = `${run.attempt === null ? run.file : `#${run.attempt}`}: ${run.state}${share > 0 ? `, ${durationText(elapsedOf(run, now))}` : ""}`;
        return <a key={run.run} href={runAddress(run.run)} tabIndex={-1} data-state={run.state} data-height={Math.ceil(share * 5) || 1} title={text} aria-label={text} />;
      })}
    </span>
  );
}

/** Labels that say what was run; the others are on the run's page. */
const TELLING = ["branch", "event", "actor"];

export function RunLabels({ run, all = false, onChoose }: { run: Run; all?: boolean; onChoose?: (label: string) => void }) {
  const labels = all ? run.labels : run.labels.filter(([key]) => TELLING.includes(key)).slice(0, 2);
  return (
    <span class="run-labels">
      {labels.map(([key, value]) => {
        const shown = key === "commit" ? value.slice(0, 10) : value;
        if (/^https?:\/\//.test(value)) {
          return (
            <a key={key} class="label" href={value} rel="noreferrer noopener" target="_blank" title={`${key}: ${value}`}>
              {key} ↗
            </a>
          );
        }
        if (!onChoose) {
          return (
            <span key={key} class="label" title={`${key}: ${value}`}>
              {all && <span class="label-key">{key} </span>}
              {shown}
            </span>
          );
        }
        return (
          <button key={key} type="button" class="label" tabIndex={-1} title={`Only runs with ${key}=${value}`} onClick={() => onChoose(`${key}=${value}`)}>
            {shown}
          </button>
        );
      })}
    </span>
  );
}
