// The page under a flood: it must keep up, stay smooth and stay small. Figures come from the browser itself (CDP).
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, watchedPage } from "./support/browser.mjs";
import { MockServer } from "./support/mock_server.mjs";

const SECONDS = Number(process.env.TAILWATER_FLOOD_SECONDS ?? 4);
const TICK_MS = 20;

const lineOf = (n) => `2026-01-01T00:00:00Z INFO request ${n} GET /api/items/${n} 200 ${n % 977} bytes in ${n % 31} ms`;

/** Appends `rate` lines a second for `seconds`, in step with the clock. */
function flood(server, rate, seconds) {
  const began = performance.now();
  const first = server.records.length;
  return new Promise((done) => {
    const timer = setInterval(() => {
      const elapsed = Math.min((performance.now() - began) / 1_000, seconds);
      const due = first + Math.floor(elapsed * rate) - server.records.length;
      if (due > 0) server.append(Array.from({ length: due }, (_, n) => ({ line: lineOf(server.records.length + n), level: "info" })));
      if (elapsed < seconds) return;
      clearInterval(timer);
      done();
    }, TICK_MS);
  });
}

async function metrics(session) {
  const { metrics: list } = await session.send("Performance.getMetrics");
  return Object.fromEntries(list.map(({ name, value }) => [name, value]));
}

describe("the viewer under a flood", { concurrency: false }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
  });

  async function measure(rate, seconds) {
    const server = await new MockServer().start();
    server.append(Array.from({ length: 1_000 }, (_, n) => lineOf(n)));
    const { page, faults, close } = await watchedPage(browser);
    try {
      const session = await page.context().newCDPSession(page);
      await session.send("Performance.enable");
      await page.goto(server.url);
      await page.waitForSelector(".pill[data-state=live]");
      await page.evaluate(() => {
        window.frames_ = [];
        let last = performance.now();
        const frame = (now) => {
          window.frames_.push(now - last);
          last = now;
          requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
      });
      const start = await metrics(session);
      await flood(server, rate, seconds);
      const ended = performance.now();
      const last = server.records[server.records.length - 1].line;
      await page.waitForFunction(
        (line) => [...document.querySelectorAll(".pane .row .text")].at(-1).textContent === line,
        last,
        { timeout: 20_000 },
      );
      const behind = performance.now() - ended;
      const frames = await page.evaluate(() => window.frames_);
      const layouts = (await metrics(session)).LayoutCount - start.LayoutCount;
      await session.send("HeapProfiler.collectGarbage");
      const { JSHeapUsedSize, Nodes } = await metrics(session);
      assert.deepEqual(faults, []);
      return {
        behind: Math.round(behind),
        frames: frames.length,
        longest: Math.round(Math.max(...frames)),
        layoutsPerFrame: layouts / frames.length,
        heap: JSHeapUsedSize / 1e6,
        nodes: Nodes,
      };
    } finally {
      await close();
      await server.stop();
    }
  }

  // Half an hour with TAILWATER_SOAK_SECONDS=1800.
  test("its memory stays flat", { timeout: 2_100_000 }, async (context) => {
    const seconds = Number(process.env.TAILWATER_SOAK_SECONDS ?? 8);
    const rate = seconds > 60 ? 1_000 : 4_000;
    const server = await new MockServer().start();
    const { page, faults, close } = await watchedPage(browser);
    try {
      const session = await page.context().newCDPSession(page);
      await session.send("Performance.enable");
      await page.goto(server.url);
      await page.waitForSelector(".pill[data-state=live]");
      const weigh = async () => {
        await session.send("HeapProfiler.collectGarbage");
        const { JSHeapUsedSize, Nodes, JSEventListeners } = await metrics(session);
        return { heap: JSHeapUsedSize / 1e6, nodes: Nodes, listeners: JSEventListeners };
      };
      await flood(server, rate, 22_000 / rate); // the page is full then
      const full = await weigh();
      await flood(server, rate, seconds);
      const end = await weigh();
      context.diagnostic(JSON.stringify({ full, end, seconds, rate }));
      assert.ok(end.heap <= full.heap * 1.1 + 1, `the heap grew from ${full.heap} to ${end.heap} MB`);
      assert.ok(end.nodes <= full.nodes * 1.1 + 200, `from ${full.nodes} to ${end.nodes} nodes`);
      assert.ok(end.listeners <= full.listeners * 1.1 + 50, `from ${full.listeners} to ${end.listeners} listeners`);
      assert.deepEqual(faults, []);
    } finally {
      await close();
      await server.stop();
    }
  });

  for (const rate of [1_000, 50_000]) {
    test(`${rate} lines a second for ${SECONDS} s`, { timeout: 120_000 }, async (context) => {
      // A shared machine steals whole time slices; freezes of the page's own come again.
      const bar = Number(process.env.TAILWATER_LONGEST_FRAME_MS ?? 250);
      let result = await measure(rate, SECONDS);
      for (let round = 1; round < 3 && result.longest > bar; round += 1) result = await measure(rate, SECONDS);
      context.diagnostic(JSON.stringify(result));
      assert.ok(result.behind <= 1_000, `${result.behind} ms behind at the end`);
      assert.ok(result.layoutsPerFrame <= 2, `${result.layoutsPerFrame} layouts a frame`);
      assert.ok(result.heap <= 64, `${result.heap} MB of heap`);
      assert.ok(result.longest <= bar, `a frame of ${result.longest} ms`);
    });
  }
});
