// The board at /runs and the page of a run, as the real daemon serves them, of runs that really run.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { allLines, launch, watchedPage } from "./support/browser.mjs";
import { eventually } from "./support/eventually.mjs";
import { runsDaemon, startRun, tell } from "./support/runs.mjs";

const numbered = (count) => Array.from({ length: count }, (_, at) => `line ${at + 1}`);
/** So many numbered lines, so many a second. */
const counting = (count, pause) => ["sh", "-c", `i=0; while [ $i -lt ${count} ]; do i=$((i+1)); echo "line $i"; sleep ${pause}; done`];
const lastShown = (page, text) =>
  page.waitForFunction((wanted) => [...document.querySelectorAll(".pane .row .text")].at(-1)?.textContent === wanted, text, { polling: 100 });
const stateShown = (page, state) => page.waitForSelector(`.run-head[data-state=${state}]`);
const groups = (page) => page.$$eval(".board-row", (rows) => rows.map((row) => `${row.querySelector(".name").textContent} ${row.dataset.state}`));

describe("runs", { concurrency: false }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
  });

  async function withPage(path, act, options) {
    const daemon = await runsDaemon();
    await daemon.start();
    const { page, faults, close } = await watchedPage(browser, options);
    try {
      if (path !== null) await page.goto(daemon.url + path);
      await act(page, daemon);
      assert.deepEqual(faults, []);
    } finally {
      await close();
      await daemon.remove();
    }
  }

  test("the board is empty, then live, and says when the server is away", { timeout: 60_000 }, async () => {
    await withPage("runs", async (page, daemon) => {
      await page.waitForSelector(".board-empty:has-text('There are no runs yet')");
      await tell(daemon, "build-1", { state: "passed", exit_code: "0" });
      await tell(daemon, "lint-1", { state: "running" });
      await eventually(async () => assert.deepEqual(await groups(page), ["lint running", "build passed"]));
      assert.match(await page.title(), /^▶ 1 · Runs/);
      await tell(daemon, "lint-1", { state: "failed", exit_code: "2" });
      await eventually(async () => assert.deepEqual(await groups(page), ["lint failed", "build passed"]));
      assert.match(await page.title(), /^✗ 1 · Runs/);
      assert.match(await page.$eval("link[rel=icon]", (link) => link.href), /failed/);
      await daemon.kill();
      await page.waitForSelector(".banner:has-text('cannot be reached')");
      await daemon.start();
      await tell(daemon, "build-2", { state: "failed", exit_code: "1" });
      await eventually(async () => assert.deepEqual(await groups(page), ["build failed", "lint failed"]));
      await page.waitForFunction(() => document.querySelector(".banner") === null);
    });
  });

  test("the board keeps its filters in the URL, and takes keys", { timeout: 60_000 }, async () => {
    await withPage(null, async (page, daemon) => {
      await tell(daemon, "build-1", { state: "passed", label: "branch=main" });
      await tell(daemon, "build-2", { state: "failed", label: "branch=dev" });
      await tell(daemon, "lint-1", { state: "passed", label: "branch=main" });
      await page.goto(`${daemon.url}runs`);
      await page.click(".state-chips [data-state=failed]");
      await eventually(async () => assert.deepEqual(await groups(page), ["build failed"]));
      assert.match(page.url(), /state=failed/);
      await page.reload();
      await eventually(async () => assert.deepEqual(await groups(page), ["build failed"]));
      await page.goBack();
      await eventually(async () => assert.equal((await groups(page)).length, 2));
      await page.keyboard.press("/");
      await page.keyboard.type("branch=main");
      await eventually(async () => assert.deepEqual(await groups(page), ["lint passed", "build passed"]));
      await page.keyboard.press("Escape");
      await page.keyboard.press("v");
      await page.keyboard.press("j");
      await page.waitForSelector(".board-row.cursor");
      await page.keyboard.press("Enter");
      await page.waitForURL(/\/runs\/ci\/lint-1$/);
      await stateShown(page, "passed");
    });
  });

  test("ten thousand runs cost no more rows than ten", { timeout: 60_000 }, async () => {
    const runs = Array.from({ length: 10_000 }, (_, n) => {
      const time = new Date(Date.UTC(2026, 0, 1) + n * 1_000).toISOString();
      return { run: `ci/job-${n}`, stream: "ci", file: `job-${n}`, name: `job ${n % 3_000}`, attempt: n, state: n % 9 === 0 ? "failed" : "passed", started: time, updated: time, ended: time };
    });
    await withPage(null, async (page, daemon) => {
      await page.route(/\/api\/runs\?/, (route) => route.fulfill({ json: { runs: runs.slice(-200).reverse(), next: null, total: 10_000 } }));
      const frames = runs.map((run) => `event: run\ndata: ${JSON.stringify(run)}\n\n`).join("");
      await page.addInitScript(() => {
        delete globalThis.SharedWorker; // or the test could not stand in for the stream
        delete globalThis.BroadcastChannel;
      });
      await page.route(/\/api\/events/, (route) =>
        route.fulfill({ contentType: "text/event-stream", body: `retry: 60000\n\nevent: hello\ndata: {}\n\n${frames}event: caught-up\nid: a.0.1\ndata: {}\n\n` }),
      );
      await page.goto(`${daemon.url}runs`);
      await page.waitForFunction(() => document.querySelector(".board-row")?.getAttribute("aria-setsize") === "3000", null, { timeout: 20_000 });
      assert.ok((await page.$$(".board-row")).length < 40);
      await page.keyboard.press("End");
      await page.waitForSelector(".board-row[aria-posinset='3000']");
    });
  });

  test("joining late, leaving, returning: every line once and in order", { timeout: 90_000 }, async () => {
    await withPage(null, async (page, daemon) => {
      const run = startRun(daemon, "ci/count-1", counting(300, 0.02));
      await eventually(async () => assert.equal((await fetch(`${daemon.url}api/runs/ci/count-1`)).status, 200));
      await page.goto(`${daemon.url}runs/ci/count-1`);
      await stateShown(page, "running");
      await page.waitForSelector(".pill[data-state=live]");
      assert.match(await page.title(), /^▶/);
      await page.goto("about:blank");
      await page.goBack();
      await stateShown(page, "running");
      assert.equal((await run.ended).code, 0);
      await stateShown(page, "passed");
      await lastShown(page, "line 300");
      assert.deepEqual(await allLines(page), numbered(300));
      assert.match(await page.title(), /^✓/);
    });
  });

  test("the server restarts in mid-job: every line once and in order", { timeout: 90_000 }, async () => {
    await withPage(null, async (page, daemon) => {
      const run = startRun(daemon, "ci/count-2", counting(300, 0.02));
      await eventually(async () => assert.equal((await fetch(`${daemon.url}api/runs/ci/count-2`)).status, 200));
      await page.goto(`${daemon.url}runs/ci/count-2`);
      await page.waitForSelector(".pill[data-state=live]");
      for (let kills = 0; kills < 2; kills += 1) {
        await daemon.kill();
        await page.waitForSelector(".pill[data-state=offline]");
        await daemon.start();
        await page.waitForSelector(".pill:not([data-state=offline])", { timeout: 40_000 });
      }
      const { code, errors } = await run.ended;
      assert.equal(code, 0, errors);
      await stateShown(page, "passed");
      await lastShown(page, "line 300");
      assert.deepEqual(await allLines(page), numbered(300));
    });
  });

  test("stages and annotations lead to their place in the log", { timeout: 60_000 }, async () => {
    await withPage(null, async (page, daemon) => {
      const filler = Array.from({ length: 2_000 }, (_, at) => `step ${at}\n`).join("");
      const lines = `::group::Build\n${filler}main.c:7:3: error: no such thing\n::endgroup::\n::group::Test\n${filler}::endgroup::\n`;
      await tell(daemon, "steps-1", { state: "failed", exit_code: "1" }, lines);
      await page.goto(`${daemon.url}runs/ci/steps-1`);
      await stateShown(page, "failed");
      const inSight = (text) =>
        page.waitForFunction((wanted) => document.querySelector(".pane .row.cursor")?.textContent.includes(wanted), text, { timeout: 15_000 });
      await page.click(".side-row.error");
      await inSight("main.c:7:3: error");
      await page.click(".stage-row .side-row:has-text('Test')");
      await inSight("::group::Test");
      await page.keyboard.press("s");
      await page.waitForFunction(() => document.querySelector(".run-side") === null);
    });
  });

  test("a link to a line opens there", { timeout: 60_000 }, async () => {
    await withPage(null, async (page, daemon) => {
      await tell(daemon, "long-1", { state: "passed" }, numbered(3_000).map((line) => `${line}\n`).join(""));
      const record = await eventually(async () => {
        // What was pushed is followed a moment later.
        const { records } = await (await fetch(`${daemon.url}api/records?run=ci/long-1&at=0.4&limit=1`)).json();
        assert.equal(records.length, 1);
        return records[0];
      });
      await page.goto(`${daemon.url}runs/ci/long-1?around=${record.id}`);
      await page.waitForFunction((text) => document.querySelector(".pane .row.cursor .text")?.textContent === text, record.line);
      assert.match(await page.$eval("a.action", (link) => link.href), /\/api\/raw\/ci\//);
    });
  });

  test("a run that is not there is said to be so", { timeout: 60_000 }, async () => {
    await withPage("runs/ci/none-1", async (page) => {
      await page.waitForSelector(".run-head:has-text('there is no run ci/none-1')");
    });
  });
});
