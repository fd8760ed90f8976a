// The pages of runs where the server wants to know who asks: the way in by a token, and what those see who may not.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launch, watchedPages } from "./support/browser.mjs";
import { BINARY, Daemon } from "./support/daemon.mjs";

describe("runs that not everybody may see", { concurrency: false }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
  });

  /** With one run, ci/build-1.log, whose readers are those with a token by the name of `ci`. */
  async function withRun(act) {
    const daemon = await Daemon.create({ tls: true });
    const jobs = join(daemon.directory, "jobs");
    const file = join(daemon.directory, "tokens");
    mkdirSync(jobs);
    writeFileSync(join(jobs, "build-1.log"), "hello from the job\nJob succeeded\n");
    const token = (name) => execFileSync(BINARY, ["token", "add", name, "--file", file], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    const tokens = { ci: token("ci"), other: token("other") };
    daemon.config = `[auth]\ntokens = "${file}"\n${daemon.config}
[[stream]]\nname = "ci"\npaths = ["${jobs}/*.log"]\nreaders = ["ci"]\n[[runs]]\nstream = "ci"\n`;
    const tabs = await watchedPages(browser, 1, { ignoreHTTPSErrors: true });
    try {
      await daemon.start();
      await act({ daemon, page: tabs.pages[0], tokens, faults: tabs.faults });
    } finally {
      await tabs.close();
      await daemon.remove();
    }
  }

  const asked = (page, next) => page.waitForURL((url) => url.pathname === "/login" && url.searchParams.get("next") === next);
  async function signIn(page, token) {
    await page.fill("[name=token]", token);
    await page.click("form:has([name=token]) button");
  }

  test("a stranger is asked for a token, and comes back to the run that was wanted", { timeout: 60_000 }, async () => {
    await withRun(async ({ daemon, page, tokens, faults }) => {
      await page.goto(`${daemon.url}runs/ci/build-1.log`);
      await asked(page, "runs/ci/build-1.log");
      await signIn(page, "tw_nonsense");
      await page.waitForSelector(".error");
      await signIn(page, tokens.ci);
      await page.waitForURL(/\/runs\/ci\/build-1\.log$/);
      await page.waitForSelector(".run-head[data-state=passed]");
      await page.waitForSelector(".pane .row .text:has-text('hello from the job')");
      assert.deepEqual(faults, []);
    });
  });

  test("the board asks, too", { timeout: 60_000 }, async () => {
    await withRun(async ({ daemon, page, tokens, faults }) => {
      await page.goto(`${daemon.url}runs?group=none`);
      await asked(page, "runs?group=none");
      await signIn(page, tokens.ci);
      await page.waitForURL(/\/runs\?group=none$/);
      await page.waitForSelector(".board-row[data-state=passed]");
      assert.deepEqual(faults, []);
    });
  });

  test("who may not read a run is told that it is not there, and shown none of it", { timeout: 60_000 }, async () => {
    await withRun(async ({ daemon, page, tokens }) => {
      await page.goto(`${daemon.url}runs/ci/build-1.log`);
      await asked(page, "runs/ci/build-1.log");
      await signIn(page, tokens.other);
      await page.waitForSelector(".run-head:has-text('there is no stream ci')");
      assert.doesNotMatch(await page.content(), /hello from the job|Job succeeded/);
      await page.goto(`${daemon.url}runs`);
      await page.waitForSelector(".board-empty:has-text('There are no runs yet')");
    });
  });
});
