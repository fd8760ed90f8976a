// The viewer in a large file, served by the real daemon: opened at 62 %, scrolled both ways, searched. Prints how long
// each took until its first result was in the page; --gigabytes=N (10).
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "../support/browser.mjs";
import { Daemon } from "../support/daemon.mjs";

const option = (name, fallback) => process.argv.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback;
const GIGABYTES = Number(option("gigabytes", "10"));
const START = Date.parse("2026-01-01T00:00:00Z");

const WIDTH = 128;
const LINES = 65_536;

/** Writes `value` in decimal digits that end before `end`. */
function putDigits(buffer, end, digits, value) {
  let rest = value;
  for (let at = end - 1; at >= end - digits; at -= 1) {
    buffer[at] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

/** Lines of 128 bytes, numbered, ten a second of their own clock; the buffer is patched, for 10 GB should not take long. */
function write(path, bytes) {
  const file = openSync(path, "w");
  const line = `${new Date(START).toISOString()} INFO  request 000000000 GET /api/items/0000 200`.padEnd(WIDTH - 1, " .");
  const buffer = Buffer.from(`${line}\n`.repeat(LINES));
  const [number, item] = [line.indexOf("request ") + 17, line.indexOf("items/") + 10];
  const blocks = Math.ceil(bytes / WIDTH / LINES);
  for (let block = 0; block < blocks; block += 1) {
    let second = "";
    for (let at = 0; at < LINES; at += 1) {
      const n = block * LINES + at;
      const offset = at * WIDTH;
      if (second === "" || n % 10 === 0) second = new Date(START + Math.floor(n / 10) * 1_000).toISOString();
      buffer.latin1Write(second, offset, 20);
      buffer[offset + 20] = 48 + (n % 10);
      buffer.latin1Write(n % 97 === 0 ? "ERROR" : "INFO ", offset + 25, 5);
      putDigits(buffer, offset + number, 9, n);
      putDigits(buffer, offset + item, 4, n % 9_973);
    }
    writeSync(file, buffer);
  }
  closeSync(file);
  return blocks * LINES;
}

const root = mkdtempSync(join(process.env.TAILWATER_BENCH_DIRECTORY ?? tmpdir(), "tailwater-large-"));
const daemon = await Daemon.create();
daemon.logs = join(root, "logs");
mkdirSync(daemon.logs);
const results = [];
const browser = await launch();
try {
  const lines = write(join(daemon.logs, "large.log"), GIGABYTES * 1e9);
  await daemon.start();
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  const first = () => page.$eval(".pane .row .text", (text) => Number(/request (\d+)/.exec(text.textContent)[1]));
  const until = (condition, argument) => page.waitForFunction(condition, argument, { timeout: 20_000, polling: "raf" });
  const timed = async (name, act, condition, argument) => {
    const start = performance.now();
    await act();
    const came = await until(condition, argument).then(() => true, () => false);
    results.push({ what: name, ms: came ? Math.round(performance.now() - start) : "never" });
    console.log(JSON.stringify(results.at(-1)));
  };
  const near = ([wanted, tolerance]) => {
    const shown = [...document.querySelectorAll(".pane .row .text")].map((text) => Number(/request (\d+)/.exec(text.textContent)?.[1]));
    return shown.some((n) => Math.abs(n - wanted) < tolerance);
  };
  const changed = (before) => Number(/request (\d+)/.exec(document.querySelector(".pane .row .text")?.textContent)?.[1]) !== before;
  await timed("open", () => page.goto(daemon.url), () => document.querySelectorAll(".pane .row").length > 10);
  const bar = await page.locator(".scroll-bar").boundingBox();
  const at = async (fraction) => page.mouse.click(bar.x + 7, bar.y + bar.height * fraction);
  await timed("jump to 62 %", () => at(0.62), near, [lines * 0.62, lines * 0.015]);
  await page.mouse.move(700, 500);
  let before = await first();
  for (let turn = 0; turn < 20; turn += 1) {
    await page.mouse.wheel(0, -1_200);
    await page.waitForTimeout(30);
  }
  await timed("scroll up", () => page.mouse.wheel(0, -1_200), changed, before);
  before = await first();
  for (let turn = 0; turn < 40; turn += 1) {
    await page.mouse.wheel(0, 1_200);
    await page.waitForTimeout(30);
  }
  await timed("scroll down", () => page.mouse.wheel(0, 1_200), changed, before);
  await page.keyboard.press("/");
  await page.keyboard.type("items/4242 ");
  await timed("search, first match", () => page.keyboard.press("Enter"), () => /items\/4242 /.test(document.querySelector(".row.cursor .text")?.textContent ?? ""));
  await page.keyboard.press("Escape");
  await timed("jump to the start", () => page.keyboard.press("g"), () => [...document.querySelectorAll(".pane .row .text")].some((text) => / request 0+ /.test(text.textContent)));
  await page.keyboard.press(":");
  const time = new Date(START + Math.round(lines * 0.4) * 100).toISOString();
  await page.fill("#go-to-time", time.slice(0, 19));
  await timed("go to a time", () => page.keyboard.press("Enter"), near, [lines * 0.4, 200]);
  console.log(`${GIGABYTES} GB, ${lines.toLocaleString("en")} lines`);
  console.table(results);
} finally {
  await browser.close();
  await daemon.remove();
  rmSync(root, { recursive: true, force: true });
}
