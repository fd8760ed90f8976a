// Proves that the committed dist/ is what the sources give: builds into a fresh directory and compares every byte. Also
// holds what a first visit loads to its bound: charts and everything else that is not needed at once must come lazily.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const web = dirname(fileURLToPath(import.meta.url));

function filesUnder(directory) {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
  return new Map(names.sort().map((name) => [name, readFileSync(join(directory, name))]));
}

function differences(committed, built) {
  const names = new Set([...committed.keys(), ...built.keys()]);
  return [...names].sort().flatMap((name) => {
    const [old, fresh] = [committed.get(name), built.get(name)];
    if (!old) return [`${name}: built, but not in dist/`];
    if (!fresh) return [`${name}: in dist/, but not built`];
    return old.equals(fresh) ? [] : [`${name}: differs`];
  });
}

const MOST_FIRST_LOAD = 60 * 1024;

/** What the page at `html` loads at once: gzipped bytes by name. Static imports count, lazy ones do not. */
function firstLoad(dist, html) {
  const sizes = new Map();
  const add = (path) => {
    if (sizes.has(path)) return;
    const bytes = readFileSync(join(dist, path));
    sizes.set(path, gzipSync(bytes, { level: 9 }).length);
    if (!path.endsWith(".js")) return;
    const text = bytes.toString();
    for (const [, name] of text.matchAll(/(?:\bfrom|\bimport)\s*["']\.\/([^"']+\.js)["']/g)) add(join("assets", name));
    for (const [, name] of text.matchAll(/["'`](?:\.\/|assets\/|\/assets\/)?([\w-]*worker[\w-]*\.js)["'`]/g)) add(join("assets", name));
  };
  add(html);
  for (const [, path] of readFileSync(join(dist, html), "utf8").matchAll(/(?:src|href)="\.\/([^"]+)"/g)) add(path);
  return sizes;
}

function checkFirstLoad(dist, html) {
  const sizes = firstLoad(dist, html);
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const list = [...sizes].map(([name, size]) => `${name} ${size}`).join(", ");
  console.log(`a first visit of ${html} loads ${total} bytes gzipped: ${list}`);
  if (![...sizes.keys()].some((name) => name.includes("worker"))) throw new Error("the worker is not among what is loaded");
  if (total > MOST_FIRST_LOAD) throw new Error(`a first visit may load ${MOST_FIRST_LOAD} bytes gzipped`);
}

const fresh = mkdtempSync(join(tmpdir(), "tailwater-dist-"));
try {
  const vite = join(web, "node_modules/vite/bin/vite.js");
  execFileSync(process.execPath, [vite, "build", "--outDir", fresh, "--emptyOutDir", "--logLevel", "warn"], {
    cwd: web,
    stdio: "inherit",
  });
  const found = differences(filesUnder(join(web, "dist")), filesUnder(fresh));
  if (found.length > 0) {
    console.error(`web/dist is not what web/src gives; run \`npm run build\` and commit it:\n  ${found.join("\n  ")}`);
    process.exitCode = 1;
  } else {
    console.log("web/dist is what the sources give");
    for (const html of ["index.html", "runs.html", "run.html"]) checkFirstLoad(join(web, "dist"), html);
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
