// The past in the viewer: pages that load as one scrolls, the scroll bar over the whole log, searching, the timeline,
// links to places. Against the mock, whose 50,000 records are numbered.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { firstInSight, launch, shownLines, watchedPage } from "./support/browser.mjs";
import { eventually } from "./support/eventually.mjs";
import { MockServer } from "./support/mock_server.mjs";

const TOTAL = 50_000;
const START = Date.parse("2026-01-01T00:00:00Z");
const timeOf = (n) => new Date(START + n * 1_000).toISOString();
const LEVELS = ["info", "debug", "info", "warn"];
const records = Array.from({ length: TOTAL }, (_, at) => ({
  line: `line ${at + 1}${(at + 1) % 1_000 === 0 ? " round" : ""}`,
  level: at + 1 === 30_500 ? "error" : LEVELS[at % 4],
  time: timeOf(at + 1),
}));

const live = (page) => page.waitForSelector(".pill[data-state=live]");
const paused = (page) => page.waitForSelector(".pill[data-state=paused]");
const cursorOn = (page, text) =>
  page.waitForFunction((wanted) => document.querySelector(".row.cursor .text")?.textContent === wanted, text);
const numbersOf = async (page) => (await shownLines(page)).map((line) => Number(/\d+/.exec(line)[0]));
const isRun = (numbers) => numbers.every((number, at) => at === 0 || number === numbers[at - 1] + 1);

