// Keys: like less and vim, for the whole page. Keys typed into fields stay theirs.

export type Command =
  | "filter"
  | "find-newer"
  | "find-older"
  | "next"
  | "previous"
  | "older-error"
  | "newer-error"
  | "timeline"
  | "metrics"
  | "time"
  | "half-down"
  | "half-up"
  | "live"
  | "pause"
  | "top"
  | "down"
  | "up"
  | "open"
  | "page-down"
  | "page-up"
  | "copy"
  | "copy-json"
  | "link"
  | "wrap"
  | "streams"
  | "theme"
  | "help"
  | "leave";

const COMMANDS: Record<string, Command> = {
  "/": "find-newer",
  "?": "find-older",
  n: "next",
  N: "previous",
  e: "newer-error",
  E: "older-error",
  f: "filter",
  "&": "filter",
  ":": "time",
  T: "timeline",
  m: "metrics",
  d: "half-down",
  u: "half-up",
  End: "live",
  G: "live",
  F: "live",
  p: "pause",
  g: "top",
  Home: "top",
  j: "down",
  k: "up",
  o: "open",
  Enter: "open",
  " ": "page-down",
  PageDown: "page-down",
  b: "page-up",
  PageUp: "page-up",
  c: "copy",
  C: "copy-json",
  y: "link",
  w: "wrap",
  s: "streams",
  t: "theme",
  h: "help",
  F1: "help",
  Escape: "leave",
};

const TYPING = "input:not([type=checkbox]):not([type=radio]), textarea, select, dialog";
/** Elements that use these keys themselves. */
const OWN_KEYS: Record<string, string> = { " ": "button, input", Enter: "button, input, a", Home: "input", End: "input" };

export function commandOf(event: KeyboardEvent): Command | null {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return null;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest(TYPING)) return null;
  const own = OWN_KEYS[event.key];
  if (own !== undefined && target?.closest(own)) return null;
  return COMMANDS[event.key] ?? null;
}
