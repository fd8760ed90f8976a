// What the pane shows: log records as the server's `log` and `lines` events carry them, and notices (gaps, changes
// of files) that stand between them. Decoding trusts nothing: a field of the wrong type becomes its empty value.

import type { Style } from "./line_text";

export const LEVELS = ["trace", "debug", "info", "warn", "error", "critical"] as const;
export type Level = (typeof LEVELS)[number];

export interface LogRecord {
  readonly kind: "log";
  /** The position just past this record; "" only if the server sent none. */
  readonly id: string;
  readonly stream: string;
  readonly file: string;
  readonly level: Level | null;
  /** The time that the line states, else null. RFC 3339. */
  readonly time: string | null;
  readonly arrived: string | null;
  readonly line: string;
  /** A part of a record that is longer than the server's limit. */
  readonly truncated: boolean;
  /** The line had no newline yet. */
  readonly partial: boolean;
  /** As the server parsed them; null if it did not. */
  fields: Readonly<Record<string, unknown>> | null;
  /** The colours in which the line before it, of the same file, ended. */
  style: Style | null;
}

export interface Notice {
  readonly kind: "gap" | "file" | "hole";
  readonly id: string;
  readonly text: string;
  /** The position after which reading could go on. */
  readonly from?: string;
  readonly file?: string;
}

export type Item = LogRecord | Notice;

type Fields = Record<string, unknown>;

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const textOrNull = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
const count = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);

export function isLevel(value: unknown): value is Level {
  return typeof value === "string" && (LEVELS as readonly string[]).includes(value);
}

export function parseFields(data: string): Fields | null {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null ? (value as Fields) : null;
  } catch {
    return null;
  }
}

export function recordOf(fields: Fields, id: string): LogRecord {
  const parsed = fields["fields"];
  return {
    kind: "log",
    id: text(fields["id"]) || id,
    stream: text(fields["stream"]),
    file: text(fields["file"]),
    level: isLevel(fields["level"]) ? fields["level"] : null,
    time: textOrNull(fields["time"]),
    arrived: textOrNull(fields["arrived"]),
    line: text(fields["line"]),
    truncated: fields["truncated"] === true,
    partial: fields["partial"] === true,
    fields: typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? (parsed as Fields) : null,
    style: null,
  };
}

/** The records of a `log` event (one object) or a `lines` event (an array of them). */
export function decodeRecords(data: string, id: string): LogRecord[] {
  const value = parseFields(data);
  if (value === null) return [];
  const all: unknown[] = Array.isArray(value) ? value : [value];
  return all.filter((one): one is Fields => typeof one === "object" && one !== null).map((one) => recordOf(one, id));
}

const GAP_REASONS: Record<string, string> = {
  rotated: "the file was rotated away before it could be read",
  truncated: "the file was truncated",
  evicted: "the file is no longer kept",
  journal: "the order of these records is no longer known",
  "unknown-id": "the position is not known to this server",
  slow: "the reader was too slow",
};

/** "1,234 bytes": the exact number, as the server states it. */
export const exactBytes = (bytes: number): string => `${bytes.toLocaleString("en")} byte${bytes === 1 ? "" : "s"}`;

export function decodeGap(data: string, id: string): Notice {
  const fields = parseFields(data) ?? {};
  const bytes = count(fields["bytes"]);
  const reason = text(fields["reason"]);
  const size = bytes === null ? "an unknown amount" : exactBytes(bytes);
  const where = text(fields["file"]);
  // What was only skipped, or is only out of order, can still be read.
  const from = ["slow", "unknown-id"].includes(reason) ? text(fields["from"]) : "";
  return {
    kind: "gap",
    id,
    ...(from ? { from } : {}),
    ...(where ? { file: where } : {}),
    text: `Gap: ${size} missing${where ? ` from ${where}` : ""}: ${GAP_REASONS[reason] ?? (reason || "no reason given")}`,
  };
}

export function decodeFileChange(data: string): Notice {
  const fields = parseFields(data) ?? {};
  const generation = count(fields["generation"]);
  const suffix = generation === null ? "" : ` (generation ${generation})`;
  return { kind: "file", id: "", text: `${text(fields["file"])} ${text(fields["change"])}${suffix}` };
}
