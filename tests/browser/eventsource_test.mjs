// The daemon's events as a browser's own EventSource sees them: resumed over crashes, and whole whatever a line holds.
import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launch, watchedPage } from "./support/browser.mjs";
import { Daemon } from "./support/daemon.mjs";
import { faultOf, LogWriter, sequencesOf } from "./support/log_writer.mjs";

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Opens an EventSource in the page that keeps every record; a plain document of the daemon gives it its origin. */
async function listen(page, daemon, query) {
  await page.goto(`${daemon.url}healthz`);
  await page.evaluate((url) => {
    window.received = { records: [], gaps: [], opens: 0, caughtUp: 0 };
    const source = new EventSource(url);
    source.onopen = () => (window.received.opens += 1);
    source.addEventListener("log", (event) => window.received.records.push(JSON.parse(event.data)));
    source.addEventListener("lines", (event) => window.received.records.push(...JSON.parse(event.data)));
    source.addEventListener("gap", (event) => window.received.gaps.push(JSON.parse(event.data)));
    source.addEventListener("caught-up", () => (window.received.caughtUp += 1));
  }, `${daemon.url}api/events?${query}`);
}

const untilRecords = (page, count, timeout) =>
  page.waitForFunction((wanted) => window.received.records.length >= wanted, count, { timeout, polling: 100 });

describe("EventSource", { concurrency: false }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
  });

  async function withDaemon(run) {
    const daemon = await Daemon.create();
    const watched = await watchedPage(browser);
    try {
      await daemon.start();
      await run(watched.page, daemon);
      assert.deepEqual(watched.faults, []);
    } finally {
      await watched.close();
      await daemon.remove();
    }
  }

  for (const [name, query] of [
    ["one event a record", "from=start"],
    ["batched", "from=start&batch=1"],
  ]) {
    test(`gets every record once and in order over 5 restarts under load (${name})`, { timeout: 150_000 }, async () => {
      await withDaemon(async (page, daemon) => {
        const writer = new LogWriter(daemon.logs);
        try {
          await listen(page, daemon, query);
          writer.start();
          for (let round = 0; round < 5; round += 1) {
            await pause(1_200);
            await daemon.kill(round % 2 === 0 ? "SIGKILL" : "SIGTERM");
            await pause(200);
            const opens = await page.evaluate(() => window.received.opens);
            await daemon.start();
            await page.waitForFunction((count) => window.received.opens > count, opens, { timeout: 20_000 });
          }
          await pause(500);
        } finally {
          writer.stop();
        }
        await untilRecords(page, writer.total, 30_000);
        await pause(300); // a repeated record would come now
        const received = await page.evaluate(() => ({
          lines: window.received.records.map((record) => record.line),
          gaps: window.received.gaps,
          opens: window.received.opens,
        }));
        assert.deepEqual(received.gaps, []);
        assert.ok(received.opens >= 6, `opened ${received.opens} times`);
        const sequences = sequencesOf(received.lines, writer.paths.length);
        sequences.forEach((sequence, file) => assert.equal(faultOf(sequence, writer.written[file]), null));
      });
    });
  }

  test("gets lines whole, whatever bytes they hold", { timeout: 60_000 }, async () => {
    const bytes = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));
    const lines = [
      bytes("plain"),
      bytes(""),
      bytes("a\rb\rc"),
      bytes("nul \0 in the middle\0"),
      bytes([0xef, 0xbb, 0xbf], "a byte order mark first"),
      bytes("and ", [0xef, 0xbb, 0xbf], " in the middle"),
      bytes("lone continuation ", [0x80], " end"),
      bytes("overlong ", [0xc0, 0xaf], " end"),
      bytes("cut off ", [0xe2, 0x82], " end"),
      bytes("cut off at the end ", [0xf0, 0x9f, 0x98]),
      bytes("surrogate ", [0xed, 0xa0, 0x80], " end"),
      bytes("beyond Unicode ", [0xf4, 0x90, 0x80, 0x80], [0xff, 0xfe], " end"),
      bytes("ä 漢字 👋🏽 \u2028 \u2029 \u0085 end"),
      bytes("data: x", "id: y", "event: error"),
      bytes(": a comment", "\ttabs\t", '"quotes" \\ and </script>'),
      bytes(" leading and trailing blanks "),
      bytes(""),
      bytes("last"),
    ];
    const long = `1 MB ${"0123456789abcdef".repeat(65_536)}`;
    await withDaemon(async (page, daemon) => {
      await listen(page, daemon, "from=start");
      const file = join(daemon.logs, "odd.log");
      // A file with NUL bytes among its first 4096 would be taken for a binary one.
      const head = Array.from({ length: 60 }, (_, n) => `line ${n} ${"-".repeat(90)}`);
      appendFileSync(file, head.map((line) => `${line}\n`).join(""));
      await untilRecords(page, head.length, 10_000);
      appendFileSync(file, Buffer.concat(lines.map((line) => bytes(line, "\n"))));
      appendFileSync(file, "with CRLF\r\n");
      appendFileSync(file, `${long}\nthe end\n`);
      await page.waitForFunction(() => window.received.records.at(-1)?.line === "the end", null, { polling: 100 });
      const records = (await page.evaluate(() => window.received.records)).slice(head.length);
      // As every browser decodes it (WHATWG Encoding), with a byte order mark kept: it is inside a JSON string.
      const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
      const expected = lines.map((line) => decoder.decode(line));
      assert.deepEqual(
        records.slice(0, lines.length).map((record) => record.line),
        expected,
      );
      const rest = records.slice(lines.length);
      assert.equal(rest.shift().line, "with CRLF");
      assert.equal(rest.pop().line, "the end");
      assert.equal(rest.map((record) => record.line).join(""), long);
      assert.ok(rest.every((record) => record.truncated === true));
    });
  });
});
