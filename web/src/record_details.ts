// What an opened row shows below its line: the record's facts, its fields with "filter for" and "filter out", and
// what can be done with it. Built by hand with text nodes, as the row itself.
import { fieldsOf, type Field } from "./fields";
import type { LogRecord } from "./record";
import type { TimeText } from "./time_text";

export interface DetailActions {
  copyLine(record: LogRecord): void;
  copyJson(record: LogRecord): void;
  copyLink(record: LogRecord): void;
  include(condition: string): void;
  exclude(condition: string): void;
  onlyFile(record: LogRecord): void;
  /** This record among its neighbours, without filters. */
  inContext(record: LogRecord): void;
  toggleColumn(name: string): void;
  fillHole(from: string): void;
}

export interface DetailContext {
  readonly time: TimeText;
  readonly columns: readonly string[];
  readonly actions: DetailActions;
  /** Filters hide some of the record's neighbours. */
  readonly filtered: boolean;
}

function button(text: string, label: string, action: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  if (label !== text) made.setAttribute("aria-label", label);
  made.addEventListener("click", action);
  return made;
}

function row(name: string, value: string, buttons: readonly Node[], className: string): HTMLElement {
  const made = document.createElement("div");
  made.className = className;
  const term = document.createElement("span");
  term.className = "name";
  term.textContent = name;
  const description = document.createElement("span");
  description.className = "value";
  description.textContent = value;
  made.append(term, description, ...buttons);
  return made;
}

function fieldRow(field: Field, { actions, columns }: DetailContext): HTMLElement {
  const about = `${field.name} = ${field.value}`;
  const buttons = [
    button("filter for", `Filter for ${about}`, () => actions.include(field.condition)),
    button("filter out", `Filter out ${about}`, () => actions.exclude(field.condition)),
  ];
  if (field.condition === "") for (const one of buttons) one.disabled = true;
  const shown = columns.includes(field.name);
  const column = button("column", `Show ${field.name} as a column`, () => actions.toggleColumn(field.name));
  column.setAttribute("aria-pressed", String(shown));
  return row(field.name, field.value, [...buttons, column], "field");
}

export function recordDetails(record: LogRecord, context: DetailContext): HTMLElement {
  const { time, actions } = context;
  const details = document.createElement("div");
  details.className = "details";
  const bar = document.createElement("div");
  bar.className = "actions";
  bar.append(
    button("Copy line", "Copy line", () => actions.copyLine(record)),
    button("Copy as JSON", "Copy as JSON", () => actions.copyJson(record)),
    button("Copy link", "Copy link to this record", () => actions.copyLink(record)),
    ...(context.filtered ? [button("Show in context", "Show in context: without filters", () => actions.inContext(record))] : []),
    button("Only this file", "Only this file", () => actions.onlyFile(record)),
  );
  details.append(bar, ...fieldsOf(record).map((field) => fieldRow(field, context)));
  const facts: [string, string][] = [
    ["stream", record.stream],
    ["file", record.file],
    ["time", record.time ? time.exact(record.time) : ""],
    ["arrived", record.arrived ? time.exact(record.arrived) : ""],
    ["position", record.id],
  ];
  for (const [name, value] of facts) if (value !== "") details.append(row(name, value, [], "fact"));
  return details;
}
