// RecentViews: the last views with a filter or a choice, kept in this browser, newest first.

const KEY = "tailwater.recent";
const MOST = 8;

export function recentViews(): string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    if (!Array.isArray(value)) return [];
    return value.filter((one): one is string => typeof one === "string" && one.startsWith("?")).slice(0, MOST);
  } catch {
    return [];
  }
}

/** Notes a view by its query string. One that only starts elsewhere is not worth a place. */
export function noteView(search: string): void {
  const parameters = new URLSearchParams(search);
  for (const name of ["from", "since", "around"]) parameters.delete(name);
  const text = parameters.toString();
  if (text === "") return;
  const views = [`?${text}`, ...recentViews().filter((one) => one !== `?${text}`)].slice(0, MOST);
  try {
    localStorage.setItem(KEY, JSON.stringify(views));
  } catch {
    // Without storage there are no recent views.
  }
}

/** A view in a few words: "nginx · ≥ warn · has timeout · not healthz". */
export function viewText(search: string): string {
  const parameters = new URLSearchParams(search);
  const base = (path: string): string => path.slice(path.lastIndexOf("/") + 1) || path;
  const level = parameters.get("level");
  return [
    ...parameters.getAll("run"),
    ...parameters.getAll("stream"),
    ...parameters.getAll("file").map(base),
    ...(level ? [`≥ ${level}`] : []),
    ...parameters.getAll("grep").map((pattern) => `has ${pattern}`),
    ...parameters.getAll("exclude").map((pattern) => `not ${pattern}`),
    ...parameters.getAll("where").map((condition) => `where ${condition}`),
    ...parameters.getAll("col").map((name) => `column ${name}`),
  ].join(" · ");
}
