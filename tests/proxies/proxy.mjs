// Proxy: one of the real reverse proxies with the sample configuration of packaging/proxies, on ports and with a
// certificate of the test's own. Nothing else of the sample is changed.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const SAMPLES = resolve(dirname(fileURLToPath(import.meta.url)), "../../packaging/proxies");
const START_LIMIT_MS = 10_000;

/** Of each proxy: its sample, whether it speaks TLS by it, and how it is started around it. */
export const KINDS = {
  nginx: {
    sample: "nginx.conf",
    tls: true,
    configure: (sample, own) =>
      `daemon off; master_process off; pid ${own}/pid; error_log ${own}/error.log; events {}\n` +
      `http { access_log off; client_body_temp_path ${own}/a; proxy_temp_path ${own}/b; fastcgi_temp_path ${own}/c;\n` +
      `uwsgi_temp_path ${own}/d; scgi_temp_path ${own}/e;\n${sample}}\n`,
    command: (file) => ["/usr/sbin/nginx", "-c", file],
  },
  haproxy: { sample: "haproxy.cfg", tls: true, configure: (sample) => sample, command: (file) => ["/usr/sbin/haproxy", "-f", file] },
  caddy: {
    sample: "Caddyfile",
    tls: true,
    configure: (sample, own, port) =>
      `{\n\tadmin off\n\tauto_https disable_redirects\n\thttps_port ${port}\n\tstorage file_system ${own}/caddy\n}\n` +
      sample.replace("logs.example.com {", "localhost {\n\tbind 127.0.0.1"),
    command: (file) => ["/usr/bin/caddy", "run", "--adapter", "caddyfile", "--config", file],
  },
  apache: {
    sample: "apache.conf",
    tls: true,
    configure: (sample, own, port) =>
      ["mpm_event", "authz_core", "proxy", "proxy_http", "ssl", "http2", "setenvif"]
        .map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so\n`)
        .join("") +
      `PidFile ${own}/pid\nErrorLog ${own}/error.log\nServerName localhost\nMutex file:${own} default\nListen 127.0.0.1:${port}\n` +
      sample.replaceAll("*:443", `127.0.0.1:${port}`),
    command: (file) => ["/usr/sbin/apache2", "-f", file, "-D", "FOREGROUND"],
  },
  varnish: {
    sample: "varnish.vcl",
    tls: false,
    configure: (sample) => sample,
    command: (file, own, port) => ["/usr/sbin/varnishd", "-F", "-j", "none", "-n", `${own}/work`, "-a", `127.0.0.1:${port}`, "-f", file],
  },
  lighttpd: {
    sample: "lighttpd.conf",
    tls: false,
    configure: (sample, own, port) =>
      `server.document-root = "${own}"\nserver.bind = "127.0.0.1"\nserver.port = ${port}\nserver.errorlog = "${own}/error.log"\n${sample}`,
    command: (file) => ["/usr/sbin/lighttpd", "-D", "-f", file],
  },
};

function makeCertificate(own) {
  execFileSync("openssl", [
    ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost".split(" "),
    "-addext", "subjectAltName=DNS:localhost", "-keyout", join(own, "privkey.pem"), "-out", join(own, "fullchain.pem"),
  ], { stdio: "ignore" });
  writeFileSync(join(own, "haproxy.pem"), readFileSync(join(own, "fullchain.pem"), "utf8") + readFileSync(join(own, "privkey.pem"), "utf8"));
}

async function isListening(port) {
  return new Promise((done) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => { socket.destroy(); done(true); });
    socket.once("error", () => done(false));
  });
}

export class Proxy {
  static async start(name, port, upstreamPort) {
    const proxy = new Proxy();
    const kind = KINDS[name];
    proxy.directory = mkdtempSync(join(tmpdir(), `tailwater-${name}-`));
    const own = proxy.directory;
    mkdirSync(join(own, "work"));
    makeCertificate(own);
    const sample = readFileSync(join(SAMPLES, kind.sample), "utf8")
      .replaceAll("8245", String(upstreamPort))
      .replaceAll("/etc/ssl/tailwater", own)
      .replace("listen 443", `listen 127.0.0.1:${port}`)
      .replace("bind :443", `bind 127.0.0.1:${port}`);
    const file = join(own, kind.sample);
    writeFileSync(file, kind.configure(sample, own, port));
    const [program, ...rest] = kind.command(file, own, port);
    proxy.base = `${kind.tls ? "https" : "http"}://localhost:${port}/logs/`;
    proxy.child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, HOME: own } });
    proxy.output = "";
    for (const stream of [proxy.child.stdout, proxy.child.stderr]) stream.on("data", (bytes) => (proxy.output += bytes));
    proxy.exited = new Promise((done) => proxy.child.once("exit", done));
    for (const end = Date.now() + START_LIMIT_MS; !(await isListening(port)); ) {
      if (Date.now() > end || proxy.child.exitCode !== null) throw new Error(`${name} does not start:\n${proxy.output}`);
      await new Promise((done) => setTimeout(done, 50));
    }
    return proxy;
  }

  /** Resident memory in bytes of it and of its children. */
  memory() {
    const pages = (pid) => Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4096;
    const children = readFileSync(`/proc/${this.child.pid}/task/${this.child.pid}/children`, "utf8").trim();
    return [this.child.pid, ...children.split(" ").filter(Boolean)].reduce((sum, pid) => sum + pages(pid), 0);
  }

  async stop() {
    this.child.kill("SIGTERM");
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 5_000);
    await this.exited;
    clearTimeout(timer);
    rmSync(this.directory, { recursive: true, force: true });
  }
}
