// MockServer: speaks the public interface from memory, so that tests can make a server behave in ways that the real
// one hardly ever does: cut connections, refuse, announce gaps, flood. Serves web/dist with the real one's headers.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const DIST = join(dirname(fileURLToPath(import.meta.url)), "../../../web/dist");
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};
export const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; " +
  "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
  "require-trusted-types-for 'script'";
const LEVELS = ["trace", "debug", "info", "warn", "error", "critical"];

function frame(type, data, id) {
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `event: ${type}\n${id ? `id: ${id}\n` : ""}${lines.join("")}\n`;
}

class Client {
  constructor(reply, query) {
    this.reply = reply;
    this.query = query;
    const flags = query.get("case") === "insensitive" ? "i" : "";
    this.greps = query.getAll("grep").map((pattern) => new RegExp(pattern, flags));
    // Of the language of conditions only NAME=VALUE on JSON, and `not`.
    this.wheres = query.getAll("where").map((condition) => {
      const parts = /^(not )?\(?(\w+)=("?)([^)]*)\3\)?$/.exec(condition);
      if (!parts) throw new Error(`column 1: ${condition} is no condition`);
      return (record) => (String(JSON.parse(record.line)[parts[2]]) === parts[4]) !== Boolean(parts[1]);
    });
    this.excludes = query.getAll("exclude").map((pattern) => new RegExp(pattern, flags));
  }

  wants(record) {
    const { query } = this;
    if (query.has("level")) {
      if (record.level === null) {
        if (query.get("unknown") !== "pass") return false;
      } else if (LEVELS.indexOf(record.level) < LEVELS.indexOf(query.get("level"))) return false;
    }
    const files = query.getAll("file");
    if (files.length > 0 && !files.includes(record.file)) return false;
    const streams = query.getAll("stream");
    if (streams.length > 0 && !streams.includes(record.stream)) return false;
    if (!this.wheres.every((holds) => holds(record))) return false;
    return this.greps.every((one) => one.test(record.line)) && !this.excludes.some((one) => one.test(record.line));
  }

  send(records) {
    const kept = records.filter((record) => this.wants(record));
    if (kept.length === 0) return;
    const batch = this.query.get("batch") === "1" && kept.length > 10;
    if (batch) this.reply.write(frame("lines", JSON.stringify(kept), kept[kept.length - 1].id));
    else this.reply.write(kept.map(({ id, ...rest }) => frame("log", JSON.stringify(rest), id)).join(""));
  }
}

export class MockServer {
  constructor({ basePath = "", retryMs = 100 } = {}) {
    this.basePath = basePath;
    this.retryMs = retryMs;
    this.records = [];
    this.clients = new Set();
    this.requests = [];
    this.pages = [];
    this.failures = [];
    this.server = createServer((request, reply) => void this.answer(request, reply));
  }

  async start() {
    await new Promise((done) => this.server.listen(0, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${this.server.address().port}${this.basePath}/`;
    return this;
  }

  async stop() {
    this.cut();
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  /** Appends lines (or whole records) and sends them to whoever wants them. */
  append(lines) {
    const now = new Date().toISOString();
    const added = lines.map((line, index) => {
      const facts = typeof line === "string" ? { line } : line;
      const id = `mock.0.${this.records.length + index + 1}`;
      return { stream: "mock", file: "/var/log/mock.log", level: null, time: null, arrived: now, ...facts, id };
    });
    this.records.push(...added);
    for (const client of this.clients) client.send(added);
    return added;
  }

  /** Sends an event as it is to every client. */
  event(type, data, id = "") {
    for (const client of this.clients) client.reply.write(frame(type, JSON.stringify(data), id));
  }

  /** Breaks every stream, as a lost network does. */
  cut() {
    for (const client of this.clients) client.reply.destroy();
    this.clients.clear();
  }

  /** The next requests for events are answered with these statuses. */
  failNext(...statuses) {
    this.failures.push(...statuses);
  }

  async answer(request, reply) {
    const url = new URL(request.url, "http://mock");
    if (!url.pathname.startsWith(`${this.basePath}/`)) return void reply.writeHead(404).end();
    const path = url.pathname.slice(this.basePath.length);
    if (path === "/api/events") return this.events(request, reply, url.searchParams);
    if (path === "/api/streams") return this.streams(reply);
    if (path === "/api/records") return this.page(reply, url.searchParams);
    if (path === "/api/search") return this.search(request, reply, url.searchParams);
    if (path === "/api/histogram") return this.histogram(reply, url.searchParams);
    if (path === "/api/metrics") return this.json(reply, { from: "", to: "", step_ms: 0, series: [] });
    return this.file(reply, path === "/" ? "/index.html" : path);
  }

  json(reply, body, status = 200) {
    reply.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  }

  /** The records that the filters of `query` keep, or null: the request was refused. */
  matching(reply, query) {
    try {
      const client = new Client(reply, query);
      return this.records.filter((record) => client.wants(record));
    } catch (error) {
      this.refuse(reply, "grep", error.message);
      return null;
    }
  }

  page(reply, query) {
    this.pages.push(query.toString());
    const all = this.matching(reply, query);
    if (!all) return;
    const limit = Number(query.get("limit") ?? 200);
    const numberOf = (record) => Number(record.id.split(".")[2]);
    const place = ["before", "after", "around"].find((name) => query.has(name));
    const number = place ? Number(/^mock\.0\.(\d+)$/.exec(query.get(place))?.[1]) : 0;
    if (Number.isNaN(number)) return this.json(reply, { title: "Not Found", status: 404, detail: "no such record", parameter: place }, 404);
    const reached = all.findIndex((record) => numberOf(record) >= number);
    const at = reached === -1 ? all.length : reached;
    let from = Math.max(0, all.length - limit);
    let to = all.length;
    if (place === "before") [from, to] = [Math.max(0, at - limit), at];
    if (place === "around") from = Math.max(0, Math.min(at - Math.floor(limit / 2), all.length - limit));
    if (place === "after") from = all[at] && numberOf(all[at]) === number ? at + 1 : at;
    if (query.has("at")) from = Math.min(Math.floor(Number(query.get("at")) * all.length), Math.max(0, all.length - limit));
    if (query.has("time")) {
      const time = Date.parse(query.get("time"));
      const found = all.findIndex((record) => Date.parse(record.time ?? record.arrived) >= time);
      from = Math.max(0, Math.min(found === -1 ? all.length : found, all.length - limit));
    }
    if (place !== "before") to = Math.min(all.length, from + limit);
    const records = all.slice(from, to);
    this.json(reply, {
      records,
      before: from > 0 ? (records[0]?.id ?? null) : null,
      after: to < all.length ? (records.at(-1)?.id ?? null) : null,
      at_start: from === 0,
      at_end: to === all.length,
      position: records.length > 0 ? from / all.length : null,
      gaps: [],
      scanned_bytes: 1,
      complete: true,
    });
  }

  search(request, reply, query) {
    const all = this.matching(reply, query);
    if (!all) return;
    const oldest = query.get("order") === "oldest";
    const start = Number(/\.(\d+)$/.exec(query.get(oldest ? "after" : "before") ?? "")?.[1] ?? (oldest ? 0 : Infinity));
    const numberOf = (record) => Number(record.id.split(".")[2]);
    let found = all.filter((record) => (oldest ? numberOf(record) > start : numberOf(record) < start));
    if (!oldest) found.reverse();
    const limit = Number(query.get("limit") ?? 500);
    const next = found.length > limit ? found[limit - 1].id : null;
    found = found.slice(0, limit);
    reply.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" });
    for (const record of found) reply.write(frame("match", JSON.stringify(record), record.id));
    const total = this.records.length * 100;
    reply.write(frame("progress", JSON.stringify({ scanned: total, total, matches: found.length, eta_ms: 0 })));
    reply.end(frame("end", JSON.stringify({ reason: next ? "limit" : "done", next })));
  }

  histogram(reply, query) {
    const all = this.matching(reply, query);
    if (!all) return;
    const timeOf = (record) => Date.parse(record.time ?? record.arrived);
    const since = Date.parse(query.get("since") ?? "") || Math.min(...all.map(timeOf));
    const until = Date.parse(query.get("until") ?? "") || Date.now();
    const bucket = Math.max(1_000, Math.ceil((until - since) / Number(query.get("buckets") ?? 100) / 1_000) * 1_000);
    const buckets = new Map();
    for (const record of all) {
      const time = Math.floor(timeOf(record) / bucket) * bucket;
      if (time < since - bucket || time > until) continue;
      if (!buckets.has(time)) buckets.set(time, {});
      const counts = buckets.get(time);
      const level = record.level ?? "unknown";
      counts[level] = (counts[level] ?? 0) + 1;
    }
    const iso = (milliseconds) => new Date(milliseconds).toISOString();
    const list = [...buckets].sort((a, b) => a[0] - b[0]).map(([time, counts]) => ({ time: iso(time), counts }));
    reply.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" });
    reply.write(frame("histogram", JSON.stringify({ from: iso(since), to: iso(until), bucket_ms: bucket, buckets: list })));
    reply.end(frame("end", '{"reason":"done"}'));
  }

  streams(reply) {
    const names = new Map();
    for (const { stream, file } of this.records) {
      if (!names.has(stream)) names.set(stream, new Map());
      names.get(stream).set(file, (names.get(stream).get(file) ?? 0) + 100);
    }
    const streams = [...names].map(([name, files]) => ({
      name,
      files: [...files].map(([file, size]) => ({ file, size, generation: 0 })),
    }));
    reply.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ streams }));
  }

  async file(reply, path) {
    try {
      const name = normalize(path);
      const body = await readFile(join(DIST, name));
      reply.writeHead(200, {
        "Content-Type": TYPES[extname(name)] ?? "application/octet-stream",
        "Content-Security-Policy": CSP,
        "X-Content-Type-Options": "nosniff",
      });
      reply.end(body);
    } catch {
      reply.writeHead(404).end();
    }
  }

  refuse(reply, parameter, detail) {
    const problem = { type: "about:blank", title: "Bad parameter", status: 400, detail, parameter };
    reply.writeHead(400, { "Content-Type": "application/problem+json" }).end(JSON.stringify(problem));
  }

  events(request, reply, query) {
    const lastId = request.headers["last-event-id"] ?? query.get("last_event_id") ?? "";
    this.requests.push({ query: query.toString(), lastId });
    const status = query.get("follow") === "0" ? undefined : this.failures.shift();
    if (status) return void reply.writeHead(status).end();
    let client;
    try {
      client = new Client(reply, query);
    } catch (error) {
      return this.refuse(reply, "grep", error.message);
    }
    reply.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store" });
    const hello = { server: "mock", version: "0.0", heartbeat_ms: 15000, streams: ["mock"], position: lastId };
    reply.write(`retry: ${this.retryMs}\n\n${frame("hello", JSON.stringify(hello))}`);
    this.backlog(client, lastId);
    const lastKnown = this.records[this.records.length - 1]?.id ?? "";
    if (query.get("follow") === "0") return void reply.end(frame("end", '{"reason":"backlog"}', lastKnown));
    reply.write(frame("caught-up", '{"records":0,"bytes":0,"ms":0}', lastKnown));
    this.clients.add(client);
    reply.on("close", () => this.clients.delete(client));
  }

  backlog(client, lastId) {
    const after = lastId || client.query.get("from") || "";
    const at = /^mock\.0\.(\d+)$/.exec(after);
    if (at) return client.send(this.records.slice(Number(at[1])));
    if (after) client.reply.write(frame("gap", '{"file":"","from":"","to":null,"bytes":null,"reason":"unknown-id"}'));
    const tail = Number(client.query.get("tail") ?? 10);
    const matching = tail > 0 ? this.records.filter((record) => client.wants(record)).slice(-tail) : [];
    client.send(matching);
  }
}
