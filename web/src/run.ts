// Run: a CI job as /api/runs and `run` events tell it. Decoding trusts nothing: a field of the wrong type becomes its
// empty value.

export const RUN_STATES = ["running", "failed", "errored", "lost", "canceled", "passed", "skipped", "pending"] as const;
export type RunState = (typeof RUN_STATES)[number];

export interface RunStage {
  readonly name: string;
  readonly depth: number;
  readonly state: RunState;
  readonly started: number;
  readonly ended: number | null;
  /** Before its first line. */
  readonly begin: string;
  readonly end: string;
}

export interface FailedTest {
  readonly name: string;
  readonly suite: string;
  readonly message: string;
  /** The ID of its line. */
  readonly at: string;
}

export interface Annotation {
  readonly severity: "error" | "warning" | "notice";
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly title: string;
  readonly message: string;
  readonly at: string;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly fraction: number;
  readonly text: string;
}

export interface RunCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly errors: number;
  readonly warnings: number;
}

export interface Run {
  /** STREAM/FILE */
  readonly run: string;
  readonly stream: string;
  readonly file: string;
  readonly path: string;
  readonly name: string;
  readonly attempt: number | null;
  readonly labels: readonly (readonly [string, string])[];
  readonly state: RunState;
  /** By an exit status or a finishing call; else the output's markers say so. */
  readonly known: boolean;
  readonly exitCode: number | null;
  readonly signal: string;
  /** Times in milliseconds; NaN where there is none. */
  readonly created: number;
  readonly started: number;
  readonly ended: number;
  readonly updated: number;
  readonly size: number;
  readonly lines: number;
  readonly stage: string;
  readonly progress: Progress | null;
  readonly counts: RunCounts;
  /** How long it will still take, as of `updated`; null if there is no telling. */
  readonly etaMs: number | null;
  readonly begin: string;
  readonly end: string;
  /** Of the whole form alone. */
  readonly stages: readonly RunStage[];
  readonly failedTests: readonly FailedTest[];
  readonly annotations: readonly Annotation[];
  readonly dropped: number;
  /** It is there no more. */
  readonly forgotten: boolean;
}

type Fields = Record<string, unknown>;

const fieldsOf = (value: unknown): Fields => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {});
const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : []);
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown, otherwise = 0): number => (typeof value === "number" && Number.isFinite(value) ? value : otherwise);
const numberOrNull = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);
const time = (value: unknown): number => Date.parse(text(value));

export const isRunState = (value: unknown): value is RunState => typeof value === "string" && (RUN_STATES as readonly string[]).includes(value);
const stateOf = (value: unknown): RunState => (isRunState(value) ? value : "pending");

/** Nothing more is expected of it. */
export const isOver = (state: RunState): boolean => state !== "running" && state !== "pending";
/** Somebody should look at it. */
export const isBad = (state: RunState): boolean => state === "failed" || state === "errored" || state === "lost";

function progressOf(value: unknown): Progress | null {
  if (typeof value !== "object" || value === null) return null;
  const fields = fieldsOf(value);
  const fraction = Math.min(1, Math.max(0, number(fields["fraction"])));
  return { done: number(fields["done"]), total: number(fields["total"]), fraction, text: text(fields["text"]) };
}

function countsOf(value: unknown): RunCounts {
  const fields = fieldsOf(value);
  const count = (name: string): number => number(fields[name]);
  return { passed: count("passed"), failed: count("failed"), skipped: count("skipped"), errors: count("errors"), warnings: count("warnings") };
}

function stageOf(fields: Fields): RunStage {
  const ended = time(fields["ended"]);
  return {
    name: text(fields["name"]),
    depth: Math.max(0, number(fields["depth"])),
    state: stateOf(fields["state"]),
    started: time(fields["started"]),
    ended: Number.isNaN(ended) ? null : ended,
    begin: text(fields["begin"]),
    end: text(fields["end"]),
  };
}

function annotationOf(fields: Fields): Annotation {
  const severity = fields["severity"];
  return {
    severity: severity === "warning" || severity === "notice" ? severity : "error",
    file: text(fields["file"]),
    line: number(fields["line"]),
    column: number(fields["column"]),
    title: text(fields["title"]),
    message: text(fields["message"]),
    at: text(fields["at"]),
  };
}

