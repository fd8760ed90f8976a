import { describe, expect, it } from "vitest";
import { decodeFileChange, decodeGap, decodeRecords } from "../src/record";
import { closedText, CUT_CHARACTERS } from "../src/log_row";

describe("decodeRecords", () => {
  it("reads one record and many", () => {
    const one = decodeRecords('{"stream":"s","file":"f","level":"warn","time":null,"arrived":"t","line":"x"}', "k.0.1");
    expect(one).toMatchObject([{ id: "k.0.1", level: "warn", line: "x", arrived: "t", time: null }]);
    const many = decodeRecords('[{"id":"k.0.1","line":"a"},{"id":"k.0.2","line":"b"}]', "k.0.2");
    expect(many.map((record) => [record.id, record.line])).toEqual([
      ["k.0.1", "a"],
      ["k.0.2", "b"],
    ]);
  });
  it("takes wrong types for empty values and broken JSON for nothing", () => {
    expect(decodeRecords('{"line":7,"level":"loud","truncated":"yes"}', "")).toMatchObject([
      { line: "", level: null, truncated: false },
    ]);
    for (const data of ["", "{", "null", "7", '["x", null]']) expect(decodeRecords(data, "")).toEqual([]);
  });
});

describe("notices", () => {
  it("say how much is missing, from where and why", () => {
    const data = '{"file":"/a.log","from":"k.0.1","to":null,"bytes":1234,"reason":"truncated"}';
    expect(decodeGap(data, "k.0.1").text).toBe("Gap: 1,234 bytes missing from /a.log: the file was truncated");
    expect(decodeGap("{}", "").text).toBe("Gap: an unknown amount missing: no reason given");
  });
  it("say what became of a file", () => {
    expect(decodeFileChange('{"file":"/a.log","change":"rotated","generation":3}').text).toBe(
      "/a.log rotated (generation 3)",
    );
  });
});

describe("closedText", () => {
  it("shows the first line and says how many follow", () => {
    expect(closedText("a\nb\nc")).toEqual({ text: "a", rest: "+2 lines" });
  });
  it("cuts long lines, not within a character", () => {
    const line = `${"x".repeat(CUT_CHARACTERS - 1)}👋${"y".repeat(10)}`;
    expect(closedText(line)).toEqual({ text: "x".repeat(CUT_CHARACTERS - 1), rest: "+12 characters" });
  });
});