describe("the past", { concurrency: false }, () => {
  let browser;
  let server;
  before(async () => {
    browser = await launch();
    server = await new MockServer().start();
    server.append(records);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function withPage(run, path = "", options = {}) {
    const watched = await watchedPage(browser, options);
    try {
      await watched.page.goto(server.url + path);
      await run(watched.page);
      assert.deepEqual(watched.faults, []);
    } finally {
      await watched.close();
    }
  }

  test("older pages load as one scrolls up, with nothing twice and nothing left out", async () => {
    await withPage(async (page) => {
      await live(page);
      await page.mouse.move(700, 500);
      let lowest = TOTAL;
      for (let turn = 0; turn < 400 && lowest > 46_000; turn += 1) {
        await page.mouse.wheel(0, -1_500);
        await page.waitForTimeout(16);
        const numbers = await numbersOf(page);
        assert.ok(isRun(numbers), `rows ${numbers[0]} to ${numbers.at(-1)} are no run`);
        lowest = Math.min(lowest, numbers[0]);
      }
      assert.ok(lowest <= 46_000, `came to ${lowest}`);
      await page.keyboard.press("End");
      await live(page);
      await eventually(async () => assert.equal((await numbersOf(page)).at(-1), TOTAL));
    });
  });

  test("the page never holds more than its bound, however far one scrolls", async () => {
    await withPage(async (page) => {
      await live(page);
      await page.keyboard.press("g");
      await firstInSight(page, "line 1");
      await page.mouse.move(700, 500);
      for (let turn = 0; turn < 1_500; turn += 1) {
        await page.mouse.wheel(0, 20_000);
        await page.waitForTimeout(12);
        if (turn % 50 === 0 && (await numbersOf(page)).at(-1) > 24_000) break;
      }
      const numbers = await numbersOf(page);
      assert.ok(numbers.at(-1) > 22_000 && isRun(numbers), `came to ${numbers.at(-1)}`);
      const held = Number((await page.textContent(".status span:nth-child(2)")).replace(/\D/g, ""));
      assert.ok(held <= 20_000, `${held} records are held`);
    });
  });

  test("the scroll bar goes anywhere in the log, and back to the end", async () => {
    await withPage(async (page) => {
      await live(page);
      const bar = await page.locator(".scroll-bar").boundingBox();
      await page.mouse.click(bar.x + 7, bar.y + bar.height * 0.62);
      await paused(page);
      await page.waitForFunction(() => {
        const first = Number(/\d+/.exec(document.querySelector(".pane .row .text")?.textContent ?? "")?.[0]);
        return first > 29_000 && first < 33_000;
      });
      await page.waitForFunction(() => {
        const { top, height } = document.querySelector(".thumb").getBoundingClientRect();
        const track = document.querySelector(".scroll-bar").getBoundingClientRect();
        return Math.abs((top + height / 2 - track.top) / track.height - 0.62) < 0.03;
      });
      const thumb = await page.locator(".thumb").boundingBox();
      await page.mouse.move(thumb.x + 4, thumb.y + 10);
      await page.mouse.down();
      await page.mouse.move(thumb.x + 4, bar.y + bar.height * 0.3, { steps: 10 });
      await page.waitForFunction(() => /\d\d:\d\d:\d\d/.test(document.querySelector(".scroll-bar .place").textContent));
      await page.mouse.move(thumb.x + 4, bar.y + bar.height + 40, { steps: 10 });
      await page.mouse.up();
      await live(page);
      await page.waitForFunction((last) => [...document.querySelectorAll(".pane .row .text")].at(-1).textContent.startsWith(last), `line ${TOTAL}`);
    });
  });

  test("the place in sight is in the URL, and a link to it opens there with its surroundings", async () => {
    await withPage(async (page) => {
      await live(page);
      await page.keyboard.press("g");
      await page.waitForURL(/around=mock\.0\.1$/);
      await page.keyboard.press("End");
      await page.waitForURL((url) => !url.search.includes("around"));
    });
    await withPage(async (page) => {
      await cursorOn(page, "line 25123");
      await eventually(async () => {
        const numbers = await numbersOf(page);
        assert.ok(numbers[0] < 25_123 && numbers.at(-1) > 25_123 && isRun(numbers));
      });
    }, "?around=mock.0.25123");
  });

  test("a filter in the past keeps the moment", async () => {
    await withPage(async (page) => {
      await cursorOn(page, "line 25123");
      await page.click(".level-chip[data-level=warn]");
      await page.waitForFunction(() => document.querySelectorAll(".pane .row[data-level=info]").length === 0 && document.querySelectorAll(".pane .row").length > 5);
      await eventually(async () => {
        const numbers = await numbersOf(page);
        assert.ok(Math.abs(numbers[0] - 25_123) < 2_000, `shows ${numbers[0]}`);
      });
      await eventually(async () => assert.equal(await page.getAttribute(".pill", "data-state"), "paused"));
    }, "?around=mock.0.25123");
  });

  test("searches through all of it: n and N, both directions, and from there", async () => {
    await withPage(async (page) => {
      await live(page);
      await page.keyboard.press("/");
      await page.keyboard.type("round$");
      await page.keyboard.press("Enter");
      await cursorOn(page, "line 50000 round");
      await page.waitForFunction(() => /50 older/.test(document.querySelector("#find-summary").textContent));
      await page.keyboard.press("Enter");
      await cursorOn(page, "line 49000 round");
      await page.evaluate(() => document.querySelector(".pane").focus());
      await page.keyboard.press("n");
      await cursorOn(page, "line 48000 round");
      await page.keyboard.press("N");
      await cursorOn(page, "line 49000 round");
      await eventually(async () => assert.ok((await page.$$eval("mark", (marks) => marks.map((mark) => mark.textContent))).includes("round")));
      await page.keyboard.press("Escape");
      await page.waitForSelector(".find", { state: "detached" });
      await page.keyboard.press("g");
      await firstInSight(page, "line 1");
      await page.keyboard.press("/");
      await page.keyboard.press("Enter");
      await cursorOn(page, "line 1000 round");
    });
  });

  test("says what is wrong with a search, and makes a filter of it", async () => {
    await withPage(async (page) => {
      await live(page);
      await page.keyboard.press("/");
      await page.keyboard.type("a(b");
      await page.keyboard.press("Enter");
      await page.waitForSelector(".find.wrong");
      await eventually(async () => assert.match(await page.textContent("#find-summary"), /a\(b/));
      await page.fill("#find", "00 round");
      await page.getByRole("button", { name: "Make it a filter" }).click();
      await page.waitForSelector(".chip.include");
      await page.waitForFunction(() => document.querySelectorAll(".pane .row").length > 20);
      await eventually(async () => assert.ok((await shownLines(page)).every((line) => line.endsWith("00 round"))));
    });
  });

  test("E goes to the error before", async () => {
    await withPage(async (page) => {
      await live(page);
      await page.keyboard.press("Shift+E");
      await cursorOn(page, "line 30500");
    });
  });

  test("the timeline counts records by level; a click goes to the moment, and hovering shows it in both", async () => {
    await withPage(async (page) => {
      await cursorOn(page, "line 30500");
      await page.waitForSelector(".lane.records canvas");
      await page.waitForFunction(() => /error/.test(document.querySelector(".lane.records .values").textContent));
      await page.getByRole("button", { name: "15 min" }).click();
      await page.waitForFunction(() => /error\s*1/.test(document.querySelector(".lane.records .values").textContent));
      const plot = await page.locator(".lane.records .u-over").boundingBox();
      await page.mouse.move(plot.x + plot.width / 4, plot.y + 30);
      await page.waitForFunction(() => /\d\d:\d\d:\d\d/.test(document.querySelector(".moment-text").textContent));
      await page.mouse.click(plot.x + plot.width / 4, plot.y + 30);
      await page.waitForFunction(() => {
        const first = Number(/\d+/.exec(document.querySelector(".pane .row .text")?.textContent ?? "")?.[0]);
        return first > 29_000 && first < 30_450;
      });
      await page.hover(".pane .row:nth-child(25)");
      await page.waitForFunction(() => {
        const line = document.querySelector(".lane.records .u-cursor-x");
        return line && !line.classList.contains("u-off") && Number(/translate\(([\d.]+)px/.exec(line.style.transform)?.[1]) > 0;
      });
    }, "?around=mock.0.30500");
  });

  test("goes to a time", async () => {
    await withPage(
      async (page) => {
        await live(page);
        await page.keyboard.press(":");
        await page.fill("#go-to-time", "2026-01-01T05:33:20");
        await page.keyboard.press("Enter");
        await firstInSight(page, "line 20000 round");
      },
      "",
      { timezoneId: "UTC" },
    );
  });

  test("says so when older records cannot be read, and tries again when asked", async () => {
    await withPage(async (page) => {
      await live(page);
      await page.route(/api\/records/, (route) => route.fulfill({ status: 410, json: { status: 410, title: "Gone", detail: "the file is no longer kept" } }));
      await page.mouse.move(700, 500);
      for (let turn = 0; turn < 15; turn += 1) await page.mouse.wheel(0, -2_000);
      await page.waitForSelector(".more-above");
      await eventually(async () => assert.match(await page.textContent(".more-above"), /the file is no longer kept/));
      await page.unroute(/api\/records/);
      const before = server.pages.length;
      await page.getByRole("button", { name: "Try again" }).click();
      await page.waitForSelector(".more-above", { state: "detached" });
      for (let turn = 0; turn < 50 && server.pages.length === before; turn += 1) await page.waitForTimeout(20);
      assert.ok(server.pages.length > before);
    });
  });
});
