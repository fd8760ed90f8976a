// LogRow: one recycled row of the pane. It shows an item by changing text nodes and classes of elements that it
// keeps; nothing of a record ever becomes markup.
import { fieldsOf } from "./fields";
import { rangesOf, type Range } from "./highlight";
import { cssColour, inkOn, segmentsOf, type Segment, type Style } from "./line_text";
import type { Item, LogRecord } from "./record";
import { recordDetails, type DetailActions } from "./record_details";
import type { TimeText } from "./time_text";
import { tintsOf } from "./tint";

/** Longer lines are cut in the closed row. */
export const CUT_CHARACTERS = 1_500;

export interface RowContext {
  readonly markers: readonly RegExp[];
  /** Names of fields stand back behind their values; not worth its cost while lines rush by. */
  readonly tinted: boolean;
  readonly time: TimeText;
  readonly columns: readonly string[];
  readonly labelOf: (record: LogRecord) => string;
  readonly actions: DetailActions;
  readonly filtered: boolean;
}

/** What a closed row shows of a line, and what it leaves out, in words ("" if nothing). */
export function closedText(line: string): { text: string; rest: string } {
  const lineEnd = line.indexOf("\n");
  if (lineEnd !== -1 && lineEnd <= CUT_CHARACTERS) {
    const more = line.split("\n").length - 1;
    return { text: line.slice(0, lineEnd), rest: `+${more} line${more === 1 ? "" : "s"}` };
  }
  if (line.length <= CUT_CHARACTERS) return { text: line, rest: "" };
  // Not between the halves of a surrogate pair.
  const cut = /[\ud800-\udbff]/.test(line.charAt(CUT_CHARACTERS - 1)) ? CUT_CHARACTERS - 1 : CUT_CHARACTERS;
  return { text: line.slice(0, cut), rest: `+${(line.length - cut).toLocaleString("en")} characters` };
}

function element(tag: string, className: string, role?: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  if (role) made.setAttribute("role", role);
  return made;
}

function applyColour(span: HTMLElement, kind: "foreground" | "background", colour: number): void {
  if (colour < 16) span.classList.add(`${kind === "foreground" ? "fg" : "bg"}-${colour}`);
  else span.style.setProperty(kind === "foreground" ? "color" : "background-color", cssColour(colour));
}

function styledSpan(style: Style): HTMLElement {
  const span = element("span", "sgr");
  const names = ["bold", "dim", "italic", "underline", "strike"] as const;
  for (const name of names) if (style[name]) span.classList.add(name);
  const [front, back] = style.inverse ? [style.background, style.foreground] : [style.foreground, style.background];
  if (style.inverse) span.classList.add("inverse");
  if (front !== null) applyColour(span, "foreground", front);
  if (back !== null) applyColour(span, "background", back);
  if (back !== null && back >= 16 && front === null) span.style.setProperty("color", inkOn(back));
  return span;
}

/** `text` from `offset` of the line on, with the parts inside `ranges` in <mark>. */
function markedNodes(text: string, offset: number, ranges: readonly Range[]): Node[] {
  const nodes: Node[] = [];
  let at = 0;
  for (const range of ranges) {
    const from = Math.max(range.from - offset, at);
    const to = Math.min(range.to - offset, text.length);
    if (to <= from) continue;
    if (from > at) nodes.push(document.createTextNode(text.slice(at, from)));
    const mark = document.createElement("mark");
    mark.textContent = text.slice(from, to);
    nodes.push(mark);
    at = to;
  }
  if (at < text.length) nodes.push(document.createTextNode(text.slice(at)));
  return nodes;
}

/** A plain line with its names of fields tinted, and the parts inside `ranges` marked. */
function tintedNodes(text: string, ranges: readonly Range[]): Node[] {
  const nodes: Node[] = [];
  let at = 0;
  for (const { from, to, kind } of tintsOf(text)) {
    if (from > at) nodes.push(...markedNodes(text.slice(at, from), at, ranges));
    const span = element("span", `tint-${kind}`);
    span.append(...markedNodes(text.slice(from, to), from, ranges));
    nodes.push(span);
    at = to;
  }
  nodes.push(...markedNodes(text.slice(at), at, ranges));
  return nodes;
}

function nodesOf(segments: readonly Segment[], markers: readonly RegExp[]): Node[] {
  const ranges = rangesOf(segments.map((segment) => segment.text).join(""), markers);
  const nodes: Node[] = [];
  let offset = 0;
  for (const segment of segments) {
    const inner = markedNodes(segment.text, offset, ranges);
    offset += segment.text.length;
    if (segment.style === null && !segment.control) {
      nodes.push(...inner);
      continue;
    }
    const span = segment.style ? styledSpan(segment.style) : element("span", "");
    if (segment.control) span.classList.add("control");
    span.append(...inner);
    nodes.push(span);
  }
  return nodes;
}

