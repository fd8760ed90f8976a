// Daemon: the real binary on a port of its own, with a directory that goes away afterwards. kill() is SIGKILL: what a
// crash leaves behind is what start() finds.
import { execFileSync, spawn } from "node:child_process";
import { createServer } from "node:net";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
  /** `config` is the text of a configuration file; with `tls`, the daemon has a certificate of its own. */
  static async create({ config = "", tls = false } = {}) {
    const daemon = new Daemon();
    daemon.config = config;
    daemon.directory = mkdtempSync(join(tmpdir(), "tailwater-browser-"));
    daemon.logs = join(daemon.directory, "logs");
    mkdirSync(daemon.logs);
    daemon.port = await freePort();
    daemon.url = `${tls ? "https" : "http"}://127.0.0.1:${daemon.port}/`;
    if (tls) daemon.makeCertificate();
    return daemon;
  }

  makeCertificate() {
    this.certificate = join(this.directory, "certificate.pem");
    const key = join(this.directory, "key.pem");
    const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
    const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", this.certificate];
    execFileSync("openssl", ["req", "-x509", "-days", "2", ...subject, ...made], { stdio: "ignore" });
    this.config += `\n[server.tls]\ncertificate = "${this.certificate}"\nkey = "${key}"\n`;
  }

  async start() {
    const state = join(this.directory, "state");
    mkdirSync(state, { recursive: true });
    const listen = `127.0.0.1:${this.port}`;
    const config = join(this.directory, "tailwater.toml");
    if (this.config !== "") writeFileSync(config, this.config);
    const options = this.config === "" ? [] : ["--config", config];
    this.output = "";
    this.child = spawn(BINARY, ["serve", ...options, "--listen", listen, "--state-dir", state, this.logs], {
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
