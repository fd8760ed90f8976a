import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Follower } from "../src/follower";
import { Pager } from "../src/pager";
import { EVERYTHING } from "../src/view";

const TOTAL = 10_000;
const numberIn = (id: string | null): number => Number(id?.split(".")[2]);
const record = (n: number) => ({ id: `k.0.${n}`, stream: "s", file: "/f", level: null, time: null, arrived: null, line: `line ${n}` });

/** A history of TOTAL records, and how it was asked. */
let asked: string[] = [];
function answer(url: string): Response {
  const { searchParams: query } = new URL(url);
  query.delete("limit");
  asked.push(query.toString());
  const limit = Number(new URL(url).searchParams.get("limit"));
  let from = TOTAL - limit + 1;
  if (query.has("before")) from = Math.max(1, numberIn(query.get("before")) - limit);
  if (query.has("after")) from = numberIn(query.get("after")) + 1;
  if (query.has("at")) from = Math.floor(Number(query.get("at")) * TOTAL) + 1;
  const to = Math.min(TOTAL, query.has("before") ? numberIn(query.get("before")) - 1 : from + limit - 1);
  const records = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => record(from + at));
  return Response.json({
    records,
    before: from > 1 ? `k.0.${from}` : null,
    after: to < TOTAL ? `k.0.${to}` : null,
    at_start: from <= 1,
    at_end: to >= TOTAL,
    position: (from - 1) / TOTAL,
    complete: true,
  });
}

function paged() {
  const links: { resumeAfter: string }[] = [];
  const follower = new Follower("http://h/", () => undefined, (_url, resumeAfter) => {
    links.push({ resumeAfter });
    return { close: () => undefined, reopen: () => undefined };
  }, { items: 2_000, characters: 1e9 });
  follower.open(EVERYTHING);
  return { follower, pager: new Pager("http://h/", follower, () => undefined), links };
}

const numbers = (follower: Follower): number[] =>
  Array.from({ length: follower.window.size }, (_, at) => numberIn(follower.window.get(follower.window.first + at)?.id ?? null));
const run = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

beforeEach(() => {
  asked = [];
  vi.stubGlobal("fetch", (url: string) => Promise.resolve(answer(url)));
});
afterEach(() => vi.unstubAllGlobals());

test("goes to a place and pages from there in both directions without repeats or holes", async () => {
  const { follower, pager } = paged();
  expect(await pager.jump({ kind: "at", fraction: 0.5 })).toEqual({ result: "shown" });
  expect(numbers(follower)).toEqual(run(5_001, 5_400));
  expect([follower.paused, follower.detached, follower.away]).toEqual([true, true, true]);
  await pager.older();
  expect(numbers(follower)).toEqual(run(4_501, 5_400));
  await pager.newer();
  expect(numbers(follower)).toEqual(run(4_501, 5_900));
  expect(pager.positions.of(follower.window.first)).toBe(0.45);
});

test("older pages push out the newest, and newer ones the oldest", async () => {
  const { follower, pager } = paged();
  await pager.jump({ kind: "at", fraction: 0.5 });
  follower.protectedFrom = Infinity;
  follower.protectedBefore = -Infinity;
  for (let page = 0; page < 6; page += 1) await pager.older();
  expect(numbers(follower)).toEqual(run(2_001, 4_000));
  for (let page = 0; page < 3; page += 1) await pager.newer();
  expect(numbers(follower)).toEqual(run(3_501, 5_500));
});

test("reaches the first record and asks no more; reaches the end and follows it", async () => {
  const { follower, pager, links } = paged();
  await pager.jump({ kind: "at", fraction: 0.02 });
  await pager.older();
  expect([pager.atStart, follower.window.records]).toEqual([true, 600]);
  const count = asked.length;
  await pager.older();
  expect(asked.length).toBe(count);
  await pager.jump({ kind: "at", fraction: 0.95 });
  follower.protectedFrom = Infinity;
  await pager.newer();
  expect([follower.detached, links.at(-1)?.resumeAfter]).toEqual([false, "k.0.10000"]);
});

test("a jump cancels what is under way", async () => {
  const { follower, pager } = paged();
  await pager.jump({ kind: "at", fraction: 0.5 });
  const older = pager.older();
  await pager.jump({ kind: "at", fraction: 0.1 });
  await older;
  expect(numbers(follower)).toEqual(run(1_001, 1_400));
});

test("says why a page did not come, and asks again only when told to", async () => {
  const { pager } = paged();
  await pager.jump({ kind: "at", fraction: 0.5 });
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ status: 410, detail: "it is gone" }, { status: 410 })));
  await pager.older();
  expect([pager.failure, pager.loading]).toEqual(["it is gone", null]);
  vi.stubGlobal("fetch", (url: string) => Promise.resolve(answer(url)));
  const count = asked.length;
  await pager.older();
  expect(asked.length).toBe(count);
  pager.retry();
  await pager.older();
  expect(asked.length).toBe(count + 1);
});
