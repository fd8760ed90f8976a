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
    return this.file(reply, path === "/" ? "/index.html" : path);
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
