// SampleLogs: what a small shop's server writes: nginx, JSON and logfmt services, syslog, a coloured build, stack traces.
// The same lines each time, but for their times, which end now.
import { appendFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const PATHS = ["/", "/api/orders", "/api/orders/8123", "/api/cart", "/static/app.js", "/login", "/api/search?q=lamp"];
const two = (value) => String(value).padStart(2, "0");
const clock = (date) => `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;

const MESSAGES = {
  info: ["order placed", "payment captured", "session opened", "cache refreshed"],
  debug: ["query done", "7 of 20 connections in use"],
  warn: ["slow query", "retrying the payment provider"],
  error: ["payment provider timed out", "could not reserve stock"],
};

export class SampleLogs {
  constructor(directory) {
    this.directory = directory;
    this.state = 7;
    this.pending = new Map();
  }

  random() {
    this.state = (this.state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return this.state / 2_147_483_648;
  }

  below(limit) {
    return Math.floor(this.random() * limit);
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** Something went wrong for a while in the middle: the timeline shows it. */
  level(share) {
    const bad = share > 0.55 && share < 0.62 ? 6 : 1;
    const at = this.random() * (100 + 8 * bad);
    return at < 68 ? "info" : at < 88 ? "debug" : at < 100 ? "warn" : "error";
  }

  nginx(date, level) {
    const status = level === "error" ? this.pick([500, 502, 503]) : level === "warn" ? 404 : this.pick([200, 200, 200, 200, 304, 302]);
    const day = `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}`;
    const request = `${this.pick(["GET", "GET", "GET", "POST"])} ${this.pick(PATHS)} HTTP/1.1`;
    return `10.0.${this.below(9)}.${this.below(250)} - - [${day}:${clock(date)} +0000] "${request}" ${status} ${this.below(40_000)} "-" "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"`;
  }

  shop(date, level) {
    const user = { id: this.below(5_000), plan: this.pick(["free", "pro"]) };
    const service = this.pick(["orders", "payments", "catalog"]);
    const [request_id, duration_ms] = [this.below(1e9).toString(36), this.below(900)];
    return JSON.stringify({ time: date.toISOString(), level, msg: this.pick(MESSAGES[level]), service, request_id, duration_ms, user });
  }

  worker(date, level) {
    const message = this.pick(["job finished", "job queued", "lease renewed", "queue is filling"]);
    return `ts=${date.toISOString()} level=${level} caller=worker.go:${this.below(400)} msg="${message}" job=${this.below(90_000)} took=${this.below(3_000)}ms`;
  }

  syslog(date) {
    const head = `${MONTHS[date.getUTCMonth()]} ${two(date.getUTCDate())} ${clock(date)} web-1`;
    const lines = [
      "systemd[1]: Started Session 42 of User deploy.",
      "sshd[8112]: Accepted publickey for deploy from 10.0.3.9 port 51122 ssh2",
      "CRON[9912]: (root) CMD (run-parts /etc/cron.hourly)",
    ];
    return `${head} ${this.pick(lines)}`;
  }

  build() {
    const step = this.below(345);
    return this.pick([
      `\x1b[32m[${step}/345]\x1b[0m Building CXX object src/CMakeFiles/core.dir/table_${step}.cc.o`,
      `\x1b[1;33mwarning:\x1b[0m unused parameter '\x1b[1mcontext\x1b[0m' [-Wunused-parameter]`,
      `\x1b[36m-- Found OpenSSL\x1b[0m: /usr/lib/x86_64-linux-gnu/libcrypto.so`,
    ]);
  }

  trace(date) {
    const head = `${date.toISOString()} ERROR [worker-3] com.shop.Checkout - could not place order`;
    const frames = ["com.shop.Stock.reserve(Stock.java:118)", "com.shop.Checkout.place(Checkout.java:57)", "java.base/java.lang.Thread.run(Thread.java:840)"];
    return [head, "java.lang.IllegalStateException: stock is negative", ...frames.map((frame) => `\tat ${frame}`)].join("\n");
  }

  one(time, share) {
    const date = new Date(time);
    const level = this.level(share);
    const at = this.below(100);
    if (at < 46) this.add("nginx/access.log", this.nginx(date, level));
    else if (at < 78) this.add("shop/orders.json.log", this.shop(date, level));
    else if (at < 92) this.add("shop/worker.log", this.worker(date, level));
    else if (at < 96) this.add("syslog", this.syslog(date));
    else if (at < 99 || level !== "error") this.add("build.log", this.build());
    else this.add("shop/checkout.log", this.trace(date));
  }

  add(file, text) {
    this.pending.set(file, `${this.pending.get(file) ?? ""}${text}\n`);
  }

  /** `count` records over the `seconds` before now; a little busier and quieter by turns. */
  past(count, seconds) {
    const now = Date.now();
    for (let n = 0; n < count; n += 1) {
      const share = n / count;
      const wave = share + 0.012 * Math.sin(share * 40);
      this.one(now - seconds * 1_000 * (1 - Math.min(1, Math.max(0, wave))), share);
    }
    this.write();
  }

  /** `count` records of now. */
  now(count) {
    for (let n = 0; n < count; n += 1) this.one(Date.now(), 1);
    this.write();
  }

  write() {
    for (const [file, text] of this.pending) {
      const path = join(this.directory, file);
      mkdirSync(dirname(path), { recursive: true });
      appendFileSync(path, text);
    }
    this.pending.clear();
  }
}
