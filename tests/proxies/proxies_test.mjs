// The sample configurations of packaging/proxies under the real proxies: events pass at once, silence ends nothing, a
// client that stalls is not fed into the proxy's memory, the page works under its sub-path, and people sign
// in through it, with a token and in Chromium over HTTP/2.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launch, shownLines, watchedPage } from "../browser/support/browser.mjs";
import { BINARY, Daemon } from "../browser/support/daemon.mjs";
import { KINDS, Proxy } from "./proxy.mjs";

const SILENCE_MS = Number(process.env.TAILWATER_SILENCE_MS ?? 120_000);
const LATER_THAN_DIRECT_MS = 50;
const STALLED_BYTES = 64 << 20;
const MOST_SWALLOWED_BYTES = 24 << 20;

/** A stream of events; each `log` event's line goes to `onLine` with the time at which it came. */
function follow(url, onLine) {
  return new Promise((connected, failed) => {
    const get = url.startsWith("https:") ? https.get : http.get;
    const request = get(url, { rejectUnauthorized: false, agent: false, headers: { "Accept-Encoding": "gzip, br" } }, (reply) => {
      let text = "";
      reply.setEncoding("utf8");
      reply.on("data", (piece) => {
        text += piece;
        for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
          const data = /^event: log[^]*?^data: (.*)$/m.exec(text.slice(0, end));
          if (data) onLine(JSON.parse(data[1]).line, performance.now());
          text = text.slice(end + 2);
        }
      });
      connected({ reply, request });
    });
    request.once("error", failed);
  });
}

async function until(condition, limitMs) {
  const end = Date.now() + limitMs;
  while (!condition() && Date.now() < end) await new Promise((done) => setTimeout(done, 5));
  return condition();
}

/** The whole answer to a GET. */
function get(url, options = {}) {
  return new Promise((done, failed) => {
    const ask = url.startsWith("https:") ? https.get : http.get;
    ask(url, { rejectUnauthorized: false, agent: false, ...options }, (reply) => {
      let text = "";
      reply.on("data", (piece) => (text += piece));
      reply.on("end", () => done({ status: reply.statusCode, text }));
    }).once("error", failed);
  });
}

const PASSWORD = "correct horse";

/** A daemon that asks who one is, behind a proxy of its own that it trusts. */
async function startSecured(name, port) {
  const daemon = await Daemon.create();
  const audit = join(daemon.directory, "audit.log");
  const tokens = join(daemon.directory, "tokens");
  const token = /tw_\S+/.exec(execFileSync(BINARY, ["token", "add", "reader", "--file", tokens], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }))[0];
  const hash = execFileSync(BINARY, ["password"], { input: `${PASSWORD}\n`, encoding: "utf8" }).trim();
  const base = `${KINDS[name].tls ? "https" : "http"}://localhost:${port}/logs/`;
  daemon.config =
    `[server]\npublic_url = "${base}"\ntrusted_proxies = ["127.0.0.1"]\n` +
    `[auth]\ntokens = "${tokens}"\naudit_log = "${audit}"\n[[user]]\nname = "ada"\npassword = '${hash}'\n`;
  appendFileSync(join(daemon.logs, "app.log"), "INFO for those who signed in\n");
  await daemon.start();
  const proxy = await Proxy.start(name, port, daemon.port);
  return { daemon, proxy, token, audit };
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

