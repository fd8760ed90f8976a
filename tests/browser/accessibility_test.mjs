// The page's accessibility tree, judged by axe-core in every state, both themes, desktop and phone.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { Daemon } from "./support/daemon.mjs";
import { launch, watchedPage } from "./support/browser.mjs";
import { MockServer } from "./support/mock_server.mjs";
import { runsDaemon, tell } from "./support/runs.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const LEVELS = ["trace", "debug", "info", "warn", "error", "critical", null];

async function violations(page) {
  const found = await page.evaluate(async () => {
    const result = await window.axe.run(document, { resultTypes: ["violations"] });
    return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html.slice(0, 140)} ${node.any[0]?.message ?? ""}`).join("\n    ")}`);
  });
  return found;
}

describe("accessibility", { concurrency: false }, () => {
  let browser;
  let server;
  before(async () => {
    browser = await launch();
    server = await new MockServer().start();
    server.append(
      Array.from({ length: 70 }, (_, n) => ({
        line: n % 5 === 0 ? `\x1b[3${n % 8}mcoloured ${n}\x1b[0m and plain` : JSON.stringify({ msg: `done ${n}`, n }),
        level: LEVELS[n % 7],
      })),
    );
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  for (const colorScheme of ["light", "dark"]) {
    test(`/host, ${colorScheme}`, { timeout: 60_000 }, async () => {
      const daemon = await Daemon.create();
      const { page, faults, close } = await watchedPage(browser, { colorScheme });
      try {
        await daemon.start();
        await page.goto(`${daemon.url}host`);
        await page.waitForSelector("#card-cpu canvas");
        await page.evaluate(AXE);
        assert.deepEqual(await violations(page), []);
        assert.deepEqual(faults, []);
      } finally {
        await close();
        await daemon.remove();
      }
    });
  }

  for (const colorScheme of ["light", "dark"]) {
    for (const [device, options] of Object.entries({ desktop: {}, phone: { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true } })) {
      test(`/runs and a run, ${colorScheme}, ${device}`, { timeout: 60_000 }, async () => {
        const daemon = await runsDaemon();
        const { page, faults, close } = await watchedPage(browser, { colorScheme, ...options });
        try {
          await daemon.start();
          await page.goto(`${daemon.url}runs`);
          await page.waitForSelector(".board-empty:has-text('no runs yet')");
          await page.evaluate(AXE);
          assert.deepEqual(await violations(page), []);
          const lines = "::group::Build\n[1/20] cc\nmain.c:7:3: warning: unused\n";
          await tell(daemon, "build-1", { state: "running", label: "branch=main" }, lines);
          await tell(daemon, "lint-1", { state: "failed", exit_code: "1" }, "main.c:7:3: error: no\n");
          await tell(daemon, "test-1", { state: "passed" }, "ok\n");
          await page.waitForSelector(".board-row[data-state=passed]");
          assert.deepEqual(await violations(page), []);
          await page.goto(`${daemon.url}runs?view=wall`);
          await page.waitForSelector(".tile[data-state=passed]");
          await page.evaluate(AXE);
          assert.deepEqual(await violations(page), []);
          for (const run of ["build-1", "lint-1"]) {
            await page.goto(`${daemon.url}runs/ci/${run}`);
            await page.waitForSelector(".run-head[data-state]");
            if ((await page.$(".run-side")) === null) await page.click(".action[aria-pressed]");
            await page.waitForSelector(".side-row");
            await page.waitForSelector(".pane .row");
            await page.evaluate(AXE);
            assert.deepEqual(await violations(page), []);
          }
          assert.deepEqual(faults, []);
        } finally {
          await close();
          await daemon.remove();
        }
      });
    }
  }

  const devices = { desktop: {}, phone: { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true } };
  for (const colorScheme of ["light", "dark"]) {
    for (const [device, options] of Object.entries(devices)) {
      test(`${colorScheme}, ${device}`, { timeout: 60_000 }, async () => {
        const { page, faults, close } = await watchedPage(browser, { colorScheme, ...options });
        try {
          await page.goto(server.url);
          await page.waitForSelector(".pill[data-state=live]");
          await page.evaluate(AXE);
          assert.deepEqual(await violations(page), []);
          await page.keyboard.press("j");
          await page.keyboard.press("Enter");
          await page.waitForSelector(".details");
          assert.deepEqual(await violations(page), []);
          await page.fill("#filter", "a(b");
          await page.waitForSelector("#filter-problem");
          await page.click(".menu summary");
          assert.deepEqual(await violations(page), []);
          await page.keyboard.press("Escape");
          await page.fill("#filter", "");
          await page.evaluate(() => document.querySelector(".pane").focus());
          await page.keyboard.press("m");
          await page.waitForSelector(".lane.records canvas");
          await page.keyboard.press("/");
          await page.keyboard.type("done");
          await page.keyboard.press("Enter");
          await page.waitForFunction(() => /older|newer/.test(document.querySelector("#find-summary").textContent));
          assert.deepEqual(await violations(page), []);
          await page.keyboard.press("Escape");
          await page.click("[aria-label='Help: keys']");
          assert.deepEqual(await violations(page), []);
          assert.deepEqual(faults, []);
        } finally {
          await close();
        }
      });
    }
  }
});
