import { expect, test } from "vitest";
import { tintsOf } from "../src/tint";

const parts = (line: string) => tintsOf(line).map(({ from, to, kind }) => `${kind} ${line.slice(from, to)}`);

test("finds names and the message of JSON", () => {
  expect(parts('{"time":"a:b","msg":"it \\"is\\", so","n": 5}')).toEqual(['name "time":', 'name "msg":', 'message "it \\"is\\", so"', 'name "n":']);
});

test("finds those of logfmt, but takes one pair in prose for chance", () => {
  expect(parts('level=info msg="a b" took=3ms')).toEqual(["name level=", "name msg=", 'message "a b"', "name took="]);
  expect(parts("the sum was a=b and no more")).toEqual([]);
});

test("ends soon, whatever the line holds", () => {
  expect(tintsOf(`{${'"a":"b",'.repeat(10_000)}`).length).toBeLessThanOrEqual(62);
  expect(tintsOf(`{"${"\\".repeat(100_000)}`)).toEqual([]);
});
