// The past in the viewer as the real daemon serves it: downloads, searching, the timeline, times, context. A file of
// 20,000 numbered lines, one for every second up to now.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launch, watchedPage } from "./support/browser.mjs";
import { Daemon } from "./support/daemon.mjs";

const TOTAL = 20_000;
const start = Date.now() - TOTAL * 1_000;
const timeOf = (n) => new Date(start + n * 1_000).toISOString();
const textOf = (n) => `request ${n}${n % 2_000 === 0 ? " slow" : ""}`;
const lineOf = (n) => `${timeOf(n)} ${n === 12_345 ? "ERROR" : "INFO"} ${textOf(n)}`;
const run = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => lineOf(from + at));

const lineEndingAt = (offset) => {
  let n = 0;
  for (let end = 0; end < offset; end += Buffer.byteLength(lineOf(n)) + 1) n += 1;
  return n;
};

const live = (page) => page.waitForSelector(".pill[data-state=live]");
const cursorOn = (page, line) => page.waitForFunction((wanted) => document.querySelector(".row.cursor .text")?.textContent === wanted, line);

describe("the past of the daemon", { concurrency: false }, () => {
  let browser;
  let daemon;
  /** Of a stream that hides nothing; daemon.logs are those of one that hides secrets. */
  let directory;
  before(async () => {
    browser = await launch();
    daemon = await Daemon.create();
    directory = join(daemon.directory, "plain");
    mkdirSync(directory);
    daemon.config = `[[stream]]\nname = "plain"\npaths = ["${directory}/*.log"]\nredact = []\n`;
    writeFileSync(join(directory, "app.log"), `${run(1, TOTAL).join("\n")}\n`);
    writeFileSync(join(daemon.logs, "other.log"), "INFO password=secret\n");
    await daemon.start();
  });
  after(async () => {
    await browser?.close();
    await daemon?.remove();
  });

  async function withPage(path, use) {
    const watched = await watchedPage(browser);
    try {
      await watched.page.goto(daemon.url + path);
      await use(watched.page);
      assert.deepEqual(watched.faults, []);
    } finally {
      await watched.close();
    }
  }

  const APP = "?file=**/app.log";

  async function downloaded(page, link) {
    const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
    return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
  }

  test("downloads the file itself, and the lines of the view as text and as JSON", { timeout: 60_000 }, async () => {
    await withPage(`${APP}&grep=slow`, async (page) => {
      await live(page);
      await page.click("summary");
      const links = page.locator(".downloads a");
      await links.nth(2).waitFor();
      const raw = await downloaded(page, links.nth(0));
      assert.equal(raw.name, "app.log");
      assert.equal(raw.text, readFileSync(join(directory, "app.log"), "utf8"));
      const slow = run(1, TOTAL).filter((line) => line.endsWith("slow"));
      const filtered = await downloaded(page, links.nth(1));
      assert.equal(filtered.text, `${slow.join("\n")}\n`);
      const json = await downloaded(page, links.nth(2));
      assert.deepEqual(json.text.trim().split("\n").map((line) => JSON.parse(line).line), slow);
    });
  });

  test("where secrets are hidden there are only lines to download, without the secrets", { timeout: 60_000 }, async () => {
    await withPage("?file=other.log", async (page) => {
      await live(page);
      await page.click("summary");
      const links = page.locator(".downloads a");
      await links.nth(1).waitFor();
      assert.deepEqual(await links.allTextContents(), ["lines", "JSON"]);
      const lines = await downloaded(page, links.nth(0));
      assert.equal(lines.name, "other.log.txt");
      assert.match(lines.text, /^INFO password=\[redacted:/);
    });
  });

  test("searches through all of it, n and N from match to match", { timeout: 60_000 }, async () => {
    await withPage(APP, async (page) => {
      await live(page);
      await page.keyboard.press("/");
      await page.keyboard.type("slow");
      await page.keyboard.press("Enter");
      await cursorOn(page, lineOf(TOTAL));
      await page.keyboard.press("Escape");
      await page.keyboard.press("?"); // from here towards older records
      await page.keyboard.press("Enter");
      await cursorOn(page, lineOf(TOTAL - 2_000));
      await page.waitForFunction(() => /9 older/.test(document.querySelector("#find-summary")?.textContent ?? ""));
      await page.evaluate(() => document.getElementById("pane").focus());
      for (const n of [16_000, 14_000, 12_000]) {
        await page.keyboard.press("n");
        await cursorOn(page, lineOf(n));
      }
      for (const n of [14_000, 16_000]) {
        await page.keyboard.press("Shift+N");
        await cursorOn(page, lineOf(n));
      }
    });
  });

  test("the timeline counts all of it, and a click goes to the moment", { timeout: 60_000 }, async () => {
    await withPage(APP, async (page) => {
      await live(page);
      await page.getByRole("button", { name: "6 h", exact: true }).click();
      await page.waitForFunction(() => /error 1(?!\d)/.test(document.querySelector(".lane.records .values")?.textContent ?? ""));
      await page.waitForFunction(() => /info 19,999/.test(document.querySelector(".lane.records .values").textContent));
      const plot = await page.locator(".lane.records .u-over").boundingBox();
      await page.mouse.click(plot.x + plot.width / 2, plot.y + 20);
      const wanted = Math.round((Date.now() - 3 * 3_600_000 - start) / 1_000);
      await page.waitForFunction(
        (n) => Math.abs(Number(/request (\d+)/.exec(document.querySelector(".pane .row .text")?.textContent)?.[1]) - n) < 400,
        wanted,
      );
    });
  });

  test("goes to a time", { timeout: 60_000 }, async () => {
    await withPage(APP, async (page) => {
      await live(page);
      await page.keyboard.press(":");
      const time = await page.evaluate((moment) => {
        const local = new Date(moment);
        return new Date(moment - local.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
      }, Date.parse(timeOf(5_000)));
      await page.fill("#go-to-time", time);
      await page.keyboard.press("Enter");
      await page.waitForFunction(
        (n) => Math.abs(Number(/request (\d+)/.exec(document.querySelector(".pane .row .text")?.textContent)?.[1]) - n) < 30,
        5_000,
      );
    });
  });

  // How late a frame has to be for the fault to show depends on what else goes on.
  for (const late of [500, 700, 900]) {
    test(`has no other place than the one that was asked for while frames are ${late} ms late`, { timeout: 60_000 }, async () => {
      const watched = await watchedPage(browser);
      const { page } = watched;
      await page.addInitScript((milliseconds) => {
        globalThis.requestAnimationFrame = (draw) => setTimeout(() => draw(performance.now()), milliseconds);
        globalThis.places = [];
        const replace = history.replaceState.bind(history);
        history.replaceState = (state, title, url) => {
          globalThis.places.push(new URL(url, location.href).searchParams.get("around"));
          replace(state, title, url);
        };
      }, late);
      await page.goto(`${daemon.url}${APP}&level=error`);
      await page.click(".pane .row");
      await page.getByRole("button", { name: "Show in context" }).click();
      await cursorOn(page, lineOf(12_345));
      await page.waitForFunction(() => globalThis.places.some(Boolean), null, { polling: 50 });
      const places = (await page.evaluate(() => globalThis.places)).filter(Boolean);
      assert.deepEqual(watched.faults, []);
      await watched.close();
      for (const place of places) {
        const line = lineEndingAt(Number(place.split(".")[2]));
        assert.ok(Math.abs(line - 12_345) < 100, `line ${line} of ${places}`);
      }
    });
  }

  test("shows a hit of a filter in context, and a link opens there", { timeout: 60_000 }, async () => {
    await withPage(`${APP}&level=error`, async (page) => {
      await page.click(".pane .row");
      await page.getByRole("button", { name: "Show in context" }).click();
      await cursorOn(page, lineOf(12_345));
      const neighbours = [12_344, 12_345, 12_346].map(lineOf);
      const inSight = (texts) => {
        const all = [...document.querySelectorAll(".pane .row .text")].map((one) => one.textContent);
        const at = all.indexOf(texts[0]);
        return at !== -1 && texts.every((text, index) => all[at + index] === text);
      };
      await page.waitForFunction(inSight, neighbours);
      await page.reload();
      await page.waitForFunction(inSight, neighbours);
    });
  });
});
