// View: what is looked at (streams, files, filters, start), and its form in the page's URL. The names are those of
// GET /api/events, so a view's query string is also the request's.
import { globMatches } from "./glob";
import { isLevel, type Level } from "./record";

export interface View {
  /** Of this run alone, STREAM/FILE, and how it stands. "": whatever the rest says. */
  readonly run: string;
  readonly streams: readonly string[];
  readonly files: readonly string[];
  readonly level: Level | null;
  /** With a level: also the records in which no level was found. */
  readonly unknown: boolean;
  readonly greps: readonly string[];
  readonly excludes: readonly string[];
  readonly ignoreCase: boolean;
  /** Conditions on the fields of records, all of which must hold; see `where=` of the API. */
  readonly wheres: readonly string[];
  /** Where to start: a duration or time, or a position. At most one of the two. */
  readonly since: string;
  readonly from: string;
  /** Fields of JSON and logfmt records that are shown before the line. For this page only. */
  readonly columns: readonly string[];
}

export const EVERYTHING: View = {
  run: "",
  streams: [],
  files: [],
  level: null,
  unknown: false,
  greps: [],
  excludes: [],
  ignoreCase: false,
  wheres: [],
  since: "",
  from: "",
  columns: [],
};

const all = (parameters: URLSearchParams, name: string): string[] => [
  ...new Set(parameters.getAll(name).filter((value) => value !== "")),
];

/** `run`: that of the page, where it is about one. */
export function viewFrom(search: string, run = ""): View {
  const parameters = new URLSearchParams(search);
  const level = parameters.get("level");
  const from = parameters.get("from") ?? "";
  const ofRun = run || (parameters.get("run") ?? "");
  return {
    run: ofRun,
    streams: ofRun ? [] : all(parameters, "stream"),
    files: ofRun ? [] : all(parameters, "file"),
    level: isLevel(level) ? level : null,
    unknown: parameters.get("unknown") === "pass",
    greps: all(parameters, "grep"),
    excludes: all(parameters, "exclude"),
    ignoreCase: parameters.get("case") === "insensitive",
    wheres: all(parameters, "where"),
    since: from ? "" : (parameters.get("since") ?? ""),
    from,
    columns: all(parameters, "col"),
  };
}

/** The filters alone: which records, wherever they begin. Only what differs from EVERYTHING, always in the same order. */
export function filtersOf(view: View): URLSearchParams {
  const parameters = new URLSearchParams();
  if (view.run) parameters.set("run", view.run);
  for (const name of view.streams) parameters.append("stream", name);
  for (const name of view.files) parameters.append("file", name);
  if (view.level) parameters.set("level", view.level);
  if (view.level && view.unknown) parameters.set("unknown", "pass");
  for (const pattern of view.greps) parameters.append("grep", pattern);
  for (const pattern of view.excludes) parameters.append("exclude", pattern);
  if (view.ignoreCase) parameters.set("case", "insensitive");
  for (const condition of view.wheres) parameters.append("where", condition);
  return parameters;
}

/** What the live stream is asked for. */
export function parametersOf(view: View): URLSearchParams {
  const parameters = filtersOf(view);
  if (view.run) parameters.set("types", "log,run");
  if (view.columns.length > 0) parameters.set("fields", "1");
  if (view.from) parameters.set("from", view.from);
  else if (view.since) parameters.set("since", view.since);
  return parameters;
}

/** The record that a page's query string says to open at, with its surroundings; "" for the live end. */
export const placeFrom = (search: string): string => new URLSearchParams(search).get("around") ?? "";

/** The page's query string: the request's and what is the page's own; without the run that the page is about. */
export const searchOf = (view: View, place = "", run = ""): string => {
  const parameters = parametersOf(view);
  for (const name of ["fields", "types"]) parameters.delete(name);
  if (view.run === run) parameters.delete("run");
  if (place) parameters.set("around", place);
  for (const name of view.columns) parameters.append("col", name);
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
};

/** Do both ask the server for the same? */
export const sameRequest = (a: View, b: View): boolean => parametersOf(a).toString() === parametersOf(b).toString();

/** Is only a part of the records wanted? */
export const isFiltered = (view: View): boolean =>
  view.level !== null || view.greps.length + view.excludes.length + view.wheres.length > 0;

/** A pattern that matches `text` and nothing else, for RE2. */
export const literal = (text: string): string => text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");

/** A glob that matches exactly this path. */
export const globFor = (path: string): string => path.replace(/[\\*?[\]{}]/g, "\\$&");

/** Do these globs choose the file? No globs choose none. */
export const choosesFile = (globs: readonly string[], path: string): boolean => globs.some((glob) => globMatches(glob, path));

/** The globs with the file at `path` chosen or, if it was, not: one that chose more gives way to the others of `paths`. */
export function toggledFile(paths: readonly string[], globs: readonly string[], path: string): string[] {
  if (!choosesFile(globs, path)) return [...globs, globFor(path)];
  const kept = globs.filter((glob) => !globMatches(glob, path));
  const others = paths.filter((one) => one !== path && choosesFile(globs, one) && !choosesFile(kept, one));
  return [...kept, ...others.map(globFor)];
}
