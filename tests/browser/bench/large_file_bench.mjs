// The viewer in a large file, served by the real daemon: opened, also at 62 %, scrolled both ways, searched. Prints how
// long each took until its first result was in the page, the median of --rounds=N (7), each in a fresh browser profile,
// beside what the browser takes for a page with nothing but a line of text; --gigabytes=N (10).
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "../support/browser.mjs";
import { Daemon } from "../support/daemon.mjs";

const option = (name, fallback) => process.argv.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback;
const GIGABYTES = Number(option("gigabytes", "10"));
const ROUNDS = Number(option("rounds", "7"));
/** A window's own start is not over when it is there. */
const SETTLE_MS = 1_500;
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

/** Measures the steps of one round in a browser profile that knows nothing yet. */
class Round {
  constructor(page, took) {
    this.page = page;
    this.took = took;
  }

  async timed(what, act, condition, argument) {
    const start = performance.now();
    await act();
    const came = await this.page.waitForFunction(condition, argument, { timeout: 20_000, polling: "raf" }).then(() => true, () => false);
    this.note(what, came ? performance.now() - start : Infinity);
  }

  /** Goes to an address; the page itself says when it showed a result, counted from when it was asked for. */
  async opened(what, url, selector, text = "") {
    await this.page.addInitScript(([wanted, part]) => {
      const look = () => {
        if ([...document.querySelectorAll(wanted)].some((one) => one.textContent.includes(part))) window.shownAt = performance.now();
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    }, [selector, text]);
    await this.page.goto(url, { waitUntil: "commit" });
    const ms = await this.page.waitForFunction(() => window.shownAt, undefined, { timeout: 20_000 }).then((shown) => shown.jsonValue(), () => Infinity);
    this.note(what, ms);
  }

  note(what, ms) {
    if (!this.took.has(what)) this.took.set(what, []);
    this.took.get(what).push(ms);
  }

  first() {
    return this.page.$eval(".pane .row .text", (text) => Number(/request (\d+)/.exec(text.textContent)[1]));
  }

  async wheel(turns, by) {
    for (let turn = 0; turn < turns; turn += 1) {
      await this.page.mouse.wheel(0, by);
      await this.page.waitForTimeout(30);
    }
  }
}

const near = ([wanted, tolerance]) =>
  [...document.querySelectorAll(".pane .row .text")].some((text) => Math.abs(Number(/request (\d+)/.exec(text.textContent)?.[1]) - wanted) < tolerance);
const changed = (before) => Number(/request (\d+)/.exec(document.querySelector(".pane .row .text")?.textContent)?.[1]) !== before;

async function lookAround(round, lines) {
  const { page } = round;
  const bar = await page.locator(".scroll-bar").boundingBox();
  await round.timed("jump to 62 %", () => page.mouse.click(bar.x + 7, bar.y + bar.height * 0.62), near, [lines * 0.62, lines * 0.015]);
  await page.mouse.move(700, 500);
  let before = await round.first();
  await round.wheel(20, -1_200);
  await round.timed("scroll up", () => page.mouse.wheel(0, -1_200), changed, before);
  before = await round.first();
  await round.wheel(40, 1_200);
  await round.timed("scroll down", () => page.mouse.wheel(0, 1_200), changed, before);
  await page.keyboard.press("/");
  await page.keyboard.type("items/4242 ");
  await round.timed("search, first match", () => page.keyboard.press("Enter"), () => /items\/4242 /.test(document.querySelector(".row.cursor .text")?.textContent ?? ""));
  await page.keyboard.press("Escape");
  await round.timed("jump to the start", () => page.keyboard.press("g"), () => [...document.querySelectorAll(".pane .row .text")].some((text) => / request 0+ /.test(text.textContent)));
  await page.keyboard.press(":");
  await page.fill("#go-to-time", new Date(START + Math.round(lines * 0.4) * 100).toISOString().slice(0, 19));
  await round.timed("go to a time", () => page.keyboard.press("Enter"), near, [lines * 0.4, 200]);
}

async function inFreshPage(browser, run) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, timezoneId: "UTC" });
  try {
    const page = await context.newPage();
    await page.waitForTimeout(SETTLE_MS);
    await run(page);
  } finally {
    await context.close();
  }
}

const root = mkdtempSync(join(process.env.TAILWATER_BENCH_DIRECTORY ?? tmpdir(), "tailwater-large-"));
const daemon = await Daemon.create();
daemon.logs = join(root, "logs");
mkdirSync(daemon.logs);
const took = new Map();
const browser = await launch();
try {
  const lines = write(join(daemon.logs, "large.log"), GIGABYTES * 1e9);
  await daemon.start();
  const { records } = await (await fetch(`${daemon.url}api/records?at=0.62&limit=1`)).json();
  const [there] = records;
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    await inFreshPage(browser, (page) => new Round(page, took).opened("a page of one line", `${daemon.url}version`, "body", "version"));
    await inFreshPage(browser, async (page) => {
      const round = new Round(page, took);
      await round.opened("open", daemon.url, ".pane .row:nth-child(10)");
      await lookAround(round, lines);
    });
    await inFreshPage(browser, (page) => new Round(page, took).opened("open at 62 %", `${daemon.url}?around=${there.id}`, ".pane .row .text", /request \d+/.exec(there.line)[0]));
  }
  console.log(`${GIGABYTES} GB, ${lines.toLocaleString("en")} lines, ${ROUNDS} rounds`);
  const inOrder = (values) => values.map(Math.round).sort((a, b) => a - b);
  console.table([...took].map(([what, values]) => ({ what, "median (ms)": inOrder(values)[values.length >> 1], "best (ms)": inOrder(values)[0] })));
} finally {
  await browser.close();
  await daemon.remove();
  rmSync(root, { recursive: true, force: true });
}
