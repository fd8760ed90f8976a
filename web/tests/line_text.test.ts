import { describe, expect, it } from "vitest";
import { cssColour, inkOn, segmentsOf, TRUE_COLOUR, withoutEscapes } from "../src/line_text";

const shown = (line: string): string =>
  segmentsOf(line)
    .segments.map((segment) => segment.text)
    .join("");

describe("segmentsOf", () => {
  it("leaves plain text alone, markup and all", () => {
    const line = '<img src=x onerror="alert(1)">\tä 漢字 👋🏽';
    expect(segmentsOf(line)).toEqual({ segments: [{ text: line, style: null, control: false }], end: null });
  });

  it("reads the sixteen colours, the palette and true colour in both notations", () => {
    const styles = (line: string) => segmentsOf(line).segments.map((segment) => segment.style);
    expect(styles("\x1b[31mx")[0]).toMatchObject({ foreground: 1 });
    expect(styles("\x1b[1;97;44mx")[0]).toMatchObject({ bold: true, foreground: 15, background: 4 });
    expect(styles("\x1b[38;5;208mx")[0]).toMatchObject({ foreground: 208 });
    expect(styles("\x1b[48;2;1;2;3mx")[0]).toMatchObject({ background: TRUE_COLOUR + 0x010203 });
    expect(styles("\x1b[38:2::255:0:1mx")[0]).toMatchObject({ foreground: TRUE_COLOUR + 0xff0001 });
    expect(styles("\x1b[31ma\x1b[0mb\x1b[mc").map((style) => style?.foreground ?? null)).toEqual([1, null, null]);
  });

  it("says in which style the line ends, and goes on in one", () => {
    const { end } = segmentsOf("\x1b[32mgreen");
    expect(end).toMatchObject({ foreground: 2 });
    const { segments, end: after } = segmentsOf("still\x1b[0m not", end);
    expect(segments.map((segment) => segment.style?.foreground ?? null)).toEqual([2, null]);
    expect(after).toBeNull();
  });

  it("drops cursor movement, titles and hyperlinks, and keeps their text", () => {
    expect(shown("\x1b[2K\x1b[1Gdone\x1b]0;title\x07 \x1b]8;;http://evil/\x1b\\link\x1b]8;;\x1b\\")).toBe("done link");
    expect(shown("\x1b[?25lx\x1b(B")).toBe("x");
    expect(shown("\x1b[>4;2mx")).toBe("x");
  });

  it("shows control and bidirectional characters as signs", () => {
    expect(shown("a\rb\0c\x7f\x9b\u202ed\ufeff")).toBe("a^Mb^@c^?<U+009B><U+202E>d<U+FEFF>");
    expect(shown("lone \x1b")).toBe("lone ^[");
    expect(shown("\x1b[31")).toBe("^[[31");
  });

  it("survives any bytes", () => {
    let state = 7;
    const next = (): number => (state = (state * 48_271) % 2_147_483_647);
    const alphabet = ["\x1b", "[", "]", ";", "3", "8", "5", "m", "\x07", "\\", "a", "\0", ":", "?", "\u202e"];
    for (let round = 0; round < 3_000; round += 1) {
      const line = Array.from({ length: next() % 24 }, () => alphabet[next() % alphabet.length]).join("");
      expect(shown(line)).not.toMatch(/[\x00-\x08\n-\x1f\x7f\u202e]/);
    }
  });
});

describe("colours", () => {
  it("follow the xterm palette", () => {
    expect(cssColour(16)).toBe("rgb(0 0 0)");
    expect(cssColour(208)).toBe("rgb(255 135 0)");
    expect(cssColour(255)).toBe("rgb(238 238 238)");
    expect(cssColour(TRUE_COLOUR + 0x0a0b0c)).toBe("rgb(10 11 12)");
  });
  it("get readable ink", () => {
    expect(inkOn(231)).toBe("#000000");
    expect(inkOn(TRUE_COLOUR + 0x145078)).toBe("#ffffff");
  });
});

describe("withoutEscapes", () => {
  it("removes escapes and nothing else", () => {
    expect(withoutEscapes("\x1b[1mbold\x1b[0m\ttab\0")).toBe("bold\ttab\0");
  });
});