export class LogRow {
  readonly root = element("div", "row", "row");
  item: Item | undefined;
  sequence = -1;
  labelLength = 0;
  /** Of each column, how long its value is. */
  columnLengths: readonly number[] = [];
  private shownOpen = false;
  private shownContext: RowContext | null = null;
  private readonly time = element("span", "time", "gridcell");
  private readonly level = element("span", "level", "gridcell");
  private readonly file = element("span", "file", "gridcell");
  private readonly line = element("span", "line", "gridcell");
  private readonly text = element("span", "text");
  private readonly plain = document.createTextNode("");

  constructor() {
    this.text.append(this.plain);
    this.line.append(this.text);
    this.root.append(this.time, this.level, this.file, this.line);
  }

  /** Something about its record came to be known: it is shown anew. */
  refresh(): void {
    const { item, shownContext } = this;
    this.shownContext = null;
    if (item && shownContext) this.show(this.sequence, item, this.shownOpen, shownContext);
  }

  show(sequence: number, item: Item, open: boolean, context: RowContext): void {
    if (this.item === item && this.shownOpen === open && this.shownContext === context) return;
    this.item = item;
    this.sequence = sequence;
    this.shownOpen = open;
    this.shownContext = context;
    this.root.id = `row-${sequence}`;
    this.line.replaceChildren(this.text);
    if (item.kind === "log") this.showRecord(item, open, context);
    else this.showNotice(item.kind, item.text, item.from, context);
  }

  private showRecord(record: LogRecord, open: boolean, context: RowContext): void {
    this.root.className = `row${open ? " open" : ""}`;
    this.root.dataset["level"] = record.level ?? "none";
    this.time.textContent = context.time.clock(record.time ?? record.arrived);
    this.level.textContent = record.level ?? "";
    const label = context.labelOf(record);
    this.labelLength = label.length;
    this.file.textContent = label;
    const closed = closedText(record.line);
    this.setText(open ? record.line : closed.text, record.style, context.markers, context.tinted);
    if (context.columns.length > 0) this.line.prepend(...this.columns(record, context.columns));
    if (closed.rest !== "" && !open) this.line.append(this.moreButton(closed.rest));
    if (record.truncated) this.line.append(this.flag("part of a longer line"));
    if (record.partial) this.line.append(this.flag("no newline yet"));
    if (open) this.line.append(recordDetails(record, context));
  }

  private showNotice(kind: string, text: string, from: string | undefined, context: RowContext): void {
    this.root.className = `row notice ${kind}`;
    delete this.root.dataset["level"];
    this.time.textContent = "";
    this.level.textContent = "";
    this.file.textContent = "";
    this.setText(text, null, [], /*tinted=*/ false);
    if (from === undefined || from === "") return;
    const button = element("button", "more");
    button.textContent = "load";
    button.setAttribute("aria-label", "Load what is missing here");
    button.addEventListener("click", () => context.actions.fillHole(from));
    this.line.append(button);
  }

  private columns(record: LogRecord, names: readonly string[]): HTMLElement[] {
    const fields = fieldsOf(record);
    const values = names.map((name) => fields.find((field) => field.name === name)?.value ?? "");
    this.columnLengths = values.map((value) => value.length);
    return names.map((name, at) => {
      const cell = element("span", "column");
      const value = values[at] ?? "";
      cell.style.setProperty("width", `var(--column-${at}, 8ch)`);
      cell.textContent = value;
      cell.title = `${name}: ${value}`;
      return cell;
    });
  }

  private setText(line: string, start: Style | null, markers: readonly RegExp[], tinted: boolean): void {
    const { segments } = segmentsOf(line, start);
    const only = segments.length === 1 && segments[0]?.style === null && !segments[0].control ? segments[0] : null;
    if (only && tinted && /^\s*\{|=/.test(only.text)) {
      this.text.replaceChildren(...tintedNodes(only.text, rangesOf(only.text, markers)));
    } else if (only && markers.length === 0) {
      this.plain.data = only.text;
      if (this.text.firstChild !== this.plain || this.text.childNodes.length !== 1) {
        this.text.replaceChildren(this.plain);
      }
    } else {
      this.text.replaceChildren(...nodesOf(segments, markers));
    }
  }

  private moreButton(rest: string): HTMLElement {
    const button = element("button", "more");
    button.dataset["action"] = "open";
    button.textContent = rest;
    button.setAttribute("aria-label", `Show all: ${rest}`);
    return button;
  }

  private flag(text: string): HTMLElement {
    const flag = element("span", "flag");
    flag.textContent = text;
    return flag;
  }
}
