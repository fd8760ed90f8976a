// The cookie of a session, in a real browser: kept over https, shown to no script, sent along by EventSource, gone when one
// has signed out; and a sign-in page that needs no script and breaks no policy.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launch, watchedPages } from "./support/browser.mjs";
import { BINARY, Daemon } from "./support/daemon.mjs";

const PASSWORD = "correct horse";

describe("the session's cookie", { concurrency: false }, () => {
  let browser;
  let config;
  before(async () => {
    const hash = execFileSync(BINARY, ["password"], { input: `${PASSWORD}\n`, encoding: "utf8" }).trim();
    config = `[[user]]\nname = "ada"\npassword = '${hash}'\n`;
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
  });

  async function withPage(options, use) {
    const daemon = await Daemon.create({ config, tls: true });
    const tabs = await watchedPages(browser, 1, { ignoreHTTPSErrors: true, ...options });
    try {
      appendFileSync(join(daemon.logs, "app.log"), "line 1\n");
      await daemon.start();
      await use(tabs.pages[0], daemon);
      assert.deepEqual(tabs.faults, []);
    } finally {
      await tabs.close();
      await daemon.remove();
    }
  }

  async function signIn(page, daemon, next = "/healthz") {
    await page.goto(`${daemon.url}login?next=${encodeURIComponent(next)}`);
    await page.fill("[name=user]", "ada");
    await page.fill("[name=password]", PASSWORD);
    await page.click("form:has([name=password]) button");
    await page.waitForURL(`${daemon.url}${next.slice(1)}`);
  }
  const sessionCookies = async (page) => (await page.context().cookies()).filter((one) => one.name === "__Host-tailwater");

  test("is for this host over https alone, and for no script", { timeout: 60_000 }, async () => {
    await withPage({}, async (page, daemon) => {
      await signIn(page, daemon);
      const [cookie, ...others] = await sessionCookies(page);
      assert.deepEqual(others, []);
      assert.equal(cookie.httpOnly && cookie.secure, true);
      assert.deepEqual([cookie.sameSite, cookie.path, cookie.domain], ["Strict", "/", "127.0.0.1"]);
      assert.equal(await page.evaluate(() => document.cookie), "");
      assert.ok(!page.url().includes(cookie.value));
    });
  });

  test("goes along with fetch and EventSource of our own page", { timeout: 60_000 }, async () => {
    await withPage({}, async (page, daemon) => {
      await signIn(page, daemon);
      assert.equal(await page.evaluate(async () => (await (await fetch("/api/session")).json()).name), "ada");
      const line = page.evaluate(
        () => new Promise((done) => new EventSource("/api/events?tail=1").addEventListener("log", (event) => done(event.data))),
      );
      assert.match(await line, /"line":"line 1"/);
    });
  });

  test("is gone when one has signed out, and what is open ends", { timeout: 60_000 }, async () => {
    await withPage({}, async (page, daemon) => {
      await signIn(page, daemon);
      const [cookie] = await sessionCookies(page);
      await page.evaluate(() => {
        window.broken = new Promise((done) => {
          const source = new EventSource("/api/events");
          source.onerror = () => done(source.close());
        });
      });
      assert.equal(await page.evaluate(async () => (await fetch("/logout", { method: "POST" })).status), 204);
      assert.deepEqual(await sessionCookies(page), []);
      await page.evaluate(() => window.broken);
      const status = (headers) => page.request.get(`${daemon.url}api/streams`, { headers }).then((reply) => reply.status());
      assert.equal(await status({ Cookie: `__Host-tailwater=${cookie.value}` }), 401, "whoever has kept it has nothing");
    });
  });

  test("is had without a script, and a wrong password gets words", { timeout: 60_000 }, async () => {
    await withPage({ javaScriptEnabled: false }, async (page, daemon) => {
      await page.goto(`${daemon.url}login`);
      await page.fill("[name=user]", "<img src=x onerror=alert(1)>");
      await page.fill("[name=password]", "wrong horse");
      await page.click("form:has([name=password]) button");
      assert.match(await page.textContent("[role=alert]"), /the user or the password is wrong/);
      assert.equal(await page.locator("img, script").count(), 0);
      assert.deepEqual(await sessionCookies(page), []);
      await signIn(page, daemon);
      assert.equal((await sessionCookies(page)).length, 1);
    });
  });
});
