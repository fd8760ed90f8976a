import { describe, expect, it } from "vitest";
import { fieldsOf, lineFields } from "../src/fields";

const pairs = (line: string): [string, string][] => lineFields(line).map(({ name, value }) => [name, value]);

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
  it("makes conditions that say the field and the value", () => {
    const conditions = (line: string): string[] => lineFields(line).map(({ condition }) => condition);
    expect(conditions('{"status":500,"level":"warn","http":{"method":"POST"},"a b":"x\\"y","ok":true}')).toEqual([
      "status=500",
      '.level="warn"',
      'http.method="POST"',
      '`a b`="x\\"y"',
      "ok=true",
    ]);
    expect(conditions('took=12 msg="a b"')).toEqual(["took=12", 'msg="a b"']);
  });
  it("makes none of what is too long to ask for, and none of lists", () => {
    expect(lineFields(JSON.stringify({ long: "(".repeat(5_000), list: [1] })).map(({ condition }) => condition)).toEqual(["", ""]);
  });
  it("takes the server's fields where it sent some", () => {
    const fields = fieldsOf({ fields: { method: "GET", status: 200 }, line: 'a=1 b=2' });
    expect(fields.map(({ name, value }) => [name, value])).toEqual([
      ["method", "GET"],
      ["status", "200"],
    ]);
  });
});
