// Many tabs of one browser: HTTP/1.1 gives them six connections in all.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, watchedPages } from "./support/browser.mjs";
import { eventually } from "./support/eventually.mjs";
import { MockServer } from "./support/mock_server.mjs";

const numbered = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);
const lastShown = (page, text) =>
  page.waitForFunction(
    (wanted) => [...document.querySelectorAll(".pane .row .text")].at(-1)?.textContent === wanted,
    text,
    { polling: 100 },
  );
const held = (page) => page.textContent(".status span:nth-child(2)");

const ways = {
  "a SharedWorker": undefined,
  "one tab for the others": () => delete window.SharedWorker,
};

describe("tabs", { concurrency: false }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
  });

  async function withTabs(count, prepare, run) {
    const server = await new MockServer().start();
    server.append(numbered(1, 100));
    const tabs = await watchedPages(browser, count, { prepare });
    try {
      await run(tabs, server);
      assert.deepEqual(tabs.faults, []);
    } finally {
      await tabs.close();
      await server.stop();
    }
  }

  for (const [name, prepare] of Object.entries(ways)) {
    test(`eight use one connection by ${name}, and each shows everything once`, { timeout: 90_000 }, async () => {
      await withTabs(8, prepare, async ({ pages }, server) => {
        let count = 100;
        for (const page of pages) {
          await page.goto(server.url);
          server.append(numbered(count + 1, count + 10));
          count += 10;
        }
        for (const page of pages) {
          await page.bringToFront(); // a hidden page draws nothing
          await lastShown(page, `line ${count}`);
          await eventually(async () => assert.equal(await held(page), `${count} records here`));
        }
        await eventually(() => assert.equal(server.clients.size, 1));
        server.cut();
        server.append(numbered(count + 1, count + 50));
        for (const page of pages) {
          await page.bringToFront();
          await lastShown(page, `line ${count + 50}`);
          await eventually(async () => assert.equal(await held(page), `${count + 50} records here`));
        }
        await eventually(() => assert.equal(server.clients.size, 1));
      });
    });

    test(`when a tab goes, the others go on (${name})`, { timeout: 60_000 }, async () => {
      await withTabs(3, prepare, async ({ pages }, server) => {
        for (const page of pages) {
          await page.goto(server.url);
          await lastShown(page, "line 100");
        }
        await pages[0].close();
        server.append(numbered(101, 130));
        for (const page of pages.slice(1)) {
          await page.bringToFront();
          await lastShown(page, "line 130");
          await eventually(async () => assert.equal(await held(page), "130 records here"));
        }
        await pages[1].close();
        await pages[2].close();
        for (let round = 0; round < 50 && server.clients.size > 0; round += 1) await new Promise((done) => setTimeout(done, 100));
        await eventually(() => assert.equal(server.clients.size, 0));
      });
    });
  }

  test("eight with views of their own all show their records when looked at", { timeout: 90_000 }, async () => {
    // Headless pages are all in sight; this hides those that are not looked at.
    const prepare = () => Object.defineProperty(document, "visibilityState", { get: () => window.sight ?? "visible" });
    const see = async (pages, shown) => {
      for (const page of pages) {
        await page.evaluate((sight) => {
          window.sight = sight;
          document.dispatchEvent(new Event("visibilitychange"));
        }, page === shown ? "visible" : "hidden");
      }
    };
    await withTabs(8, prepare, async ({ pages }, server) => {
      for (const [index, page] of pages.entries()) {
        await page.goto(`${server.url}?grep=${index}%24`);
        await see(pages, page);
        await lastShown(page, `line ${index === 0 ? 100 : 90 + index}`);
      }
      await eventually(() => assert.ok(server.clients.size <= 4, `${server.clients.size} connections`));
      server.append(numbered(101, 200));
      for (const [index, page] of pages.entries()) {
        await see(pages, page);
        await lastShown(page, `line ${index === 0 ? 200 : 190 + index}`);
        await eventually(async () => assert.equal(await held(page), "20 records here"));
      }
    });
  });

  test("one without workers, channels and locks has a connection of its own", { timeout: 60_000 }, async () => {
    const prepare = () => {
      delete window.SharedWorker;
      delete window.BroadcastChannel;
    };
    await withTabs(2, prepare, async ({ pages }, server) => {
      for (const page of pages) {
        await page.goto(server.url);
        await lastShown(page, "line 100");
      }
      await eventually(() => assert.equal(server.clients.size, 2));
    });
  });
});
