// Fields of a record that is JSON or logfmt, for the table of an opened row. Pure.

export interface Field {
  readonly name: string;
  readonly value: string;
  /** A pattern (RE2) that finds this field with this value in the line as it is written. */
  readonly pattern: string;
}

const MOST_FIELDS = 200;
/** Patterns are bounded by the server: longer values are matched by their beginning. */
const LONGEST_VALUE = 200;

const escaped = (text: string): string => text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");

function jsonFields(line: string): Field[] {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return [];
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  const fields: Field[] = [];
  collect(value as Record<string, unknown>, "", fields);
  return fields;
}

function collect(object: Record<string, unknown>, prefix: string, into: Field[]): void {
  for (const [name, value] of Object.entries(object)) {
    if (into.length >= MOST_FIELDS) return;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      collect(value as Record<string, unknown>, `${prefix}${name}.`, into);
      continue;
    }
    const written = JSON.stringify(value);
    const end = written.length > LONGEST_VALUE ? "" : "\\s*[,}]";
    const start = escaped(written.slice(0, LONGEST_VALUE));
    const pattern = `${escaped(JSON.stringify(name))}\\s*:\\s*${start}${end}`;
    into.push({ name: prefix + name, value: typeof value === "string" ? value : written, pattern });
  }
}

// logfmt: key=value or key="quoted \" value", separated by blanks. A bare word is no field.
const PAIR = /(?:^|\s)([A-Za-z_@][\w.@/-]*)=("(?:[^"\\]|\\.)*"|[^\s"]*)/g;

function logfmtFields(line: string): Field[] {
  const fields: Field[] = [];
  for (const match of line.matchAll(PAIR)) {
    if (fields.length >= MOST_FIELDS) break;
    const [, name = "", raw = ""] = match;
    const value = raw.startsWith('"') ? raw.slice(1, -1).replace(/\\(.)/g, "$1") : raw;
    const end = raw.startsWith('"') || raw.length > LONGEST_VALUE ? "" : "(\\s|$)";
    fields.push({ name, value, pattern: `(^|\\s)${escaped(name)}=${escaped(raw.slice(0, LONGEST_VALUE))}${end}` });
  }
  // One pair may be chance ("a=b" in prose).
  return fields.length >= 2 ? fields : [];
}

/** The fields of `line`; none if it is neither JSON nor logfmt. */
export function fieldsOf(line: string): Field[] {
  const start = line.trimStart();
  return start.startsWith("{") ? jsonFields(start) : logfmtFields(line);
}
