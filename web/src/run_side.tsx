// RunSide: beside the lines of a run what its output says: failed tests, annotations, and its stages as a folded
// outline. A click goes to the place in the log.
import { signal } from "@preact/signals";
import { durationText, type Annotation, type FailedTest, type Run } from "./run";
import { RunMark } from "./run_mark";
import { stageRows, type StageRow } from "./stage_rows";

/** What the reader has folded and unfolded himself, by the stage's number. */
const folded = signal<ReadonlyMap<number, boolean>>(new Map());

/** Rows of a list until somebody asks for the rest. */
const FEW = 50;
const MANY = 2_000;
const unfoldedLists = signal<ReadonlySet<string>>(new Set());

interface Props {
  readonly run: Run;
  readonly now: number;
  /** Shows the record with this ID. */
  readonly onRecord: (id: string) => void;
  /** Shows what follows this position. */
  readonly onPlace: (id: string) => void;
}

function More({ name, count }: { name: string; count: number }) {
  if (count <= 0) return null;
  return (
    <li>
      <button type="button" class="quiet small" onClick={() => (unfoldedLists.value = new Set([...unfoldedLists.value, name]))}>
        and {count.toLocaleString("en")} more
      </button>
    </li>
  );
}

const limitOf = (name: string): number => (unfoldedLists.value.has(name) ? MANY : FEW);

function Failures({ tests, onRecord }: { tests: readonly FailedTest[]; onRecord: (id: string) => void }) {
  if (tests.length === 0) return null;
  const limit = limitOf("tests");
  return (
    <section aria-labelledby="side-tests">
      <h3 id="side-tests">
        Failed tests <span class="count">{tests.length}</span>
      </h3>
      <ul>
        {tests.slice(0, limit).map(({ name, suite, message, at }, index) => (
          <li key={index}>
            <button type="button" class="side-row bad" onClick={() => onRecord(at)} title={message}>
              <span class="side-name">
                {suite !== "" && !name.startsWith(suite) && <span class="soft">{suite} </span>}
                {name}
              </span>
              {message !== "" && <span class="side-note">{message}</span>}
            </button>
          </li>
        ))}
        <More name="tests" count={tests.length - limit} />
      </ul>
    </section>
  );
}

function placeText({ file, line, column }: Annotation): string {
  return file === "" ? "" : `${file}${line > 0 ? `:${line}` : ""}${line > 0 && column > 0 ? `:${column}` : ""}`;
}

function Annotations({ annotations, onRecord }: { annotations: readonly Annotation[]; onRecord: (id: string) => void }) {
  if (annotations.length === 0) return null;
  const limit = limitOf("annotations");
  const rank = { error: 0, warning: 1, notice: 2 };
  const sorted = [...annotations].sort((a, b) => rank[a.severity] - rank[b.severity]);
  return (
    <section aria-labelledby="side-annotations">
      <h3 id="side-annotations">
        Annotations <span class="count">{annotations.length}</span>
      </h3>
      <ul>
        {sorted.slice(0, limit).map((one, index) => (
          <li key={index}>
            <button type="button" class={`side-row ${one.severity}`} onClick={() => onRecord(one.at)}>
              <span class="side-name">
                <span class="severity">{one.severity}</span> {one.title || one.message}
              </span>
              <span class="side-note">
                {placeText(one)}
                {one.title !== "" && one.message !== one.title ? ` ${one.message}` : ""}
              </span>
            </button>
          </li>
        ))}
        <More name="annotations" count={annotations.length - limit} />
      </ul>
    </section>
  );
}

function fold({ index, open }: StageRow): void {
  folded.value = new Map([...folded.value, [index, open]]);
}

function Stage({ row, now, onPlace }: { row: StageRow; now: number; onPlace: (id: string) => void }) {
  const { stage, depth, inner, open } = row;
  const duration = durationText(Math.max(0, (stage.ended ?? Math.max(now, stage.started)) - stage.started));
  return (
    <li class="stage-row" data-depth={depth}>
      {inner > 0 ? (
        <button type="button" class="fold" aria-expanded={open} aria-label={`${stage.name}: ${inner} inside`} onClick={() => fold(row)}>
          {open ? "▾" : "▸"}
        </button>
      ) : (
        <span class="fold" />
      )}
      <button type="button" class="side-row" data-state={stage.state} onClick={() => onPlace(stage.begin)} title={`${stage.name}: go to its first line`}>
        <RunMark state={stage.state} />
        <span class="side-name">{stage.name}</span>
        <span class="side-time">{duration}</span>
      </button>
    </li>
  );
}

function Stages({ run, now, onPlace }: Props) {
  if (run.stages.length === 0) return null;
  const rows = stageRows(run.stages, folded.value);
  const limit = limitOf("stages");
  // The newest are the ones that somebody waits for.
  const shown = rows.length > limit && !unfoldedLists.value.has("stages") ? rows.slice(-limit) : rows.slice(0, limit);
  return (
    <section aria-labelledby="side-stages">
      <h3 id="side-stages">
        Stages <span class="count">{run.stages.length}</span>
      </h3>
      <ul>
        <More name="stages" count={rows.length - shown.length} />
        {shown.map((row) => (
          <Stage key={row.index} row={row} now={now} onPlace={onPlace} />
        ))}
      </ul>
    </section>
  );
}

export function RunSide(props: Props) {
  const { run, onRecord } = props;
  const nothing = run.stages.length + run.failedTests.length + run.annotations.length === 0;
  return (
    <aside class="run-side" tabIndex={0} aria-label="Stages, failures and annotations">
      <Failures tests={run.failedTests} onRecord={onRecord} />
      <Annotations annotations={run.annotations} onRecord={onRecord} />
      <Stages {...props} />
      {run.dropped > 0 && <p class="hint">{run.dropped.toLocaleString("en")} more were left out: these lists are bounded. The lines have them all.</p>}
      {nothing && <p class="hint">Stages, failed tests and annotations appear here as the output speaks of them.</p>}
    </aside>
  );
}
