// Over TLS: two tabs of a browser and curl, side by side, on one daemon.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { launch, watchedPages } from "./support/browser.mjs";
import { Daemon } from "./support/daemon.mjs";
import { eventually } from "./support/eventually.mjs";

const run = promisify(execFile);

describe("TLS", { concurrency: false }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
  });

  async function withDaemon(count, use) {
    const daemon = await Daemon.create({ tls: true });
    const tabs = await watchedPages(browser, count, { ignoreHTTPSErrors: true });
    try {
      await daemon.start();
      await use(tabs.pages, daemon);
      assert.deepEqual(tabs.faults, []);
    } finally {
      await tabs.close();
      await daemon.remove();
    }
  }

  test("two tabs and curl each get every record", { timeout: 60_000 }, async () => {
    await withDaemon(2, async (pages, daemon) => {
      const file = join(daemon.logs, "app.log");
      appendFileSync(file, "line 1\n");
      for (const page of pages) {
        await page.goto(daemon.url);
        await page.waitForSelector("text=line 1");
      }
      const stream = `${daemon.url}api/events?from=start`;
      const curl = run("curl", ["-sSN", "--cacert", daemon.certificate, "--max-time", "3", stream]).catch((end) => end);
      const lines = Array.from({ length: 99 }, (_, index) => `line ${index + 2}\n`);
      for (const line of lines) appendFileSync(file, line);
      for (const page of pages) {
        await page.bringToFront();
        await page.waitForSelector("text=line 100");
        await eventually(async () => assert.equal(await page.textContent(".status span:nth-child(2)"), "100 records here"));
      }
      const { stdout } = await curl; // ended by its time limit: a stream has no end
      assert.deepEqual(
        [...stdout.matchAll(/"line":"(line \d+)"/g)].map((match) => match[1]),
        Array.from({ length: 100 }, (_, index) => `line ${index + 1}`),
      );
    });
  });

  test("an EventSource resumes over a restart", { timeout: 60_000 }, async () => {
    await withDaemon(1, async ([page], daemon) => {
      const file = join(daemon.logs, "app.log");
      appendFileSync(file, "line 1\n");
      await page.goto(`${daemon.url}healthz`);
      await page.evaluate((url) => {
        window.lines = [];
        new EventSource(url).addEventListener("log", (event) => window.lines.push(JSON.parse(event.data).line));
      }, `${daemon.url}api/events?from=start`);
      const until = (count) => page.waitForFunction((wanted) => window.lines.length >= wanted, count, { polling: 50 });
      await until(1);
      await daemon.kill();
      appendFileSync(file, "line 2\n");
      await daemon.start();
      await until(2);
      appendFileSync(file, "line 3\n");
      await until(3);
      assert.deepEqual(await page.evaluate(() => window.lines), ["line 1", "line 2", "line 3"]);
    });
  });
});
