// Fields of a record, for the table of an opened row and for columns: as the server parsed them, else found here if the
// line is JSON or logfmt. Pure.
import type { LogRecord } from "./record";

export interface Field {
  readonly name: string;
  readonly value: string;
  /** A condition (`where=` of the API) that holds for records in which this field has this value. */
  readonly condition: string;
}

const MOST_FIELDS = 200;
/** Conditions are bounded by the server: longer values are only shown. */
const LONGEST_VALUE = 400;

type Value = string | number | boolean | null;

/** These names alone mean the record's own facts. */
const OWN = new Set(["level", "file", "stream", "line", "has", "not", "and", "or"]);

function nameText(name: string): string {
  if (OWN.has(name)) return `.${name}`;
  return /^[A-Za-z_][A-Za-z0-9_.]*$/.test(name) ? name : `\`${name}\``;
}

function valueText(value: Value): string {
  if (typeof value !== "string") return String(value);
  // A number in a text is compared as a number, whichever of the two the field is.
  if (/^-?\d+(\.\d+)?$/.test(value)) return value;
  return `"${value.replace(/[\\"]/g, "\\$&")}"`;
}

function fieldOf(name: string, value: Value): Field {
  const text = typeof value === "string" ? value : String(value);
  const condition = text.length > LONGEST_VALUE || name.includes("`") ? "" : `${nameText(name)}=${valueText(value)}`;
  return { name, value: text, condition };
}

function collect(object: Readonly<Record<string, unknown>>, prefix: string, into: Field[]): void {
  for (const [name, value] of Object.entries(object)) {
    if (into.length >= MOST_FIELDS) return;
    if (typeof value === "object" && value !== null) {
      if (Array.isArray(value)) into.push({ name: prefix + name, value: JSON.stringify(value), condition: "" });
      else collect(value as Record<string, unknown>, `${prefix}${name}.`, into);
      continue;
    }
    if (value !== undefined) into.push(fieldOf(prefix + name, value as Value));
  }
}

function jsonFields(line: string): Field[] {
  const fields: Field[] = [];
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) collect(value as Record<string, unknown>, "", fields);
  } catch {
    // It only looked like JSON.
  }
  return fields;
}

// logfmt: key=value or key="quoted \" value", separated by blanks. A bare word is no field.
const PAIR = /(?:^|\s)([A-Za-z_@][\w.@/-]*)=("(?:[^"\\]|\\.)*"|[^\s"]*)/g;

function logfmtFields(line: string): Field[] {
  const fields: Field[] = [];
  for (const match of line.matchAll(PAIR)) {
    if (fields.length >= MOST_FIELDS) break;
    const [, name = "", raw = ""] = match;
    fields.push(fieldOf(name, raw.startsWith('"') ? raw.slice(1, -1).replace(/\\(.)/g, "$1") : raw));
  }
  // One pair may be chance ("a=b" in prose).
  return fields.length >= 2 ? fields : [];
}

/** The fields of a line alone; none if it is neither JSON nor logfmt. */
export function lineFields(line: string): Field[] {
  const start = line.trimStart();
  return start.startsWith("{") ? jsonFields(start) : logfmtFields(line);
}

export function fieldsOf({ fields, line }: Pick<LogRecord, "fields" | "line">): Field[] {
  if (fields === null) return lineFields(line);
  const found: Field[] = [];
  collect(fields, "", found);
  return found;
}
