// The browser that the tests drive: Debian's Chromium, headless, told to speak to nobody but the server under test.
import { chromium } from "playwright-core";

export async function launch() {
  return chromium.launch({
    executablePath: process.env.TAILWATER_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-proxy-server"],
  });
}

/** Notes what must never happen in `page`: CSP violations, uncaught errors, console errors. */
async function watch(page, faults) {
  page.on("pageerror", (error) => faults.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    // A broken or refused connection is part of many tests; the browser reports it by itself.
    if (message.type() === "error" && !/net::ERR|status of 4\d\d|status of 5\d\d/.test(message.text())) {
      faults.push(`console: ${message.text()}`);
    }
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`CSP violation: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
}

/** Several watched pages of one browser profile, as tabs are. `prepare` runs in each before anything else. */
export async function watchedPages(browser, count, { prepare, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const faults = [];
  const pages = [];
  const open = async () => {
    const page = await context.newPage();
    await watch(page, faults);
    if (prepare) await page.addInitScript(prepare);
    pages.push(page);
    return page;
  };
  for (let n = 0; n < count; n += 1) await open();
  return { pages, open, faults, close: () => context.close() };
}

export async function watchedPage(browser, options) {
  const { pages, faults, close } = await watchedPages(browser, 1, options);
  return { page: pages[0], faults, close };
}

/** The texts of the records in sight, top to bottom. In one step, unlike $$eval, between whose two rows are turned around. */
export function shownLines(page) {
  return page.evaluate(() => [...document.querySelectorAll(".pane .row:not(.notice)")].map((row) => row.querySelector(".text").textContent));
}

/** Scrolls through all that the page holds; gives the lines in order, each row once. */
export function allLines(page) {
  return page.evaluate(async () => {
    const pane = document.querySelector(".pane");
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const lines = new Map();
    pane.dispatchEvent(new WheelEvent("wheel", { deltaY: -1 }));
    for (let top = 0; ; top += pane.clientHeight / 2) {
      pane.scrollTop = top;
      await frame();
      await frame();
      for (const row of pane.querySelectorAll(".row:not(.notice)")) lines.set(Number(row.id.slice(4)), row.querySelector(".text").textContent);
      if (top > pane.scrollHeight) break;
    }
    return [...lines].sort(([a], [b]) => a - b).map(([, line]) => line);
  });
}

/** Waits until the topmost record in the viewport is `text`. */
export function firstInSight(page, text) {
  return page.waitForFunction((wanted) => {
    const { top } = document.querySelector(".pane").getBoundingClientRect();
    const rows = [...document.querySelectorAll(".pane .row:not(.notice)")];
    return rows.find((row) => row.getBoundingClientRect().bottom > top + 1)?.querySelector(".text").textContent === wanted;
  }, text);
}
