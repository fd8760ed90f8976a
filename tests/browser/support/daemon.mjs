// Daemon: the real binary on a port of its own, with a directory that goes away afterwards. kill() is SIGKILL: what a
// crash leaves behind is what start() finds.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
export const BINARY = process.env.TAILWATER_BINARY ?? resolve(HERE, "../../../build/release/daemon/tailwater");
const START_LIMIT_MS = 10_000;

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

export class Daemon {
  static async create() {
    const daemon = new Daemon();
    daemon.directory = mkdtempSync(join(tmpdir(), "tailwater-browser-"));
    daemon.logs = join(daemon.directory, "logs");
    mkdirSync(daemon.logs);
    daemon.port = await freePort();
    daemon.url = `http://127.0.0.1:${daemon.port}/`;
    return daemon;
  }

  async start() {
    const state = join(this.directory, "state");
    mkdirSync(state, { recursive: true });
    const listen = `127.0.0.1:${this.port}`;
    this.output = "";
    this.child = spawn(BINARY, ["serve", "--listen", listen, "--state-dir", state, this.logs], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.exited = new Promise((done) => this.child.once("exit", done));
    await this.untilListening(listen);
  }

  async untilListening(listen) {
    await new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error(`no address within the limit:\n${this.output}`)), START_LIMIT_MS);
      const read = (bytes) => {
        this.output += bytes;
        if (!this.output.includes(`://${listen}`)) return; // http or https
        clearTimeout(timer);
        done();
      };
      this.child.stdout.on("data", read);
      this.child.stderr.on("data", read);
      this.child.once("error", fail);
      this.child.once("exit", (code) => fail(new Error(`the daemon ended (${code}):\n${this.output}`)));
    });
  }

  async kill(signal = "SIGKILL") {
    this.child.kill(signal);
    await this.exited;
  }

  async remove() {
    if (this.child?.exitCode === null && this.child.signalCode === null) await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
