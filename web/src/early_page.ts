// EarlyPage: the page of history that this page begins with, asked for before everything else that it does: building
// the chrome takes about as long as the answer.
import { BASE, RUN } from "./base";
import { loadPage, pageUrl, type PageResult } from "./page";
import { firstPlace, JUMP, PREVIEW } from "./pager";
import { placeFrom, viewFrom } from "./view";

const view = viewFrom(location.search, RUN);
const place = firstPlace(view, placeFrom(location.search));
const url = place && pageUrl(BASE, view, place, place.kind === "newest" ? PREVIEW : JUMP);
let early: Promise<PageResult> | null = url ? loadPage(url, new AbortController().signal) : null;

/** loadPage(), with the answer that is under way already for the first who asks for it. */
export async function loadPageEarly(wanted: string, signal: AbortSignal): Promise<PageResult> {
  const answer = wanted === url ? early : null;
  early = null;
  const result = await (answer ?? loadPage(wanted, signal));
  return signal.aborted ? { kind: "cancelled" } : result;
}
