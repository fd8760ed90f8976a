// A daemon that wants to know who asks, with users and passwords: the way in, the way out, and a session that ends
// while the page is open.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launch, watchedPages } from "./support/browser.mjs";
import { BINARY, Daemon } from "./support/daemon.mjs";
import { eventually } from "./support/eventually.mjs";

const PASSWORD = "correct horse";

describe("signing in", { concurrency: false }, () => {
  let browser;
  let hash;
  before(async () => {
    hash = execFileSync(BINARY, ["password"], { input: `${PASSWORD}\n`, encoding: "utf8" }).trim();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
  });

  async function withUser(count, run) {
    const daemon = await Daemon.create({ config: `[[user]]\nname = "ada"\npassword = '${hash}'\n`, tls: true });
    const tabs = await watchedPages(browser, count, { ignoreHTTPSErrors: true });
    const log = (text) => appendFileSync(join(daemon.logs, "app.log"), `${text}\n`);
    try {
      log("INFO one apple");
      log("INFO two pears");
      await daemon.start();
      await run({ daemon, pages: tabs.pages, log });
      assert.deepEqual(tabs.faults, []);
    } finally {
      await tabs.close();
      await daemon.remove();
    }
  }

  async function signIn(page, password = PASSWORD) {
    await page.waitForURL(/\/login\?next=/);
    await page.fill("[name=user]", "ada");
    await page.fill("[name=password]", password);
    await page.click("form:has([name=password]) button");
  }

  const shows = (page, text) => page.waitForFunction((wanted) => [...document.querySelectorAll(".pane .row .text")].some((one) => one.textContent === wanted), text);

  test("a stranger is asked first, and comes back to the view that was wanted", { timeout: 60_000 }, async () => {
    await withUser(1, async ({ daemon, pages: [page], log }) => {
      await page.goto(`${daemon.url}?grep=apple`);
      await signIn(page, "wrong");
      await page.waitForSelector(".error");
      await page.fill("[name=user]", "ada");
      await page.fill("[name=password]", PASSWORD);
      await page.click("form:has([name=password]) button");
      await page.waitForURL(/\/\?grep=apple$/);
      await shows(page, "INFO one apple");
      log("INFO three apples");
      await shows(page, "INFO three apples");
      await eventually(async () => assert.equal(await page.locator(".pane .row").count(), 2));
    });
  });

  test("the menu says who is signed in and signs out; then the other tabs are asked again, too", { timeout: 60_000 }, async () => {
    await withUser(2, async ({ daemon, pages: [page, other] }) => {
      await page.goto(daemon.url);
      await signIn(page);
      await shows(page, "INFO two pears");
      await other.goto(`${daemon.url}?grep=pears`);
      await shows(other, "INFO two pears");
      await page.bringToFront();
      await page.click("summary");
      await page.waitForSelector("text=Signed in as ada");
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.waitForURL(/\/login\?next=/);
      await other.bringToFront();
      await other.waitForURL(/\/login\?next=/, { timeout: 20_000 });
      await signIn(other);
      await other.waitForURL(/\/\?grep=pears$/);
      await shows(other, "INFO two pears");
    });
  });

  test("the page of the machine asks, too", { timeout: 60_000 }, async () => {
    await withUser(1, async ({ daemon, pages: [page] }) => {
      await page.goto(`${daemon.url}host`);
      await signIn(page);
      await page.waitForURL(/\/host$/);
      await page.waitForSelector(".cards canvas");
    });
  });
});
