// Tint: which parts of a JSON or logfmt line are names, so that they can stand back behind their values, and which value
// is the message. Only for looks: a line that merely resembles one is still shown as it is.

export interface Tint {
  readonly from: number;
  readonly to: number;
  readonly kind: "name" | "message";
}

const MOST = 60;
const SEARCHED = 1_500;

const JSON_NAME = /[{,]\s*("(?:[^"\\]|\\.)*"\s*:)\s*("(?:[^"\\]|\\.)*")?/g;
const LOGFMT_NAME = /(?:^|\s)([A-Za-z_@][\w.@/-]*=)("(?:[^"\\]|\\.)*"|[^\s"]*)/g;
const MESSAGE = /^"?(?:msg|message|error|err)"?\s*[:=]$/i;

export function tintsOf(line: string): Tint[] {
  const text = line.length > SEARCHED ? line.slice(0, SEARCHED) : line;
  const isJson = /^\s*\{\s*"/.test(text);
  const tints: Tint[] = [];
  for (const match of text.matchAll(isJson ? JSON_NAME : LOGFMT_NAME)) {
    if (tints.length >= MOST) break;
    const [whole, name = "", value = ""] = match;
    const from = match.index + whole.indexOf(name);
    tints.push({ from, to: from + name.length, kind: "name" });
    if (value === "" || !MESSAGE.test(name)) continue;
    const end = match.index + whole.length;
    tints.push({ from: end - value.length, to: end, kind: "message" });
  }
  // One pair may be chance ("a=b" in prose).
  return isJson || tints.length >= 3 ? tints : [];
}
