// A viewer beside logs that had been rotated for days before the daemon was there: one scrolls, jumps and searches through
// all of them as through one file. Four generations of app.log with 3,000 numbered lines each, two of them compressed.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { firstInSight, launch, shownLines, watchedPage } from "./support/browser.mjs";
import { Daemon } from "./support/daemon.mjs";
import { eventually } from "./support/eventually.mjs";

const EACH = 3_000;
const TOTAL = 4 * EACH;
const start = Date.now() - TOTAL * 60_000;
const lineOf = (n) => `${new Date(start + n * 60_000).toISOString()} INFO entry ${String(n).padStart(5, "0")} of the days before`;
const generation = (at) => Array.from({ length: EACH }, (_, n) => `${lineOf(at * EACH + n + 1)}\n`).join("");

const live = (page) => page.waitForSelector(".pill[data-state=live]");
const cursorOn = (page, line) => page.waitForFunction((wanted) => document.querySelector(".row.cursor .text")?.textContent === wanted, line);
const numbersOf = async (page) => (await shownLines(page)).map((line) => Number(/entry (\d+)/.exec(line)[1]));
const isRun = (numbers) => numbers.every((number, at) => at === 0 || number === numbers[at - 1] + 1);

describe("what was rotated before the first start", { concurrency: false }, () => {
  let browser;
  let daemon;
  before(async () => {
    browser = await launch();
    daemon = await Daemon.create();
    writeFileSync(join(daemon.logs, "app.log.3.gz"), gzipSync(generation(0)));
    writeFileSync(join(daemon.logs, "app.log.2.gz"), gzipSync(generation(1)));
    writeFileSync(join(daemon.logs, "app.log.1"), generation(2));
    writeFileSync(join(daemon.logs, "app.log"), generation(3));
    await daemon.start();
  });
  after(async () => {
    await browser?.close();
    await daemon?.remove();
  });

  async function withPage(use, path = "") {
    const watched = await watchedPage(browser);
    try {
      await watched.page.goto(daemon.url + path);
      await use(watched.page);
      assert.deepEqual(watched.faults, []);
    } finally {
      await watched.close();
    }
  }

  test("one scrolls up to the very first line, with nothing twice and nothing left out", { timeout: 120_000 }, async () => {
    await withPage(async (page) => {
      await live(page);
      await page.mouse.move(700, 500);
      let lowest = TOTAL;
      for (let turn = 0; turn < 2_000 && lowest > 1; turn += 1) {
        await page.mouse.wheel(0, -2_000);
        await page.waitForTimeout(16);
        const numbers = await numbersOf(page);
        assert.ok(isRun(numbers), `rows ${numbers} are no run`);
        lowest = Math.min(lowest, numbers[0]);
      }
      assert.equal(lowest, 1);
      await page.keyboard.press("End");
      await live(page);
      await eventually(async () => assert.equal((await numbersOf(page)).at(-1), TOTAL));
    });
  });

  test("the scroll bar leads there, and so does g", { timeout: 60_000 }, async () => {
    await withPage(async (page) => {
      await live(page);
      const bar = await page.locator(".scroll-bar").boundingBox();
      for (const part of [0.1, 0.4, 0.7]) {
        await page.mouse.click(bar.x + 7, bar.y + bar.height * part);
        await eventually(async () => {
          const [first] = await numbersOf(page);
          assert.ok(Math.abs(first / TOTAL - part) < 0.05, `${first} at ${part}`);
        });
      }
      await page.keyboard.press("g");
      await firstInSight(page, lineOf(1));
    });
  });

  test("a search finds a line of the oldest, and its link opens there", { timeout: 60_000 }, async () => {
    let link;
    await withPage(async (page) => {
      await live(page);
      await page.keyboard.press("/");
      await page.keyboard.type("entry 01234");
      await page.keyboard.press("Enter");
      await cursorOn(page, lineOf(1_234));
      await page.waitForURL(/around=/);
      link = new URL(page.url()).search;
    });
    await withPage(async (page) => {
      await eventually(async () => {
        const numbers = await numbersOf(page);
        assert.ok(numbers.includes(1_234) && isRun(numbers), `shows ${numbers[0]} to ${numbers.at(-1)}`);
      });
    }, link);
  });
});
