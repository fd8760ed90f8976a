// The viewer goes on by itself, with every record once and in order: after the machine slept, when the network was cut
// or went silent, when the daemon was killed; in one tab and in eight. The real daemon behind a network that can fail.
import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { allLines, launch, watchedPages } from "./support/browser.mjs";
import { Daemon } from "./support/daemon.mjs";
import { Network } from "./support/network.mjs";

const numbered = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at}`);

const lastShown = (page, text) =>
  page.waitForFunction((wanted) => [...document.querySelectorAll(".pane .row .text")].at(-1)?.textContent === wanted, text, { polling: 100 });
const live = (page) => page.waitForSelector(".pill[data-state=live]");
const disturbed = (page) => page.waitForSelector(".pill:not([data-state=live])", { timeout: 60_000 });

describe("going on", { concurrency: false }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
  });

  async function withTabs(count, run) {
    const daemon = await Daemon.create();
    let written = 0;
    const log = (lines) => {
      appendFileSync(join(daemon.logs, "app.log"), numbered(written + 1, written + lines).map((line) => `${line}\n`).join(""));
      written += lines;
    };
    log(50);
    await daemon.start();
    const network = await new Network().start(daemon.port);
    const tabs = await watchedPages(browser, count);
    const allOnce = async () => {
      for (const page of tabs.pages) {
        await page.bringToFront(); // a hidden page draws nothing
        await lastShown(page, `line ${written}`);
        assert.deepEqual(await allLines(page), numbered(1, written));
      }
    };
    try {
      for (const page of tabs.pages) {
        await page.goto(network.url);
        await page.bringToFront();
        await lastShown(page, `line ${written}`);
        await live(page); // the newest lines are shown before the stream is there
      }
      await run({ daemon, network, log, page: tabs.pages[0], allOnce });
      assert.deepEqual(tabs.faults, []);
    } finally {
      await tabs.close();
      await network.stop();
      await daemon.remove();
    }
  }

  async function setFrozen(page, frozen) {
    const session = await page.context().newCDPSession(page);
    await session.send("Page.setWebLifecycleState", { state: frozen ? "frozen" : "active" });
    await session.detach();
  }

  test("after the machine slept", { timeout: 60_000 }, async () => {
    await withTabs(1, async ({ network, log, page, allOnce }) => {
      await setFrozen(page, true);
      network.cut();
      log(300);
      network.restore();
      log(50);
      await setFrozen(page, false);
      await allOnce();
    });
  });

  test("a page that was frozen while the log went on", { timeout: 60_000 }, async () => {
    await withTabs(2, async ({ log, page, allOnce }) => {
      await setFrozen(page, true);
      log(300);
      log(50);
      await setFrozen(page, false);
      await allOnce();
    });
  });

  test("after the network was cut, and says what is going on", { timeout: 60_000 }, async () => {
    await withTabs(1, async ({ network, log, page, allOnce }) => {
      network.cut();
      await disturbed(page);
      log(200);
      network.restore();
      await live(page);
      await allOnce();
    });
  });

  test("after the network went silent: nobody was told that the connection is dead", { timeout: 90_000 }, async () => {
    await withTabs(1, async ({ network, log, page, allOnce }) => {
      network.goSilent();
      log(200);
      await disturbed(page);
      network.restore();
      await live(page);
      await allOnce();
    });
  });

  test("eight tabs, over a kill of the daemon", { timeout: 120_000 }, async () => {
    await withTabs(8, async ({ daemon, log, page, allOnce }) => {
      log(100);
      await daemon.kill();
      log(100);
      await page.bringToFront();
      await disturbed(page);
      await daemon.start();
      log(100);
      await allOnce();
    });
  });
});
