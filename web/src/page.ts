// Page: a page of history as GET /api/records gives it: so many records from a place on, oldest first.
import { problemFrom, type Problem } from "./problem";
import { decodeGap, recordOf, type LogRecord, type Notice } from "./record";
import { filtersOf, type View } from "./view";

/** Where a page lies; see docs/api.md. */
export type Place =
  | { readonly kind: "before" | "after" | "around"; readonly id: string }
  | { readonly kind: "at"; readonly fraction: number }
  /** RFC 3339, or a duration before now. */
  | { readonly kind: "time"; readonly time: string }
  | { readonly kind: "newest" };

export interface Page {
  readonly records: readonly LogRecord[];
  readonly gaps: readonly Notice[];
  /** The places of the neighbouring pages; null where there is nothing more. */
  readonly before: string | null;
  readonly after: string | null;
  readonly atStart: boolean;
  readonly atEnd: boolean;
  /** Where the first record lies, as a fraction of the bytes selected. */
  readonly position: number | null;
  /** Less than was asked for, because so much had to be looked at. */
  readonly complete: boolean;
}

export type PageResult =
  | { readonly kind: "page"; readonly page: Page }
  | { readonly kind: "refused"; readonly problem: Problem }
  | { readonly kind: "unreachable" }
  | { readonly kind: "cancelled" };

type Fields = Record<string, unknown>;

const objects = (value: unknown): Fields[] =>
  Array.isArray(value) ? value.filter((one): one is Fields => typeof one === "object" && one !== null) : [];

export function decodePage(body: unknown): Page | null {
  if (typeof body !== "object" || body === null) return null;
  const fields = body as Fields;
  if (!Array.isArray(fields["records"])) return null;
  const id = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
  const position = fields["position"];
  return {
    records: objects(fields["records"]).map((one) => recordOf(one, "")),
    gaps: objects(fields["gaps"]).map((one) => decodeGap(JSON.stringify(one), "")),
    before: id(fields["before"]),
    after: id(fields["after"]),
    atStart: fields["at_start"] === true,
    atEnd: fields["at_end"] === true,
    position: typeof position === "number" && position >= 0 && position <= 1 ? position : null,
    complete: fields["complete"] !== false,
  };
}

export function pageUrl(base: string, view: View, place: Place, limit: number): string {
  const url = new URL("api/records", base);
  const parameters = filtersOf(view);
  if (view.columns.length > 0) parameters.set("fields", "1");
  parameters.set("limit", String(limit));
  if (place.kind === "at") parameters.set("at", place.fraction.toFixed(6));
  else if (place.kind === "time") parameters.set("time", place.time);
  else if (place.kind !== "newest") parameters.set(place.kind, place.id);
  url.search = parameters.toString();
  return url.href;
}

/** Asks for a page. Never throws. */
export async function loadPage(url: string, signal: AbortSignal): Promise<PageResult> {
  try {
    const reply = await fetch(url, { cache: "no-store", signal });
    const body: unknown = await reply.json().catch(() => null);
    if (!reply.ok) return { kind: "refused", problem: problemFrom(reply.status, body) };
    const page = decodePage(body);
    return page ? { kind: "page", page } : { kind: "unreachable" };
  } catch {
    return { kind: signal.aborted ? "cancelled" : "unreachable" };
  }
}
