import { describe, expect, it } from "vitest";
import { EVERYTHING, globFor, literal, parametersOf, placeFrom, sameRequest, searchOf, viewFrom } from "../src/view";

describe("View", () => {
  it("survives the way through the URL", () => {
    const view = {
      ...EVERYTHING,
      streams: ["nginx", "a b"],
      files: ["/var/log/*.log"],
      level: "warn" as const,
      unknown: true,
      greps: ["a&b=c", "50\\d"],
      excludes: ["#healthz +"],
      ignoreCase: true,
      since: "10m",
      columns: ["status", "user.id"],
    };
    expect(viewFrom(searchOf(view))).toEqual(view);
    expect(parametersOf(view).has("col")).toBe(false);
  });
  it("is an empty URL when everything is shown", () => {
    expect(searchOf(EVERYTHING)).toBe("");
    expect(viewFrom("")).toEqual(EVERYTHING);
  });
  it("starts at one place only", () => {
    const view = viewFrom("?from=k3x9.0.12&since=10m");
    expect([view.from, view.since]).toEqual(["k3x9.0.12", ""]);
  });
  it("ignores what it does not know and what is empty or doubled", () => {
    expect(viewFrom("?level=loud&grep=&grep=x&grep=x&foo=1")).toEqual({ ...EVERYTHING, greps: ["x"] });
  });
  it("compares by what is shown", () => {
    expect(sameRequest({ ...EVERYTHING, unknown: true }, EVERYTHING)).toBe(true);
    expect(sameRequest({ ...EVERYTHING, columns: ["a"] }, EVERYTHING)).toBe(false); // it needs the fields
    expect(sameRequest({ ...EVERYTHING, greps: ["x"] }, EVERYTHING)).toBe(false);
  });
  it("quotes text and paths", () => {
    expect(new RegExp(`^${literal("a.b*c[d](e){f}|g\\h?+^$")}$`).test("a.b*c[d](e){f}|g\\h?+^$")).toBe(true);
    expect(globFor("/a/[x]{y}*?.log")).toBe("/a/\\[x\\]\\{y\\}\\*\\?.log");
  });
  it("keeps the place to open at apart from what is shown", () => {
    const search = searchOf({ ...EVERYTHING, greps: ["x"] }, "k3x9.0.12");
    expect([placeFrom(search), parametersOf(viewFrom(search)).toString()]).toEqual(["k3x9.0.12", "grep=x"]);
  });
});
