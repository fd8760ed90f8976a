// The viewer under a flood beside frontail, in one run: both follow a file of the same lines, written in step with the
// clock, and Chromium's own figures (CDP) say how the page fared. Prints a table; --seconds=N, --rates=1000,10000.
import { spawn } from "node:child_process";
import { appendFileSync, closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "../support/browser.mjs";
import { Daemon } from "../support/daemon.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const option = (name, fallback) => process.argv.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback;
const SECONDS = Number(option("seconds", "10"));
const RATES = option("rates", "1000,10000,50000").split(",").map(Number);
const FRONTAIL_MOST = 10_000;
const CATCH_UP_LIMIT_MS = 60_000;

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const lineOf = (n) => `2026-01-01T00:00:00Z INFO request ${n} GET /api/items/${n} 200 ${n % 977} bytes in ${n % 31} ms`;

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

async function startFrontail(path) {
  const port = await freePort();
  const program = join(HERE, "node_modules/frontail/bin/frontail");
  const child = spawn(process.execPath, [program, "-h", "127.0.0.1", "-p", String(port), "--disable-usage-stats", path], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}/`;
  for (let round = 0; round < 100; round += 1) {
    if (await fetch(url).then((reply) => reply.ok, () => false)) break;
    await pause(100);
  }
  return { url, stop: () => child.kill("SIGKILL") };
}

async function startTailwater(path, daemon) {
  daemon.logs = path;
  await daemon.start();
  return { url: daemon.url, stop: () => daemon.kill("SIGTERM") };
}

/** Appends `rate` lines a second for SECONDS; gives how many. */
async function write(path, rate) {
  const file = openSync(path, "a");
  const began = performance.now();
  let written = 0;
  while (performance.now() - began < SECONDS * 1_000) {
    const due = Math.floor(((performance.now() - began) / 1_000) * rate);
    if (due > written) {
      let text = "";
      for (; written < due; written += 1) text += `${lineOf(written + 1)}\n`;
      writeSync(file, text);
    }
    await pause(5);
  }
  closeSync(file);
  return written;
}

async function metricsOf(session) {
  const { metrics } = await session.send("Performance.getMetrics");
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

const WAYS = {
  tailwater: { ready: ".pill[data-state=live]", lines: ".pane .row .text", start: startTailwater },
  frontail: { ready: ".log .line", lines: ".log .line", start: startFrontail },
};

async function measure(browser, name, rate) {
  const way = WAYS[name];
  const directory = mkdtempSync(join(tmpdir(), "tailwater-bench-"));
  const path = join(directory, "flood.log");
  appendFileSync(path, Array.from({ length: 100 }, (_, n) => `line before ${n}\n`).join(""));
  const daemon = await Daemon.create();
  const server = await way.start(path, daemon);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send("Performance.enable");
    await page.goto(server.url);
    await page.waitForSelector(way.ready);
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
    const before = await metricsOf(session);
    const written = await write(path, rate);
    const ended = performance.now();
    const last = lineOf(written);
    const behind = await page
      .waitForFunction(([selector, text]) => [...document.querySelectorAll(selector)].at(-1)?.textContent === text, [way.lines, last], { timeout: CATCH_UP_LIMIT_MS, polling: 50 })
      .then(() => Math.round(performance.now() - ended), () => null);
    const frames = await page.evaluate(() => window.frames_);
    const after = await metricsOf(session);
    await session.send("HeapProfiler.collectGarbage");
    const { JSHeapUsedSize, Nodes } = await metricsOf(session);
    return {
      server: name,
      "lines/s": rate,
      "behind at end (ms)": behind ?? `> ${CATCH_UP_LIMIT_MS}`,
      "longest frame (ms)": Math.round(Math.max(...frames)),
      "frames/s": Math.round(frames.length / (frames.reduce((sum, one) => sum + one, 0) / 1_000)),
      "layouts/frame": Number(((after.LayoutCount - before.LayoutCount) / frames.length).toFixed(2)),
      "page CPU (s)": Number((after.TaskDuration - before.TaskDuration).toFixed(1)),
      "heap (MB)": Math.round(JSHeapUsedSize / 1e5) / 10,
      nodes: Nodes,
    };
  } finally {
    await context.close();
    await server.stop();
    await daemon.remove();
    rmSync(directory, { recursive: true, force: true });
  }
}

const browser = await launch();
const results = [];
try {
  for (const rate of RATES) {
    for (const name of Object.keys(WAYS)) {
      if (name === "frontail" && rate > FRONTAIL_MOST) continue;
      results.push(await measure(browser, name, rate));
      console.log(JSON.stringify(results.at(-1)));
    }
  }
} finally {
  await browser.close();
}
console.table(results);
