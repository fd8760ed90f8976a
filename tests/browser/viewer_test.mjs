// The viewer against a server that misbehaves on purpose.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { firstInSight, launch, shownLines, watchedPage } from "./support/browser.mjs";
import { eventually } from "./support/eventually.mjs";
import { MockServer } from "./support/mock_server.mjs";

const numbered = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);
const pill = (page) => page.locator(".pill");
const live = (page) => page.waitForSelector(".pill[data-state=live]");

/** Waits until the last row in sight is `text`. */
const lastShown = (page, text) =>
  page.waitForFunction((wanted) => {
    const rows = document.querySelectorAll(".pane .row .text");
    return rows.length > 0 && rows[rows.length - 1].textContent === wanted;
  }, text);

describe("the viewer", { concurrency: false }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
  });

  /** A page on a mock server of its own; at its end nothing may have been violated. */
  async function withPage(run, { server: serverOptions, page: pageOptions, lines = numbered(1, 100), path = "" } = {}) {
    const server = await new MockServer(serverOptions).start();
    server.append(lines);
    const watched = await watchedPage(browser, pageOptions);
    try {
      await watched.page.goto(server.url + path);
      await run(watched.page, server);
      assert.deepEqual(watched.faults, []);
    } finally {
      await watched.close();
      await server.stop();
    }
  }

  test("shows the backlog and follows the end", async () => {
    await withPage(async (page, server) => {
      await live(page);
      await lastShown(page, "line 100");
      server.append(numbered(101, 150));
      await lastShown(page, "line 150");
    });
  });

  test("a pause by scrolling up holds the view still and loses nothing", async () => {
    await withPage(async (page, server) => {
      await live(page);
      await page.mouse.move(700, 400);
      await page.mouse.wheel(0, -500);
      await page.waitForSelector(".pill[data-state=paused]");
      // The wheel's own motion ends.
      await page.waitForFunction(async () => {
        const pane = document.querySelector(".pane");
        const before = pane.scrollTop;
        await new Promise((done) => setTimeout(done, 200));
        return pane.scrollTop === before;
      });
      const before = await shownLines(page);
      for (let at = 101; at <= 3_000; at += 100) server.append(numbered(at, at + 99));
      await page.waitForFunction(() => document.querySelector(".pill").textContent === "PAUSED (2,900 new)");
      assert.deepEqual(await shownLines(page), before);
      await page.keyboard.press("End");
      await lastShown(page, "line 3000");
      await eventually(async () => assert.equal(await pill(page).getAttribute("data-state"), "live"));
      await page.keyboard.press("g");
      await page.waitForFunction(() => document.querySelector(".pane .row .text").textContent === "line 1");
    });
  });

  test("a pause that is longer than the page's memory reads on from where it stopped", async () => {
    await withPage(async (page, server) => {
      await live(page);
      await page.keyboard.press("g");
      await page.waitForSelector(".pill[data-state=paused]");
      for (let at = 101; at <= 30_000; at += 300) server.append(numbered(at, Math.min(30_000, at + 299)));
      await page.waitForFunction(() => document.querySelector(".pill").textContent === "PAUSED (29,900 new)");
      await eventually(async () => assert.equal((await shownLines(page))[0], "line 1"));
      await pill(page).click();
      await lastShown(page, "line 30000");
      await eventually(() => assert.match(server.requests.at(-1).lastId, /^mock\.0\.\d+$/));
      await page.keyboard.press("g");
      await eventually(async () => {
        const oldest = await shownLines(page);
        const first = Number(oldest[0].slice(5));
        assert.ok(first < 29_000, `shows ${first}`);
        assert.deepEqual(oldest, numbered(first, first + oldest.length - 1));
      });
    });
  });

  test("resumes after broken connections with every record once", async () => {
    await withPage(async (page, server) => {
      await live(page);
      for (let round = 0; round < 4; round += 1) {
        server.append(numbered(101 + round * 100, 150 + round * 100));
        server.cut();
        server.append(numbered(151 + round * 100, 200 + round * 100));
        await lastShown(page, `line ${200 + round * 100}`);
      }
      await eventually(async () => assert.match(await page.textContent(".status"), /500 records here/));
    });
  });

  test("keeps trying when the server answers with errors for a while", async () => {
    await withPage(async (page, server) => {
      await live(page);
      server.failNext(503, 502);
      server.cut();
      server.append(numbered(101, 110));
      await page.waitForSelector(".connection:is([data-state=reconnecting], [data-state='server busy'])");
      await lastShown(page, "line 110");
      await live(page);
    });
  });

  test("filters on the server as one types, keeps chips, and has them in the URL", async () => {
    await withPage(async (page, server) => {
      await live(page);
      await page.keyboard.press("f");
      await page.keyboard.type("line .*7$");
      await lastShown(page, "line 97");
      await eventually(() => assert.equal(new URL(page.url()).searchParams.get("grep"), "line .*7$"));
      await page.keyboard.press("Enter");
      await page.waitForSelector(".chip.include");
      await page.fill("#filter", "line 9");
      await page.keyboard.press("Shift+Enter");
      await page.waitForSelector(".chip.exclude");
      await lastShown(page, "line 87");
      await page.waitForFunction(() => [...document.querySelectorAll("mark")].some((mark) => mark.textContent === "line 87"));
      await page.reload();
      await lastShown(page, "line 87");
      await page.click(".chip.exclude button");
      await lastShown(page, "line 97");
      await page.goBack();
      await lastShown(page, "line 87");
      await eventually(() => assert.match(server.requests.at(-1).query, /grep=.*exclude=/));
    });
  });

  test("shows what is wrong with a pattern at the field and keeps the running view", async () => {
    await withPage(async (page, server) => {
      await live(page);
      await page.fill("#filter", "a(b");
      await page.waitForSelector("#filter-problem");
      await eventually(async () => assert.match(await page.textContent("#filter-problem"), /grep: .*a\(b/));
      await eventually(async () => assert.equal(await page.getAttribute("#filter", "aria-invalid"), "true"));
      server.append(numbered(101, 101));
      await lastShown(page, "line 101");
      await page.fill("#filter", "");
      await page.waitForSelector("#filter-problem", { state: "detached" });
    });
  });

  test("shows what is wrong with a pattern that came with the URL", async () => {
    await withPage(
      async (page) => {
        await page.waitForSelector("#filter-problem");
        await eventually(async () => assert.equal(await page.getAttribute(".connection", "data-state"), "refused"));
      },
      { path: "?grep=a(b" },
    );
  });

  test("chooses levels on the server", async () => {
    const lines = numbered(1, 20).map((line, index) => ({ line, level: ["info", "warn", "error", null][index % 4] }));
    await withPage(
      async (page) => {
        await live(page);
        await page.click(".level-chip[data-level=warn]");
        await lastShown(page, "line 19");
        await eventually(async () => assert.deepEqual((await shownLines(page)).slice(-3), ["line 15", "line 18", "line 19"]));
        await page.click(".unknown input");
        await lastShown(page, "line 20");
        await eventually(() => assert.match(page.url(), /level=warn&unknown=pass/));
      },
      { lines },
    );
  });

  test("chooses files and streams", async () => {
    const lines = numbered(1, 20).map((line, index) => ({ line, file: `/var/log/${index % 2 ? "b[1]" : "a"}.log` }));
    await withPage(
      async (page) => {
        await live(page);
        await page.getByRole("checkbox", { name: "a.log" }).check();
        await lastShown(page, "line 19");
        await eventually(() => assert.equal(new URL(page.url()).searchParams.get("file"), "/var/log/a.log"));
        await page.getByRole("checkbox", { name: "Everything" }).check();
        await lastShown(page, "line 20");
      },
      { lines },
    );
  });

  test("whatever a line holds is text and nothing else", async () => {
    const hostile = [
      '<img src=x onerror="window.hit=1">',
      '\x1b[31m<script>window.hit=1</script>\x1b[0m',
      "\x1b]8;;javascript:window.hit=1\x1b\\click\x1b]8;;\x1b\\",
      "a\0b\rc\u202edcba",
      "\ufeffBOM",
      "",
      `long ${"x".repeat(250_000)}`,
    ];
    await withPage(
      async (page) => {
        await live(page);
        const shown = await shownLines(page);
        assert.equal(shown[0], hostile[0]);
        assert.equal(shown[1], "<script>window.hit=1</script>");
        assert.equal(shown[2], "click");
        assert.equal(shown[3], "a^@b^Mc<U+202E>dcba");
        assert.equal(shown[4], "<U+FEFF>BOM");
        assert.equal(shown[5], "");
        assert.ok(shown[6].length < 2_000);
        await page.click(".row button.more");
        await page.waitForFunction(() => [...document.querySelectorAll(".text")].some((one) => one.textContent.length > 250_000));
        for (const name of ["img", "script:not([src])", "a"]) assert.equal(await page.locator(`.pane ${name}`).count(), 0);
        assert.equal(await page.evaluate(() => window.hit), undefined);
      },
      { lines: hostile },
    );
  });

  test("gaps and file changes are rows of their own", async () => {
    await withPage(async (page, server) => {
      await live(page);
      server.event("gap", { file: "/a.log", from: "a.0.1", to: null, bytes: 1234, reason: "truncated" }, "mock.0.100");
      server.event("file", { stream: "s", file: "/a.log", change: "rotated", generation: 2 });
      await page.waitForSelector(".row.notice.file");
      await eventually(async () => assert.match(await page.textContent(".row.notice.gap"), /1,234 bytes missing from \/a\.log/));
      await eventually(async () => assert.match(await page.textContent(".row.notice.file"), /rotated \(generation 2\)/));
    });
  });

  test("opens a record with its fields and filters by one", async () => {
    const lines = [1, 2, 3].map((n) => JSON.stringify({ msg: "done", status: 500 + n }));
    await withPage(
      async (page) => {
        await live(page);
        await page.keyboard.press("j");
        await page.keyboard.press("Enter");
        await page.waitForSelector(".details");
        await eventually(async () => assert.equal(await pill(page).getAttribute("data-state"), "paused"));
        await page.getByRole("button", { name: "Filter for status = 501" }).click();
        await page.waitForFunction(() => document.querySelectorAll(".pane .row").length === 1);
        await eventually(() => assert.equal(new URL(page.url()).searchParams.get("where"), "status=501"));
        await page.getByRole("button", { name: "Remove where filter status=501" }).click();
        await page.waitForFunction(() => document.querySelectorAll(".pane .row").length === 3);
        await page.fill("#filter", "where status=503");
        await page.keyboard.press("Shift+Enter");
        await page.waitForFunction(() => document.querySelectorAll(".pane .row").length === 2);
        await eventually(() => assert.equal(new URL(page.url()).searchParams.get("where"), "not (status=503)"));
      },
      { lines },
    );
  });

  test("a link to a record opens there", async () => {
    await withPage(
      async (page) => {
        await page.waitForSelector(".pill[data-state=paused]");
        await firstInSight(page, "line 41");
      },
      { path: "?from=mock.0.40" },
    );
  });

  test("works below a sub-path", async () => {
    await withPage(
      async (page) => {
        await live(page);
        await lastShown(page, "line 100");
      },
      { server: { basePath: "/logs" } },
    );
  });

  test("wraps, measures and stays at the end", async () => {
    const lines = Array.from({ length: 400 }, (_, n) => `${n} ${"word ".repeat((n * 37) % 120)}`);
    await withPage(
      async (page, server) => {
        await live(page);
        await page.keyboard.press("w");
        for (let round = 0; round < 10; round += 1) {
          server.append([`${"long ".repeat(100)}`, `end ${round}`]);
          await lastShown(page, `end ${round}`);
          const below = await page.$eval(".pane", (pane) => pane.scrollHeight - pane.scrollTop - pane.clientHeight);
          assert.ok(Math.abs(below) <= 2, `the end is ${below} px below the view`);
        }
        await page.keyboard.press("g");
        await page.waitForFunction(() => document.querySelector(".pane .row .text").textContent.startsWith("0 "));
      },
      { lines },
    );
  });
});