/** null if it is no run. */
export function decodeRun(value: unknown): Run | null {
  const fields = fieldsOf(value);
  const run = text(fields["run"]);
  if (run === "") return null;
  const dropped = fieldsOf(fields["dropped"]);
  return {
    run,
    stream: text(fields["stream"]),
    file: text(fields["file"]),
    path: text(fields["path"]),
    name: text(fields["name"]) || text(fields["file"]),
    attempt: numberOrNull(fields["attempt"]),
    labels: Object.entries(fieldsOf(fields["labels"])).map(([key, label]) => [key, text(label)] as const),
    state: stateOf(fields["state"]),
    known: fields["known"] === true,
    exitCode: numberOrNull(fields["exit_code"]),
    signal: text(fields["signal"]),
    created: time(fields["created"]),
    started: time(fields["started"]),
    ended: time(fields["ended"]),
    updated: time(fields["updated"]),
    size: number(fields["size"]),
    lines: number(fields["lines"]),
    stage: text(fields["stage"]),
    progress: progressOf(fields["progress"]),
    counts: countsOf(fields["counts"]),
    etaMs: numberOrNull(fields["eta_ms"]),
    begin: text(fields["begin"]),
    end: text(fields["end"]),
    stages: listOf(fields["stages"]).map(stageOf),
    failedTests: listOf(fields["failed_tests"]).map((one) => ({
      name: text(one["name"]),
      suite: text(one["suite"]),
      message: text(one["message"]),
      at: text(one["at"]),
    })),
    annotations: listOf(fields["annotations"]).map(annotationOf),
    dropped: number(dropped["stages"]) + number(dropped["failed_tests"]) + number(dropped["annotations"]),
    forgotten: fields["forgotten"] === true,
  };
}

export function parseRun(data: string): Run | null {
  try {
    return decodeRun(JSON.parse(data));
  } catch {
    return null;
  }
}

/** How long it has taken so far, or took; NaN before it began. */
export const elapsedOf = (run: Run, now: number): number =>
  Math.max(0, (isOver(run.state) ? (Number.isNaN(run.ended) ? run.updated : run.ended) : Math.max(now, run.started)) - run.started);

/** How much is left, counted down since the server said so; null if there is no telling. */
export const leftOf = (run: Run, now: number): number | null =>
  run.etaMs === null || isOver(run.state) ? null : Math.max(0, run.etaMs - Math.max(0, now - run.updated));

/** 0 to 1, by what the output counts, else by how long earlier runs took; null if there is no telling. */
export function fractionOf(run: Run, now: number): number | null {
  if (isOver(run.state)) return null;
  if (run.progress && (run.progress.total > 0 || run.progress.fraction > 0)) return run.progress.fraction;
  const left = leftOf(run, now);
  const elapsed = elapsedOf(run, now);
  return left === null || Number.isNaN(elapsed) || elapsed + left === 0 ? null : Math.min(0.99, elapsed / (elapsed + left));
}

/** "7.3 s", "1m 23s", "2h 05m", "3d 4h". */
export function durationText(milliseconds: number): string {
  if (Number.isNaN(milliseconds)) return "";
  const seconds = milliseconds / 1000;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  if (seconds < 10) return `${seconds.toFixed(1)}s`;
  if (seconds < 60) return `${Math.floor(seconds)}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h ${two((seconds % 3_600) / 60)}m`;
  return `${Math.floor(seconds / 86_400)}d ${Math.floor((seconds % 86_400) / 3_600)}h`;
}

/** "now", "5 min ago", "3 h ago", "2 d ago". */
export function agoText(time: number, now: number): string {
  if (Number.isNaN(time)) return "";
  const seconds = Math.max(0, (now - time) / 1000);
  if (seconds < 45) return "now";
  if (seconds < 3_600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3_600)} h ago`;
  return `${Math.round(seconds / 86_400)} d ago`;
}

/** Why it is in its state: "exit code 2", "SIGTERM", "by its output". */
export function reasonText(run: Run): string {
  if (run.signal !== "") return run.signal;
  if (run.exitCode !== null && run.exitCode !== 0) return `exit code ${run.exitCode}`;
  return !run.known && isOver(run.state) && run.state !== "lost" ? "as its output says" : "";
}
