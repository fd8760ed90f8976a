// The page at /host as the daemon serves it: live charts of real samples.
import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launch, watchedPage } from "./support/browser.mjs";
import { Daemon } from "./support/daemon.mjs";
import { eventually } from "./support/eventually.mjs";

describe("the page at /host", { concurrency: false }, () => {
  let browser;
  let daemon;
  before(async () => {
    browser = await launch();
    daemon = await Daemon.create();
    appendFileSync(join(daemon.logs, "app.log"), "INFO started\n");
    await daemon.start();
  });
  after(async () => {
    await browser?.close();
    await daemon?.remove();
  });

  test("draws what the machine does, and shows one moment in all charts", { timeout: 60_000 }, async () => {
    const { page, faults, close } = await watchedPage(browser);
    try {
      await page.goto(`${daemon.url}host`);
      await page.waitForSelector("#card-cpu canvas");
      for (const id of ["memory", "load", "disk", "network"]) await page.waitForSelector(`#card-${id} canvas`);
      await page.waitForFunction(() => /\d/.test(document.querySelector("#card-load .values b").textContent));
      appendFileSync(join(daemon.logs, "app.log"), "INFO a line that counts\n");
      await page.waitForSelector("section#streams .card canvas");
      await page.hover("#card-cpu .u-over");
      await page.waitForFunction(() => [...document.querySelectorAll(".u-cursor-x")].filter((line) => !line.classList.contains("u-off")).length > 5);
      await page.click(".ranges button:nth-child(4)");
      await eventually(() => assert.match(page.url(), /span=86400/));
      await page.goBack();
      await page.waitForFunction(() => document.querySelector(".ranges [aria-pressed=true]").textContent === "10 min");
      await page.click(".pages a[href='./']");
      await page.waitForSelector(".pane");
      assert.deepEqual(faults, []);
    } finally {
      await close();
    }
  });
});
