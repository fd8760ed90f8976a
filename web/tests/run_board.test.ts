import { describe, expect, test } from "vitest";
import { boardSearchOf, boardViewFrom, gistOf, RunBoard, rowsOf } from "../src/run_board";
import { stageRows } from "../src/stage_rows";
import { decodeRun, type Run, type RunStage } from "../src/run";

const AT = Date.parse("2026-01-02T03:04:05Z");
const ALL = boardViewFrom("");

function run(name: string, attempt: number, state: string, more: Record<string, unknown> = {}): Run {
  const started = new Date(AT + attempt * 1_000).toISOString();
  const made = decodeRun({ run: `ci/${name}-${attempt}`, stream: "ci", file: `${name}-${attempt}`, name, attempt, state, started, updated: started, ...more });
  if (!made) throw new Error("no run");
  return made;
}

function boardOf(...runs: Run[]): RunBoard {
  const board = new RunBoard();
  for (const one of runs) board.take(one);
  return board;
}

describe("RunBoard", () => {
  test("keeps its view in the URL", () => {
    const view = { streams: ["ci", "b"], states: ["failed", "running"] as const, text: "a b", labels: ["branch=main"], flat: false, wall: true };
    expect(boardViewFrom(boardSearchOf(view))).toEqual(view);
    expect(boardSearchOf(ALL)).toBe("");
    expect(boardViewFrom("?state=failed,exploded&label=&view=flat")).toEqual({ ...ALL, states: ["failed"], flat: true });
  });

  test("puts runs of a name together, and what runs or is broken first", () => {
    const board = boardOf(run("good", 9, "passed"), run("bad", 1, "passed"), run("bad", 2, "failed"), run("busy", 3, "running")).show(ALL);
    expect(board.groups.map(({ name, runs }) => [name, runs.map(({ attempt }) => attempt)])).toEqual([["busy", [3]], ["bad", [2, 1]], ["good", [9]]]);
    expect(board.counts).toMatchObject({ passed: 2, failed: 1, running: 1, lost: 0 });
    expect(gistOf(board)).toEqual({ running: 1, bad: 1 });
  });

  test("counts a job as broken while it runs again after a failure", () => {
    expect(gistOf(boardOf(run("a", 1, "failed"), run("a", 2, "running")).show(ALL))).toEqual({ running: 1, bad: 1 });
    expect(gistOf(boardOf(run("a", 1, "failed"), run("a", 2, "passed")).show(ALL))).toEqual({ running: 0, bad: 0 });
  });

  test("filters by state, stream, label and text", () => {
    const board = boardOf(run("a", 1, "failed", { labels: { branch: "main" } }), run("a", 2, "passed"), run("b", 1, "passed", { stream: "other", run: "other/b" }));
    const names = (search: string): string[] => board.show(boardViewFrom(search)).runs.map((one) => one.run);
    expect(names("?state=failed")).toEqual(["ci/a-1"]);
    expect(names("?stream=other")).toEqual(["other/b"]);
    expect(names("?label=branch%3Dmain")).toEqual(["ci/a-1"]);
    expect(names("?q=MAIN+a")).toEqual(["ci/a-1"]);
    expect(board.show(boardViewFrom("?state=failed")).groups).toEqual([]);
    expect(board.show(boardViewFrom("?state=failed")).counts.passed).toBe(2);
  });

  test("takes the later word on a run, and forgets what is gone", () => {
    const board = boardOf(run("a", 1, "passed", { updated: new Date(AT + 9_000).toISOString() }), run("a", 1, "running"));
    expect(board.get("ci/a-1")?.state).toBe("passed");
    board.take(run("a", 1, "passed", { forgotten: true }));
    expect(board.size).toBe(0);
    const other = boardOf(run("a", 1, "passed"), run("b", 1, "passed"));
    other.keepOnly(new Set(["ci/b-1"]));
    expect(other.show(ALL).runs.map(({ name }) => name)).toEqual(["b"]);
  });

  test("shows the runs of groups that are open", () => {
    const board = boardOf(run("a", 1, "passed"), run("a", 2, "passed"), run("b", 1, "passed")).show(ALL);
    const kinds = (open: string[]): string => rowsOf(board, ALL, new Set(open)).map((row) => row.kind[0]).join("");
    expect(kinds([])).toBe("gg");
    expect(kinds([board.groups[0]?.key ?? ""])).toBe("grrg");
    expect(rowsOf(board, { ...ALL, flat: true }, new Set()).length).toBe(3);
  });

  test("is quick with ten thousand runs", () => {
    const board = boardOf(...Array.from({ length: 10_000 }, (_, n) => run(`job ${n % 40}`, n, n % 7 === 0 ? "failed" : "passed")));
    expect(board.show(ALL).groups.length).toBe(40);
  });
});

describe("stageRows", () => {
  const stage = (name: string, depth: number, state = "passed"): RunStage => ({ name, depth, state: state as RunStage["state"], started: AT, ended: null, begin: "", end: "" });
  const shown = (stages: RunStage[], folded: [number, boolean][] = []): string[] => stageRows(stages, new Map(folded)).map((row) => `${row.stage.name}${row.inner > 0 ? (row.open ? "-" : "+") : ""}`);

  test("folds what passed, and opens what runs or failed", () => {
    const stages = [stage("a", 0), stage("a1", 1), stage("a2", 2), stage("b", 0, "failed"), stage("b1", 1), stage("b11", 2), stage("b2", 1, "failed"), stage("c", 0, "running")];
    expect(shown(stages)).toEqual(["a+", "b-", "b1+", "b2", "c"]);
    expect(shown(stages, [[0, false], [1, false], [3, true]])).toEqual(["a-", "a1-", "a2", "b+", "c"]);
  });

  test("bears any depth", () => {
    const deep = Array.from({ length: 300 }, (_, depth) => stage(String(depth), depth, "running"));
    expect(stageRows(deep, new Map()).map(({ depth }) => depth).at(-1)).toBe(12);
  });
});
