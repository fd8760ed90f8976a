// BoardList: the board's rows. Only those in sight exist, so that ten thousand runs cost as much as ten.
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { runAddress } from "./base";
import type { BoardState } from "./board_state";
import { agoText, elapsedOf, isOver, type Run } from "./run";
import type { BoardRow, Group } from "./run_board";
import { Elapsed, ProgressBar, RunCountsText, RunHistory, RunLabels, RunMark } from "./run_mark";

/** As in runs.css: --board-row. */
const ROW = 56;
const NARROW_ROW = 84;
const OVERSCAN = 6;

function Facts({ run, state }: { run: Run; state: BoardState }) {
  const now = state.now.value;
  return (
    <>
      <span class="what">
        {isOver(run.state) ? <RunCountsText run={run} /> : <ProgressBar run={run} now={now} />}
        {!isOver(run.state) && run.stage !== "" && <span class="stage" title={run.stage}>{run.stage}</span>}
      </span>
      <Elapsed run={run} now={now} />
      <span class="ago" title={Number.isNaN(run.started) ? undefined : new Date(run.started).toString()}>
        {agoText(isOver(run.state) ? (Number.isNaN(run.ended) ? run.updated : run.ended) : run.started, now)}
      </span>
    </>
  );
}

const numberOf = (run: Run): string => (run.attempt === null ? run.file : `#${run.attempt}`);

function GroupRow({ group, open, state }: { group: Group; open: boolean; state: BoardState }) {
  const latest = group.runs[0] as Run;
  const label = `${group.runs.length} ${group.runs.length === 1 ? "run" : "runs"} of ${group.name}`;
  return (
    <>
      <button type="button" class="fold" tabIndex={-1} aria-expanded={open} aria-label={label} title={label} onClick={() => state.toggle(group.key)}>
        {open ? "▾" : "▸"}
      </button>
      <RunMark state={latest.state} known={latest.known} />
      <span class="title">
        <a class="name" href={runAddress(latest.run)}>
          {group.name}
        </a>
        <span class="under">
          <span class="number">{numberOf(latest)}</span>
          {state.board.value.streams.length > 1 && <span class="stream">{group.stream}</span>}
          <RunLabels run={latest} onChoose={(one) => state.show({ labels: [...new Set([...state.view.value.labels, one])] })} />
        </span>
      </span>
      <RunHistory runs={group.runs} now={state.now.value} />
      <Facts run={latest} state={state} />
    </>
  );
}

function RunRow({ run, state }: { run: Run; state: BoardState }) {
  const { flat } = state.view.value;
  return (
    <>
      <span class="fold" />
      <RunMark state={run.state} known={run.known} />
      <span class="title">
        <a class="name" href={runAddress(run.run)}>
          {flat ? run.name : numberOf(run)}
        </a>
        <span class="under">
          {flat && <span class="number">{numberOf(run)}</span>}
          {flat && state.board.value.streams.length > 1 && <span class="stream">{run.stream}</span>}
          <RunLabels run={run} onChoose={(one) => state.show({ labels: [...new Set([...state.view.value.labels, one])] })} />
        </span>
      </span>
      <span class="run-history" />
      <Facts run={run} state={state} />
    </>
  );
}

const keyOf = (row: BoardRow): string => (row.kind === "group" ? `g ${row.group.key}` : `r ${row.run.run}`);

/** Goes to the row's run. */
export function openRow(row: BoardRow | undefined): void {
  const run = row?.kind === "group" ? row.group.runs[0] : row?.run;
  if (run) location.assign(runAddress(run.run));
}

export function BoardList({ state, cursor }: { state: BoardState; cursor: number | null }) {
  const root = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const size = useSignal({ height: 900, row: ROW });
  useLayoutEffect(() => {
    const list = root.current;
    if (!list) return undefined;
    const measure = (): void => {
      size.value = { height: list.clientHeight, row: list.clientWidth < 720 ? NARROW_ROW : ROW };
    };
    const observer = new ResizeObserver(measure);
    observer.observe(list);
    measure();
    return () => observer.disconnect();
  }, [size]);
  const { height, row } = size.value;
  useLayoutEffect(() => {
    const list = root.current;
    if (!list || cursor === null) return;
    if (cursor * row < list.scrollTop) list.scrollTop = cursor * row;
    else if ((cursor + 1) * row > list.scrollTop + list.clientHeight) list.scrollTop = (cursor + 1) * row - list.clientHeight;
  }, [cursor, row]);
  const rows = state.rows.value;
  const first = Math.max(0, Math.floor(top.value / row) - OVERSCAN);
  const shown = rows.slice(first, Math.ceil((top.value + height) / row) + OVERSCAN);
  const spacer = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    spacer.current?.style.setProperty("height", `${rows.length * row}px`);
    spacer.current?.style.setProperty("padding-top", `${first * row}px`);
  });
  return (
    <div ref={root} class="board-list" tabIndex={0} role="list" aria-label="Runs" onScroll={(event) => (top.value = event.currentTarget.scrollTop)}>
      <div ref={spacer} class="board-spacer" role="presentation">
        {shown.map((one, at) => (
          <div
            key={keyOf(one)}
            class={`board-row ${one.kind}${cursor === first + at ? " cursor" : ""}`}
            data-state={(one.kind === "group" ? (one.group.runs[0] as Run) : one.run).state}
            role="listitem"
            aria-setsize={rows.length}
            aria-posinset={first + at + 1}
            onClick={(event) => {
              if (event.target instanceof Element && event.target.closest("a, button")) return;
              if (document.getSelection()?.isCollapsed === false) return;
              openRow(one);
            }}
          >
            {one.kind === "group" ? <GroupRow group={one.group} open={one.open} state={state} /> : <RunRow run={one.run} state={state} />}
          </div>
        ))}
      </div>
    </div>
  );
}

/** So many tiles can be told apart from across a room. */
const MOST_TILES = 48;

/** The groups as tiles, to be read from afar. */
export function Wall({ state }: { state: BoardState }) {
  const { groups } = state.board.value;
  const now = state.now.value;
  const shown = groups.slice(0, MOST_TILES);
  const columns = shown.length <= 2 ? 1 : shown.length <= 6 ? 2 : shown.length <= 12 ? 3 : shown.length <= 24 ? 4 : 6;
  return (
    <div class="wall" data-columns={columns} tabIndex={0} role="list" aria-label="Runs">
      {shown.map(({ key, name, runs }) => {
        const latest = runs[0] as Run;
        const last = runs.find((run) => isOver(run.state));
        return (
          <div key={key} role="listitem" class="tile-slot">
          <a class="tile" href={runAddress(latest.run)} data-state={latest.state} data-last={last?.state ?? ""}>
            <span class="tile-name">{name}</span>
            <span class="tile-state">
              <RunMark state={latest.state} /> {latest.state}
              {!isOver(latest.state) && last && <span class="tile-last"> (last: {last.state})</span>}
            </span>
            <span class="tile-facts">
              {numberOf(latest)} · {isOver(latest.state) ? agoText(Number.isNaN(latest.ended) ? latest.updated : latest.ended, now) : latest.stage || "running"}
            </span>
            {isOver(latest.state) ? <RunCountsText run={latest} /> : <ProgressBar run={latest} now={now} />}
            {!Number.isNaN(elapsedOf(latest, now)) && <Elapsed run={latest} now={now} />}
          </a>
          </div>
        );
      })}
      {groups.length > shown.length && <p class="hint" role="listitem">and {groups.length - shown.length} more</p>}
    </div>
  );
}
