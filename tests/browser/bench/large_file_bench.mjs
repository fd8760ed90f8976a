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

/** Lines of 128 bytes, numbered, ten a second of their own clock. */
function write(path, bytes) {
  const file = openSync(path, "w");
  const lines = 65_536;
  const total = Math.ceil(bytes / 128 / lines);
  for (let block = 0; block < total; block += 1) {
    let text = "";
    for (let at = 0; at < lines; at += 1) {
      const n = block * lines + at;
      const time = new Date(START + n * 100).toISOString();
      text += `${`${time} ${n % 97 === 0 ? "ERROR" : "INFO"} request ${n} GET /api/items/${n % 9973} 200`.padEnd(127, " .")}\n`;
    }
    writeSync(file, text);
  }
  closeSync(file);
  return total * lines;
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
  const until = (condition, argument) => page.waitForFunction(condition, argument, { timeout: 60_000, polling: "raf" });
  const timed = async (name, act, condition, argument) => {
    const start = performance.now();
    await act();
    await until(condition, argument);
    results.push({ what: name, ms: Math.round(performance.now() - start) });
    console.log(JSON.stringify(results.at(-1)));
  };
  const near = (wanted) => {
    const shown = [...document.querySelectorAll(".pane .row .text")].map((text) => Number(/request (\d+)/.exec(text.textContent)?.[1]));
    return shown.some((n) => Math.abs(n - wanted) < 60_000);
  };
  const changed = (before) => Number(/request (\d+)/.exec(document.querySelector(".pane .row .text")?.textContent)?.[1]) !== before;
  await timed("open", () => page.goto(daemon.url), () => document.querySelectorAll(".pane .row").length > 10);
  const bar = await page.locator(".scroll-bar").boundingBox();
  const at = async (fraction) => page.mouse.click(bar.x + 7, bar.y + bar.height * fraction);
  await timed("jump to 62 %", () => at(0.62), near, Math.round(lines * 0.62));
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
  await timed("jump to the start", () => page.keyboard.press("g"), () => [...document.querySelectorAll(".pane .row .text")].some((text) => / request 0 /.test(text.textContent)));
  await page.keyboard.press(":");
  const time = new Date(START + Math.round(lines * 0.4) * 100).toISOString();
  await page.fill("#go-to-time", time.slice(0, 19));
  await timed("go to a time", () => page.keyboard.press("Enter"), near, Math.round(lines * 0.4));
  console.log(`${GIGABYTES} GB, ${lines.toLocaleString("en")} lines`);
  console.table(results);
} finally {
  await browser.close();
  await daemon.remove();
  rmSync(root, { recursive: true, force: true });
}
