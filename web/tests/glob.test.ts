import { expect, test } from "vitest";
import { globMatches } from "../src/glob";
import { globFor, toggledFile } from "../src/view";

test.each([
  ["/var/log/app.log", "/var/log/app.log", true],
  ["/var/log/*.log", "/var/log/app.log", true],
  ["app.*", "/var/log/app.log", true],
  ["log", "/var/log/app.log", false],
  ["/var/*.log", "/var/log/app.log", false],
  ["**/app.log", "/var/log/app.log", true],
  ["/var/**/app.log", "/var/app.log", true],
  ["/var/**", "/var/log/nginx/access.log", true],
  ["**/app.log", "/var/log/web-app.log", false],
  ["/a/{b,c{d,e}}.log", "/a/ce.log", true],
  ["/a/{b,c{d,e}}.log", "/a/c.log", false],
  ["/a/[!x]?.log", "/a/yz.log", true],
  ["/a/[!x].log", "/a/x.log", false],
  ["/a/[]x].log", "/a/].log", true],
  ["/a/[a-c]", "/a/b", true],
  ["/a[!b]c", "/a/c", false],
  ["/a/(b)+.log", "/a/(b)+.log", true],
  ["/a/[b", "/a/[b", true],
])("%s chooses %s: %s", (glob, path, expected) => {
  expect(globMatches(glob, path)).toBe(expected);
});

test("a path's own glob chooses that path alone, whatever characters it has", () => {
  for (const path of ["/a/[b]*?.log", "/a/{b,c}", "/a/b\\c"]) {
    expect(globMatches(globFor(path), path)).toBe(true);
    expect(globMatches(globFor(path), `${path}x`)).toBe(false);
  }
});

test("a file that a wildcard chooses is taken out of it by its other files", () => {
  const paths = ["/l/a.log", "/l/b.log", "/l/c.txt"];
  expect(toggledFile(paths, ["/l/*.log"], "/l/a.log")).toEqual(["/l/b.log"]);
  expect(toggledFile(paths, ["/l/*.log"], "/l/c.txt")).toEqual(["/l/*.log", "/l/c.txt"]);
  expect(toggledFile(paths, ["/l/a.log", "/l/b.log"], "/l/a.log")).toEqual(["/l/b.log"]);
});
