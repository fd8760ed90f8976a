// Where the server's pages begin, with a slash at the end, however deep below it this page lies: every script is in
// assets/ right there. RUN is the run that this page is about, STREAM/FILE; "" on all others.
export const BASE = new URL(/* @vite-ignore */ "../", import.meta.url).href;

const HERE = `${location.origin}${location.pathname}`;

function runOfPage(): string {
  const runs = `${BASE}runs/`;
  if (!HERE.startsWith(runs)) return "";
  try {
    return HERE.slice(runs.length).split("/").map(decodeURIComponent).join("/");
  } catch {
    return HERE.slice(runs.length);
  }
}

export const RUN = runOfPage();

/** The address of a page below BASE ("", "host", "runs"). */
export const addressOf = (path: string): string => (RUN === "" ? `./${path}` : `${BASE}${path}`);

/** The address of a run's page. */
export const runAddress = (run: string): string => `${BASE}runs/${run.split("/").map(encodeURIComponent).join("/")}`;
