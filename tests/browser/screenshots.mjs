// Takes the pictures in docs/screenshots: every state of the pages, in both themes, on a desktop and on a phone, from
// the real daemon following sample logs. `./dev screenshots`, or node screenshots.mjs [DIRECTORY [NAME]].
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "./support/browser.mjs";
import { Daemon } from "./support/daemon.mjs";
import { withPalette } from "./support/png.mjs";
import { SampleLogs } from "./support/sample_logs.mjs";
import { RUNS_CONFIG } from "./support/runs.mjs";
import { sampleRuns, SHOWN_RUN } from "./support/sample_runs.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const directory = resolve(process.argv[2] ?? join(HERE, "../../docs/screenshots"));
const only = process.argv[3];
mkdirSync(directory, { recursive: true });

const DESKTOP = { viewport: { width: 1280, height: 800 } };
const WALL = { viewport: { width: 1920, height: 1080 } };
const PHONE = { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true };
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const live = (page) => page.waitForSelector(".pill[data-state=live]");
const still = async (page) => {
  await page.waitForSelector(".lane.records canvas");
  await page.waitForFunction(() => /\d/.test(document.querySelector(".lane.records .values")?.textContent ?? ""), null, { timeout: 10_000 });
};

/** The cursor on the last record in sight whose line holds `text`; opened. */
async function openRecord(page, text) {
  await page.evaluate((wanted) => {
    const { top, bottom } = document.querySelector(".pane").getBoundingClientRect();
    const rows = [...document.querySelectorAll(".pane .row")].filter((row) => row.textContent.includes(wanted));
    const inside = rows.filter((row) => row.getBoundingClientRect().top > top && row.getBoundingClientRect().bottom < bottom);
    inside[Math.floor(inside.length / 3)]?.querySelector(".text").click();
  }, text);
  await page.waitForSelector(".details");
}

const STATES = {
  live: [DESKTOP, "", async (page) => still(page)],
  metrics: [
    DESKTOP,
    "",
    async (page) => {
      await still(page);
      await page.keyboard.press("m");
      await page.waitForSelector(".lane.flows canvas");
      await pause(2_500);
      await page.hover(".lane.records .u-over", { position: { x: 600, y: 20 } });
    },
  ],
  record: [
    DESKTOP,
    "?file=*orders.json.log",
    async (page) => {
      await still(page);
      await openRecord(page, '"level"');
    },
  ],
  columns: [DESKTOP, "?file=*orders.json.log&col=service&col=duration_ms&col=user.plan", still],
  filter: [
    DESKTOP,
    "?level=warn&grep=order%7Cpayment&exclude=healthz",
    async (page) => {
      await still(page);
      await page.fill("#filter", "timed (out");
      await page.waitForSelector("#filter-problem");
    },
  ],
  search: [
    DESKTOP,
    "",
    async (page) => {
      await still(page);
      await page.keyboard.press("/");
      await page.keyboard.type("stock is negative|could not reserve");
      await page.keyboard.press("Enter");
      await page.waitForSelector(".row.cursor");
      await page.keyboard.press("Enter");
      await pause(600);
    },
  ],
  history: [
    DESKTOP,
    "",
    async (page) => {
      await still(page);
      const bar = await page.locator(".scroll-bar").boundingBox();
      await page.mouse.move(bar.x + 7, bar.y + bar.height - 14);
      await page.mouse.down();
      await page.mouse.move(bar.x + 7, bar.y + bar.height * 0.58, { steps: 8 });
      await pause(1_200);
    },
  ],
  traces: [
    DESKTOP,
    "?file=*checkout.log&file=*build.log",
    async (page) => {
      await still(page);
    },
  ],
  empty: [DESKTOP, "?grep=no+such+text", async (page) => page.waitForSelector(".empty")],
  help: [DESKTOP, "", async (page) => page.keyboard.press("h")],
  menu: [DESKTOP, "", async (page) => page.click(".menu summary")],
  host: [DESKTOP, "host?span=80", async (page) => hostReady(page)],
  runs: [DESKTOP, "runs", async (page) => page.waitForSelector(".board-row")],
  wall: [WALL, "runs?view=wall", async (page) => page.waitForSelector(".tile")],
  run: [DESKTOP, `runs/${SHOWN_RUN}`, async (page) => page.waitForSelector(".side-row")],
  "phone-runs": [PHONE, "runs", async (page) => page.waitForSelector(".board-row")],
  "phone-run": [PHONE, `runs/${SHOWN_RUN}`, async (page) => page.waitForSelector(".run-head[data-state]")],
  "phone-live": [PHONE, "", async () => undefined],
  "phone-record": [PHONE, "?file=*orders.json.log", async (page) => openRecord(page, '"level"')],
  "phone-streams": [PHONE, "", async (page) => page.click(".toggle-streams")],
  "phone-host": [PHONE, "host?span=80", async (page) => hostReady(page)],
  // Last: the restarted daemon's charts begin anew.
  offline: [
    DESKTOP,
    "",
    async (page, daemon) => {
      await still(page);
      await daemon.kill();
      await page.waitForSelector(".pill[data-state=offline]");
    },
  ],
};

/** What else happens to be mounted where the pictures are taken is nobody's concern. */
async function withoutOddMounts(route) {
  const reply = await route.fetch();
  const body = await reply.json();
  const series = body.series.filter(({ labels }) => [undefined, "/"].includes(labels.mountpoint));
  await route.fulfill({ response: reply, json: { ...body, series } });
}

async function hostReady(page) {
  await page.waitForSelector("#card-cpu canvas");
  await pause(1_500);
}

const browser = await launch();
const daemon = await Daemon.create({ config: RUNS_CONFIG });
try {
  const logs = new SampleLogs(daemon.logs);
  logs.past(20_000, 3_000);
  await daemon.start();
  if (!only || /run|wall/.test(only)) await sampleRuns(daemon);
  // Charts of nothing are no picture: the sampler runs while somebody asks.
  const writer = setInterval(() => logs.now(2), 100);
  for (let round = 0; (!only || /host|metrics/.test(only)) && round < 40; round += 1) {
    await fetch(`${daemon.url}api/metrics?since=10s`).then((reply) => reply.text());
    await pause(1_000);
  }
  for (const [name, [device, path, act]] of Object.entries(STATES)) {
    if (only && !name.includes(only)) continue;
    for (const colorScheme of ["light", "dark"]) {
      const context = await browser.newContext({ ...device, colorScheme, timezoneId: "UTC", reducedMotion: "reduce" });
      const page = await context.newPage();
      await page.route(/\/api\/metrics/, withoutOddMounts);
      await page.goto(daemon.url + path);
      if (!/^(host|runs)/.test(path) && name !== "empty") await live(page);
      await pause(300);
      await act(page, daemon);
      await pause(500);
      writeFileSync(join(directory, `${name}-${colorScheme}.png`), withPalette(await page.screenshot()));
      console.log(`${name}-${colorScheme}`);
      await page.unrouteAll({ behavior: "ignoreErrors" });
      await context.close();
      if (daemon.child.exitCode !== null || daemon.child.signalCode !== null) await daemon.start();
    }
  }
  clearInterval(writer);
} finally {
  await browser.close();
  await daemon.remove();
}
