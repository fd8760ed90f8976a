// A line's bytes as what may be shown: runs of plain text with the colours that SGR escapes ask for. All other
// terminal escapes vanish; control and bidirectional characters become visible signs, so that a line can neither
// drive the page nor hide or reorder what it says. The result only ever becomes text nodes.

/** 0..255 is the palette's index; from TRUE_COLOUR on, 24 bits of red, green and blue. */
export type Colour = number;
export const TRUE_COLOUR = 0x1000000;

export interface Style {
  readonly foreground: Colour | null;
  readonly background: Colour | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
  readonly strike: boolean;
}

export interface Segment {
  readonly text: string;
  readonly style: Style | null;
  /** A visible sign in place of an invisible character. */
  readonly control: boolean;
}

const PLAIN: Style = {
  foreground: null,
  background: null,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
  strike: false,
};

const isPlain = (style: Style): boolean =>
  style.foreground === null &&
  style.background === null &&
  !(style.bold || style.dim || style.italic || style.underline || style.inverse || style.strike);

// ECMA-48: CSI (5.4), OSC and the other strings up to BEL or ST (8.3.89), two- and three-character escapes (5.3).
const ESCAPE =
  /\x1b\[([0-?]*)[ -/]*([@-~])|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-Z\\^_`a-~]/g;

const INVISIBLE = /[\x00-\x08\n-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
const NEEDS_WORK = /[\x00-\x08\n-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;

/** As less shows them: ^M, ^[, <U+202E>. */
function signFor(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20 || code === 0x7f) return `^${String.fromCharCode(code ^ 0x40)}`;
  return `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
}

function pushVisible(segments: Segment[], text: string, style: Style | null): void {
  let from = 0;
  for (const match of text.matchAll(INVISIBLE)) {
    if (match.index > from) segments.push({ text: text.slice(from, match.index), style, control: false });
    segments.push({ text: signFor(match[0]), style, control: true });
    from = match.index + 1;
  }
  if (from < text.length) segments.push({ text: text.slice(from), style, control: false });
}

/** Reads the colour after a 38 or 48 at `at`; gives the colour and the index of its last parameter. */
function extendedColour(codes: number[], at: number): { colour: Colour | null; last: number } {
  const clamp = (value: number | undefined): number => Math.min(255, Math.max(0, value ?? 0));
  if (codes[at + 1] === 5) return { colour: clamp(codes[at + 2]), last: at + 2 };
  if (codes[at + 1] === 2) {
    const [red, green, blue] = [clamp(codes[at + 2]), clamp(codes[at + 3]), clamp(codes[at + 4])];
    return { colour: TRUE_COLOUR + red * 65536 + green * 256 + blue, last: at + 4 };
  }
  return { colour: null, last: codes.length };
}

function applyOne(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 3) return { ...style, italic: true };
  if (code === 4 || code === 21) return { ...style, underline: true };
  if (code === 7) return { ...style, inverse: true };
  if (code === 9) return { ...style, strike: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 23) return { ...style, italic: false };
  if (code === 24) return { ...style, underline: false };
  if (code === 27) return { ...style, inverse: false };
  if (code === 29) return { ...style, strike: false };
  if (code >= 30 && code <= 37) return { ...style, foreground: code - 30 };
  if (code === 39) return { ...style, foreground: null };
  if (code >= 40 && code <= 47) return { ...style, background: code - 40 };
  if (code === 49) return { ...style, background: null };
  if (code >= 90 && code <= 97) return { ...style, foreground: code - 90 + 8 };
  if (code >= 100 && code <= 107) return { ...style, background: code - 100 + 8 };
  return style;
}

/** ECMA-48 8.3.117; 38 and 48 with `;` or `:` after ITU-T T.416. */
function applySgr(style: Style, parameters: string): Style {
  // The colon form may hold an empty colour space: 38:2::r:g:b.
  const codes = parameters
    .replace(/([34]8:2):[^:;]*:(\d+:\d+:\d+)/g, "$1:$2")
    .split(/[;:]/)
    .map((code) => (code === "" ? 0 : Number.parseInt(code, 10)));
  let result = style;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 38 || code === 48) {
      const { colour, last } = extendedColour(codes, at);
      if (colour !== null) result = { ...result, [code === 38 ? "foreground" : "background"]: colour };
      at = last;
    } else {
      result = applyOne(result, code);
    }
  }
  return result;
}

/** The segments of `line`, and the style in which it ends (null: plain), beginning in the style `start`. */
export function segmentsOf(line: string, start: Style | null = null): { segments: Segment[]; end: Style | null } {
  if (start === null && !NEEDS_WORK.test(line)) return { segments: [{ text: line, style: null, control: false }], end: null };
  const segments: Segment[] = [];
  let style = start ?? PLAIN;
  let from = 0;
  for (const match of line.matchAll(ESCAPE)) {
    if (match.index > from) pushVisible(segments, line.slice(from, match.index), isPlain(style) ? null : style);
    from = match.index + match[0].length;
    // Private parameters (`<=>?`) are not SGR.
    if (match[2] === "m" && !/[<-?]/.test(match[1] ?? "")) style = applySgr(style, match[1] ?? "");
  }
  if (from < line.length) pushVisible(segments, line.slice(from), isPlain(style) ? null : style);
  return { segments, end: isPlain(style) ? null : style };
}

/** The line as a person would copy it out of a terminal: no escapes, all else as it is. */
export const withoutEscapes = (line: string): string => (line.includes("\x1b") ? line.replace(ESCAPE, "") : line);

const CUBE = [0, 95, 135, 175, 215, 255];

/** Red, green and blue of palette entries 16 to 255 and of true colours; the first 16 are the theme's. */
function channelsOf(colour: Colour): readonly [number, number, number] {
  if (colour >= TRUE_COLOUR) return [(colour >> 16) & 255, (colour >> 8) & 255, colour & 255];
  const grey = 8 + (colour - 232) * 10;
  if (colour >= 232) return [grey, grey, grey];
  const part = (step: number): number => CUBE[Math.floor((colour - 16) / step) % 6] ?? 0;
  return [part(36), part(6), part(1)];
}

export function cssColour(colour: Colour): string {
  const [red, green, blue] = channelsOf(colour);
  return `rgb(${red} ${green} ${blue})`;
}

/** Black or white, whichever is easier to read on `colour` (relative luminance, WCAG 2.1). */
export function inkOn(colour: Colour): string {
  const [red = 0, green = 0, blue = 0] = channelsOf(colour).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000000" : "#ffffff";
}
