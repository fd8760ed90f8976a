// Proves that the committed dist/ is what the sources give: builds into a fresh directory and compares every byte.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

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
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
