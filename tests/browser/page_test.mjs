// The page at / as the daemon serves it. Screenshots go to TAILWATER_SCREENSHOTS, or a temporary directory.
import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { firstInSight, launch, shownLines, watchedPage } from "./support/browser.mjs";
import { Daemon } from "./support/daemon.mjs";
import { eventually } from "./support/eventually.mjs";

const screenshots = process.env.TAILWATER_SCREENSHOTS ?? mkdtempSync(join(tmpdir(), "tailwater-screenshots-"));
mkdirSync(screenshots, { recursive: true });

const live = (page) => page.waitForSelector(".pill[data-state=live]");
const statusSays = (page, text) =>
  page.waitForFunction((wanted) => document.querySelector(".status").textContent.includes(wanted), text);
const lastShown = (page, text) =>
  page.waitForFunction((wanted) => {
    const rows = document.querySelectorAll(".pane .row:not(.notice) .text");
    return rows.length > 0 && rows[rows.length - 1].textContent === wanted;
  }, text);

describe("the page at /", { concurrency: false }, () => {
  let browser;
  let daemon;
  before(async () => {
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
  });

  async function withPage(run, options) {
    daemon = await Daemon.create();
    const watched = await watchedPage(browser, options);
    try {
      appendFileSync(join(daemon.logs, "app.log"), "INFO started\nWARN disk is filling\nERROR no space left\n");
      appendFileSync(join(daemon.logs, "web.log"), '10.0.0.7 - - "GET / HTTP/1.1" 200 512\n');
      await daemon.start();
      await watched.page.goto(daemon.url);
      await live(watched.page);
      await run(watched.page);
      assert.deepEqual(watched.faults, []);
    } finally {
      await watched.close();
      await daemon.remove();
    }
  }
  const write = (text, file = "app.log") => appendFileSync(join(daemon.logs, file), text);

  test("shows what is there and follows what comes", async () => {
    await withPage(async (page) => {
      await eventually(async () => assert.equal((await shownLines(page)).length, 4));
      write("INFO and on it goes\n");
      await lastShown(page, "INFO and on it goes");
      await page.waitForSelector(".row[data-level=error]");
      await page.screenshot({ path: join(screenshots, "page.png") });
    });
  });

  test("filters lines and levels where they are made", async () => {
    await withPage(async (page) => {
      await page.fill("#filter", "disk|space");
      await lastShown(page, "ERROR no space left");
      await eventually(async () => assert.equal((await shownLines(page)).length, 2));
      await page.click(".level-chip[data-level=error]");
      await page.waitForFunction(() => document.querySelectorAll(".pane .row:not(.notice)").length === 1);
      write("INFO space\nERROR more space wanted\n");
      await lastShown(page, "ERROR more space wanted");
      await page.fill("#filter", "dis(k");
      await page.waitForSelector("#filter-problem");
      await eventually(async () => assert.match(await page.textContent("#filter-problem"), /grep/));
      await page.screenshot({ path: join(screenshots, "problem.png") });
    });
  });

  test("a pause loses nothing", async () => {
    await withPage(async (page) => {
      write(Array.from({ length: 300 }, (_, n) => `INFO before ${n}\n`).join(""));
      await lastShown(page, "INFO before 299");
      await page.mouse.move(700, 400);
      await page.mouse.wheel(0, -400);
      await page.waitForSelector(".pill[data-state=paused]");
      for (let round = 0; round < 10; round += 1) {
        write(Array.from({ length: 100 }, (_, n) => `INFO during ${round * 100 + n}\n`).join(""));
      }
      await page.waitForFunction(() => document.querySelector(".pill").textContent === "PAUSED (1,000 new)");
      await page.screenshot({ path: join(screenshots, "paused.png") });
      await page.click(".pill");
      await lastShown(page, "INFO during 999");
      await statusSays(page, "1,304 records here");
    });
  });

  test("reads the past: the first record, pages from there, a link to a place", { timeout: 60_000 }, async () => {
    await withPage(async (page) => {
      write(Array.from({ length: 12_000 }, (_, n) => `INFO record ${n}\n`).join(""), "long.log");
      await lastShown(page, "INFO record 11999");
      await page.goto(`${daemon.url}?file=*long.log`);
      await live(page);
      await page.keyboard.press("g");
      await firstInSight(page, "INFO record 0");
      await page.mouse.move(700, 500);
      let numbers = [0];
      for (let turn = 0; turn < 600 && numbers[0] <= 1_000; turn += 1) {
        await page.mouse.wheel(0, 2_000);
        await page.waitForTimeout(20);
        numbers = (await shownLines(page)).map((line) => Number(line.slice("INFO record ".length)));
      }
      assert.ok(numbers[0] > 1_000, `came to ${numbers[0]}`);
      assert.deepEqual(numbers, Array.from(numbers, (_, at) => numbers[0] + at));
      await page.waitForURL(/around=/);
      const bar = await page.locator(".scroll-bar").boundingBox();
      await page.mouse.click(bar.x + 7, bar.y + bar.height / 2);
      await page.waitForFunction(() => Math.abs(Number(/\d+/.exec(document.querySelector(".pane .row .text").textContent)[0]) - 6_000) < 1_000);
      await eventually(async () => {
        // The URL follows when the pane has come to rest.
        const around = new URL(page.url()).searchParams.get("around");
        const { records } = await (await fetch(`${daemon.url}api/records?file=*long.log&around=${around}&limit=1`)).json();
        assert.ok(Math.abs(Number(/\d+/.exec(records[0].line)[0]) - 6_000) < 1_000);
      });
      const [place] = await shownLines(page);
      await page.reload();
      await page.waitForFunction((line) => [...document.querySelectorAll(".pane .row .text")].some((text) => text.textContent === line), place);
      await page.keyboard.press("End");
      await lastShown(page, "INFO record 11999");
    });
  });

  test("the rows keep their place on the page while its charts and numbers come", async () => {
    const prepare = () => {
      window.tops = new Set();
      const look = () => {
        const bar = document.querySelector(".scroll-bar");
        if (bar) window.tops.add(Math.round(bar.getBoundingClientRect().top));
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    };
    const tops = (page) => page.evaluate(() => [...window.tops]);
    await withPage(async (page) => {
      await page.waitForSelector(".lane.records canvas");
      await page.waitForFunction(() => /error/.test(document.querySelector(".lane.records .values").textContent));
      assert.equal((await tops(page)).length, 1, "with records");
      await page.click("button:text-is('Metrics')");
      await page.reload();
      await page.waitForSelector(".lane.flows canvas");
      await page.waitForFunction(() => /received/.test(document.querySelector(".lane.flows .values").textContent));
      assert.equal((await tops(page)).length, 1, "with metrics");
    }, { prepare });
  });

  test("the timeline comes once its charts can be fetched", async () => {
    await withPage(async (page) => {
      let asked = 0;
      await page.route("**/time_chart-*.js", (route) => ((asked += 1) === 1 ? route.abort("connectionrefused") : route.continue()));
      await page.reload();
      await page.waitForSelector(".lane.records canvas");
      assert.equal(asked, 2);
    });
  });

  test("goes on by itself when the daemon comes back, with nothing lost", { timeout: 60_000 }, async () => {
    await withPage(async (page) => {
      await daemon.kill();
      await page.waitForSelector(".connection[data-state=reconnecting]");
      write("INFO while it was away\n");
      await daemon.start();
      await lastShown(page, "INFO while it was away");
      await page.waitForSelector(".connection[data-state=live]");
      await statusSays(page, "5 records here");
    });
  });
});
