// Writes what a Debian package of Tailwater is made of as SPDX 2.3 JSON: sbom.mjs DEB VERSION SOURCE-TIME. From dpkg-query:
// the libraries that it depends on, and the header-only ones that are compiled in; from web/package-lock.json: what the
// embedded viewer is bundled of.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const TOP = join(dirname(fileURLToPath(import.meta.url)), "..");
const [deb, version, seconds] = process.argv.slice(2);
// Libraries without an object of their own: their code is in the program.
const COMPILED_IN = ["libcli11-dev", "libexpected-dev"];

const dpkg = (...args) => execFileSync("dpkg-deb", args, { encoding: "utf8" });
const sha256 = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");
const id = (name) => `SPDXRef-${name.replace(/[^A-Za-z0-9.-]+/g, "-")}`;

/** The installed packages that stand for a virtual one, such as libspdlog1.10-fmt9. */
function providers(name) {
  const all = execFileSync("dpkg-query", ["-W", "-f", "${Package}\t${Provides}\n"], { encoding: "utf8" }).split("\n");
  return all.filter((line) => line.split("\t")[1]?.split(", ").some((one) => one.split(" ")[0] === name)).map((line) => line.split("\t")[0]);
}

function isInstalled(name) {
  try {
    return execFileSync("dpkg-query", ["-W", "-f", "${Version}\n", name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim() !== "";
  } catch {
    return false;
  }
}

/** An installed package. */
function debianPackage(wanted) {
  const name = isInstalled(wanted) ? wanted : providers(wanted)[0];
  if (name === undefined) throw new Error(`${wanted} is not installed`);
  const [installed, source, architecture] = execFileSync(
    "dpkg-query", ["-W", "-f", "${Version}\t${source:Package}\t${Architecture}\n", name], { encoding: "utf8" },
  ).split("\n")[0].split("\t");
  return {
    name,
    SPDXID: id(`deb-${name}`),
    versionInfo: installed,
    supplier: "Organization: Debian",
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    licenseConcluded: "NOASSERTION",
    licenseDeclared: "NOASSERTION",
    copyrightText: "NOASSERTION",
    externalRefs: [{
      referenceCategory: "PACKAGE-MANAGER",
      referenceType: "purl",
      referenceLocator: `pkg:deb/debian/${name}@${encodeURIComponent(installed)}?arch=${architecture}&distro=bookworm&upstream=${source}`,
    }],
  };
}

/** What the bundle is made of: everything in the lock that is not for development. */
function bundledPackages() {
  const lock = JSON.parse(readFileSync(join(TOP, "web/package-lock.json"), "utf8"));
  return Object.entries(lock.packages)
    .filter(([path, entry]) => path.startsWith("node_modules/") && !entry.dev && !entry.devOptional && !entry.peer)
    .map(([path, entry]) => {
      const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
      return {
        name,
        SPDXID: id(`npm-${name}`),
        versionInfo: entry.version,
        downloadLocation: "NOASSERTION",
        filesAnalyzed: false,
        licenseConcluded: "NOASSERTION",
        licenseDeclared: entry.license ?? "NOASSERTION",
        copyrightText: "NOASSERTION",
        ...(entry.integrity?.startsWith("sha512-") && {
          checksums: [{ algorithm: "SHA512", checksumValue: Buffer.from(entry.integrity.slice(7), "base64").toString("hex") }],
        }),
        externalRefs: [{
          referenceCategory: "PACKAGE-MANAGER",
          referenceType: "purl",
          referenceLocator: `pkg:npm/${name.replace("@", "%40")}@${entry.version}`,
        }],
      };
    });
}

const self = {
  name: "tailwater",
  SPDXID: "SPDXRef-tailwater",
  versionInfo: version,
  packageFileName: basename(deb),
  supplier: "Organization: Tailwater contributors",
  downloadLocation: "NOASSERTION",
  filesAnalyzed: false,
  checksums: [{ algorithm: "SHA256", checksumValue: sha256(deb) }],
  licenseConcluded: "Apache-2.0",
  licenseDeclared: "Apache-2.0",
  copyrightText: "2026 Tailwater contributors",
  primaryPackagePurpose: "APPLICATION",
};
const depends = dpkg("-f", deb, "Depends").split(",").map((one) => one.trim().split(/[ |]/)[0]).filter(Boolean).sort();
const linked = depends.map(debianPackage);
const compiledIn = COMPILED_IN.map(debianPackage);
const bundled = bundledPackages();
const related = (packages, relationshipType) =>
  packages.map((one) => ({ spdxElementId: self.SPDXID, relationshipType, relatedSpdxElement: one.SPDXID }));

console.log(JSON.stringify({
  spdxVersion: "SPDX-2.3",
  dataLicense: "CC0-1.0",
  SPDXID: "SPDXRef-DOCUMENT",
  name: `tailwater-${version}`,
  documentNamespace: `https://tailwater.invalid/spdx/tailwater-${version}-${sha256(deb).slice(0, 16)}`,
  creationInfo: { created: new Date(Number(seconds) * 1000).toISOString().replace(".000", ""), creators: ["Tool: tailwater-sbom"] },
  packages: [self, ...linked, ...compiledIn, ...bundled],
  relationships: [
    { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: self.SPDXID },
    ...related(linked, "DYNAMIC_LINK"),
    ...related(compiledIn, "STATIC_LINK"),
    ...related(bundled, "CONTAINS"),
  ],
}, null, 2));