let port = 20_300;
for (const name of Object.keys(KINDS)) {
  describe(name, { concurrency: false, skip: existsSync(KINDS[name].command("", "", 0)[0]) ? false : `${name} is not installed` }, () => {
    let daemon;
    let proxy;
    let log;
    before(async () => {
      daemon = await Daemon.create();
      log = join(daemon.logs, "app.log");
      appendFileSync(log, "INFO first\n");
      await daemon.start();
      proxy = await Proxy.start(name, (port += 1), daemon.port);
    });
    after(async () => {
      await proxy?.stop();
      await daemon?.remove();
    });

    test("passes each event on at once", async () => {
      const times = { direct: new Map(), proxied: new Map() };
      const direct = await follow(`${daemon.url}api/events?tail=0`, (line, at) => times.direct.set(line, at));
      const proxied = await follow(`${proxy.base}api/events?tail=0`, (line, at) => times.proxied.set(line, at));
      assert.match(proxied.reply.headers["content-type"], /^text\/event-stream/);
      const delays = [];
      for (let n = 0; n < 20; n += 1) {
        const line = `INFO event ${n}`;
        appendFileSync(log, `${line}\n`);
        assert.ok(await until(() => times.direct.has(line) && times.proxied.has(line), 5_000), `${line} did not come`);
        delays.push(times.proxied.get(line) - times.direct.get(line));
        await pause(50);
      }
      direct.request.destroy();
      proxied.request.destroy();
      console.log(`${name}: median ${median(delays).toFixed(1)} ms, most ${Math.max(...delays).toFixed(1)} ms later than direct`);
      assert.ok(median(delays) < LATER_THAN_DIRECT_MS, `${delays}`);
    });

    test("serves the page and its parts under the sub-path", async () => {
      const page = await get(proxy.base);
      assert.equal(page.status, 200);
      const parts = [...page.text.matchAll(/(?:src|href)="(\.\/[^"]+|assets\/[^"]+)"/g)].map((found) => found[1]);
      assert.ok(parts.length > 0, page.text);
      for (const part of parts) assert.equal((await get(proxy.base + part)).status, 200, part);
    });

    test("speaks HTTP/2 to the client", { skip: KINDS[name].tls ? false : "without TLS there is no HTTP/2 for browsers" }, async () => {
      const session = http2.connect(new URL(proxy.base).origin, { rejectUnauthorized: false });
      const stream = session.request({ ":path": "/logs/api/events?tail=1&follow=0" });
      let text = "";
      for await (const piece of stream) text += piece;
      session.close();
      assert.match(text, /^event: end$/m);
    });

    test("passes on who signs in, and not what clients claim of their address", async () => {
      const secured = await startSecured(name, (port += 1));
      try {
        const streams = `${secured.proxy.base}api/streams`;
        // Who is not trusted cannot pass for somebody else.
        const forged = { localAddress: "127.0.0.2", headers: { "X-Forwarded-For": "203.0.113.9" } };
        assert.equal((await get(streams, forged)).status, 401);
        const refusal = () => readFileSync(secured.audit, "utf8").split("\n").find((line) => line.includes('"refusal"')) ?? "";
        assert.ok(await until(() => refusal() !== "", 5_000));
        assert.match(refusal(), /"address":"loopback"/);
        const signedIn = await get(streams, { headers: { Authorization: `Bearer ${secured.token}` } });
        assert.equal(signedIn.status, 200, signedIn.text);
        if (KINDS[name].tls) await inChromium(secured.proxy.base);
      } finally {
        await secured.proxy.stop();
        await secured.daemon.remove();
      }
    });

    /** Signs in as a person does, over HTTP/2, and sees the log. */
    async function inChromium(base) {
      const browser = await launch();
      try {
        const { page, faults } = await watchedPage(browser, { ignoreHTTPSErrors: true });
        await page.goto(base); // leads to the sign-in page
        assert.equal(await page.evaluate(() => performance.getEntriesByType("navigation")[0].nextHopProtocol), "h2");
        await page.fill("[name=user]", "ada");
        await page.fill("[name=password]", PASSWORD);
        await page.click("form:has([name=password]) button");
        await page.waitForSelector(".pane .row:not(.notice)");
        assert.ok((await shownLines(page)).includes("INFO for those who signed in"));
        assert.equal(new URL(page.url()).pathname, "/logs/");
        assert.deepEqual(faults, []);
      } finally {
        await browser.close();
      }
    }

    test("is not fed for a client that stalls", async () => {
      const stalled = await follow(`${proxy.base}api/events?tail=0`, () => {});
      stalled.reply.pause();
      const before = proxy.memory();
      const line = `INFO ${"x".repeat(1000)}\n`.repeat(1000);
      for (let bytes = 0; bytes < STALLED_BYTES; bytes += line.length) {
        appendFileSync(log, line);
        await pause(5);
      }
      await pause(500);
      const swallowed = proxy.memory() - before;
      stalled.request.destroy();
      console.log(`${name}: ${(swallowed / 2 ** 20).toFixed(1)} MiB more memory after ${STALLED_BYTES >> 20} MiB for a stalled client`);
      assert.ok(swallowed < MOST_SWALLOWED_BYTES, `${swallowed} bytes`);
    });

    test("keeps a silent stream", { timeout: SILENCE_MS + 30_000 }, async () => {
      const lines = [];
      const quiet = await follow(`${proxy.base}api/events?tail=0&grep=loud`, (line) => lines.push(line));
      let ended = false;
      quiet.reply.once("close", () => (ended = true));
      await pause(SILENCE_MS);
      assert.ok(!ended, "the stream was ended");
      appendFileSync(log, "INFO loud again\n");
      assert.ok(await until(() => lines.length > 0, 5_000));
      quiet.request.destroy();
    });
  });
}
