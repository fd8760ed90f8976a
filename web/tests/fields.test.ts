import { describe, expect, it } from "vitest";
import { fieldsOf } from "../src/fields";

const pairs = (line: string): [string, string][] => fieldsOf(line).map(({ name, value }) => [name, value]);

describe("fieldsOf", () => {
  it("flattens JSON objects", () => {
    expect(pairs('{"level":"info","user":{"id":7,"tags":["a"]},"ok":true,"none":null}')).toEqual([
      ["level", "info"],
      ["user.id", "7"],
      ["user.tags", '["a"]'],
      ["ok", "true"],
      ["none", "null"],
    ]);
  });
  it("reads logfmt with quotes", () => {
    expect(pairs('ts=1 level=warn msg="two \\"words\\"" empty=')).toEqual([
      ["ts", "1"],
      ["level", "warn"],
      ["msg", 'two "words"'],
      ["empty", ""],
    ]);
  });
  it("finds none in prose, broken JSON and arrays", () => {
    for (const line of ["hello world", "x=1 alone", '{"a":', "[1,2]", ""]) expect(pairs(line)).toEqual([]);
  });
  it("makes patterns that find the field in its own line, and only whole numbers", () => {
    for (const line of ['{"a.b": "x\\"y+", "n": 500}', 'a=1 b="q r" c=[x]']) {
      for (const field of fieldsOf(line)) expect(line, field.pattern).toMatch(new RegExp(field.pattern));
    }
    const status = fieldsOf('{"n":500}')[0]?.pattern ?? "";
    expect('{"n":5001}').not.toMatch(new RegExp(status));
  });
  it("keeps patterns within the server's limit", () => {
    const line = JSON.stringify({ long: "(".repeat(5_000) });
    const [field] = fieldsOf(line);
    expect(field?.pattern.length).toBeLessThan(512);
    expect(line).toMatch(new RegExp(field?.pattern ?? "^$"));
  });
});
