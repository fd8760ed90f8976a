// RunBoard: the runs that are known, as the board shows them: grouped by their name in their stream, filtered, in rows.
// Filters have the names of GET /api/runs and live in the page's URL. Pure.
import { isBad, isOver, isRunState, type Run, type RunState } from "./run";

export interface BoardView {
  readonly streams: readonly string[];
  readonly states: readonly RunState[];
  /** Parts of names, stages and labels, all of which have to occur. */
  readonly text: string;
  /** KEY=VALUE */
  readonly labels: readonly string[];
  /** Each run a row of its own, newest first. */
  readonly flat: boolean;
  /** Large tiles, to be read from afar. */
  readonly wall: boolean;
}

export function boardViewFrom(search: string): BoardView {
  const parameters = new URLSearchParams(search);
  const all = (name: string): string[] => [...new Set(parameters.getAll(name).filter((value) => value !== ""))];
  return {
    streams: all("stream"),
    states: all("state").flatMap((list) => list.split(",")).filter(isRunState),
    text: parameters.get("q") ?? "",
    labels: all("label"),
    flat: parameters.get("view") === "flat",
    wall: parameters.get("view") === "wall",
  };
}

export function boardSearchOf(view: BoardView): string {
  const parameters = new URLSearchParams();
  for (const stream of view.streams) parameters.append("stream", stream);
  for (const state of view.states) parameters.append("state", state);
  for (const label of view.labels) parameters.append("label", label);
  if (view.text !== "") parameters.set("q", view.text);
  if (view.wall) parameters.set("view", "wall");
  else if (view.flat) parameters.set("view", "flat");
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

export interface Group {
  /** STREAM and name, unmistakable. */
  readonly key: string;
  readonly stream: string;
  readonly name: string;
  /** Newest first. */
  readonly runs: readonly Run[];
}

/** When it began, as far as is known: what "newest" means. */
const beganAt = (run: Run): number => (Number.isNaN(run.started) ? (Number.isNaN(run.created) ? 0 : run.created) : run.started);

const byNewest = (a: Run, b: Run): number => beganAt(b) - beganAt(a) || (a.run < b.run ? 1 : -1);

export function matchesView(run: Run, view: BoardView): boolean {
  if (view.streams.length > 0 && !view.streams.includes(run.stream)) return false;
  if (!view.labels.every((wanted) => run.labels.some(([key, value]) => `${key}=${value}` === wanted))) return false;
  if (view.text === "") return true;
  const hay = `${run.run} ${run.name} ${run.attempt ?? ""} ${run.stage} ${run.labels.map(([key, value]) => `${key}=${value}`).join(" ")}`.toLowerCase();
  return view.text.toLowerCase().split(/\s+/).every((part) => hay.includes(part));
}

export type StateCounts = Readonly<Record<RunState, number>>;

export interface Board {
  readonly groups: readonly Group[];
  /** Newest first. */
  readonly runs: readonly Run[];
  /** Of what the other filters take, how many there are in each state. */
  readonly counts: StateCounts;
  readonly streams: readonly string[];
}

const noCounts = (): Record<RunState, number> => ({ running: 0, failed: 0, errored: 0, lost: 0, canceled: 0, passed: 0, skipped: 0, pending: 0 });

/** What a group is listed by: what runs comes first, then what is broken, then the rest; inside of that the latest. */
function rankOf({ runs }: Group): number {
  const latest = runs[0];
  if (!latest) return 3;
  if (!isOver(latest.state)) return 0;
  return isBad(latest.state) ? 1 : 2;
}

export class RunBoard {
  private readonly runs = new Map<string, Run>();

  get size(): number {
    return this.runs.size;
  }
  get(run: string): Run | undefined {
    return this.runs.get(run);
  }
  /** Puts what is told of a run over what was known. */
  take(run: Run): void {
    if (run.forgotten) {
      this.runs.delete(run.run);
      return;
    }
    const known = this.runs.get(run.run);
    // A page that was asked for may be older than an event that came meanwhile.
    if (known && run.updated < known.updated) return;
    this.runs.set(run.run, run);
  }
  /** The others are there no more. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of [...this.runs.keys()]) if (!names.has(name)) this.runs.delete(name);
  }

  show(view: BoardView): Board {
    const streams = new Set<string>();
    const counts = noCounts();
    const shown: Run[] = [];
    for (const run of this.runs.values()) {
      streams.add(run.stream);
      if (!matchesView(run, view)) continue;
      counts[run.state] += 1;
      shown.push(run);
    }
    shown.sort(byNewest);
    const groups = groupsOf(shown).filter(({ runs }) => view.states.length === 0 || (runs[0] !== undefined && view.states.includes(runs[0].state)));
    groups.sort((a, b) => rankOf(a) - rankOf(b) || byNewest(a.runs[0] as Run, b.runs[0] as Run));
    const runs = view.states.length === 0 ? shown : shown.filter(({ state }) => view.states.includes(state));
    return { groups, runs, counts, streams: [...streams].sort() };
  }
}

/** `runs` are newest first, and stay so. */
function groupsOf(runs: readonly Run[]): Group[] {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const key = `${run.stream}\n${run.name}`;
    const group = groups.get(key);
    if (group) group.push(run);
    else groups.set(key, [run]);
  }
  return [...groups].map(([key, members]) => ({ key, stream: members[0]?.stream ?? "", name: members[0]?.name ?? "", runs: members }));
}

/** A row of the list: a group's head, or a run. */
export type BoardRow = { readonly kind: "group"; readonly group: Group; readonly open: boolean } | { readonly kind: "run"; readonly run: Run };

export function rowsOf(board: Board, view: BoardView, open: ReadonlySet<string>): BoardRow[] {
  if (view.flat) return board.runs.map((run) => ({ kind: "run", run }));
  return board.groups.flatMap((group): BoardRow[] => {
    const isOpen = open.has(group.key);
    const head: BoardRow = { kind: "group", group, open: isOpen };
    return isOpen ? [head, ...group.runs.map((run): BoardRow => ({ kind: "run", run }))] : [head];
  });
}

/** The worst that there is to know at a glance, for the icon and the title. */
export function gistOf(board: Board): { readonly running: number; readonly bad: number } {
  let running = 0;
  let bad = 0;
  for (const { runs } of board.groups) {
    const latest = runs[0];
    if (!latest) continue;
    if (!isOver(latest.state)) running += 1;
    // While it runs again, what the last one came to is what is known.
    const last = runs.find(({ state }) => isOver(state));
    if (last && isBad(last.state)) bad += 1;
  }
  return { running, bad };
}
